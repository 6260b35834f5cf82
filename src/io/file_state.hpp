// SPDX-License-Identifier: MIT
#pragma once

// What a file and the operations on it share.

#include "core/exclusive_claim.hpp"
#include "file_descriptor.hpp"
#include "file_errors.hpp"

#include <patio/core/error.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/io/file.hpp>
#include <patio/io/file_options.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace patio::detail {

/// The options as open(2) takes them.
struct file_opening {
    int flags = O_CLOEXEC | O_NOCTTY;
    mode_t permissions = 0;

    file_opening() noexcept = default;
    explicit file_opening(const file_options& options) noexcept;
};

/// When it is worth while to look into the page cache: a look in vain costs as much as a third of
/// the read. Each one in a row doubles the number of reads that do without.
class quick_reads {
public:
    void forbid() noexcept { is_allowed_ = false; }
    [[nodiscard]] bool should_try() noexcept {
        if (!is_allowed_) return false;
        if (left_out_ == 0) return true;
        --left_out_;
        return false;
    }
    void note(call_result result) noexcept {
        if (result == -EOPNOTSUPP) {
            is_allowed_ = false;
        } else if (result < 0) {
            pause_ = static_cast<std::uint8_t>(std::min(2 * pause_ + 1, 31));
            left_out_ = pause_;
        } else {
            pause_ = 0;
        }
    }

private:
    std::uint8_t pause_ = 0;
    std::uint8_t left_out_ = 0;
    bool is_allowed_ = true;
};

/// Invariant: the descriptor is open until `is_closed`, and then as long as operations use it.
struct file_state {
    file_descriptor fd;
    std::string path;
    std::uint64_t position = 0;
    std::uint32_t references = 1;
    std::uint32_t operations = 0;
    quick_reads quick;
    bool is_seekable = true;
    bool appends = false;
    bool is_position_used = false;
    bool is_closed = false;
    bool is_closing = false;  // a task waits until nobody uses the descriptor, to close it
    event idle;

    [[nodiscard]] std::uint64_t kernel_offset(std::uint64_t offset) const noexcept {
        return is_seekable ? offset : no_offset;
    }
    /// Nobody uses it any more, or the last one who does will see to it.
    void close_when_idle() noexcept {
        is_closed = true;
        if (operations == 0 && !is_closing) fd = file_descriptor{};
    }
};

struct file_access {
    /// A file that somebody else has opened, with the flags of open(2).
    [[nodiscard]] static file adopt(file_descriptor fd, std::string path, int flags);
};

/// An operation that uses the descriptor. It stands in a coroutine that keeps a `file_ref`.
class using_file {
public:
    using_file(const file_ref& file, const char* doing) : doing_{doing} {
        if (!file) throw error{errc::closed, std::string{doing} + " a file"};
        state_ = file.get();
        check_open();
        ++state_->operations;
    }
    using_file(const using_file&) = delete;
    using_file& operator=(const using_file&) = delete;
    ~using_file() {
        if (--state_->operations > 0 || !state_->is_closed) return;
        if (state_->is_closing) {
            state_->idle.set();
        } else {
            state_->close_when_idle();
        }
    }

    /// After each wait. **Fails** if the file has been closed meanwhile, or the call has failed.
    call_result check(call_result result) const {
        check_open();
        return check_call(result, doing_, state_->path);
    }

private:
    void check_open() const {
        if (state_->is_closed) throw error{errc::closed, std::string{doing_} + " " + state_->path};
    }

    file_state* state_ = nullptr;
    const char* doing_;
};

/// An operation that also uses the position.
class using_position : public using_file {
public:
    using_position(const file_ref& file, const char* doing)
        : using_file{file, doing},
          claim_{file->is_position_used,
                 "two tasks use one file's position at once: each would get or write pieces; "
                 "pread and pwrite may overlap"} {}

private:
    exclusive_claim claim_;
};

}  // namespace patio::detail
