// SPDX-License-Identifier: MIT
#pragma once

// The system calls that move a stream's bytes.

#include "open_file.hpp"

#include <patio/base/bytes.hpp>

#include <cstddef>
#include <cstdint>

#include <sys/socket.h>
#include <sys/uio.h>

namespace patio::detail {

/// recv(2).
class receive_call {
public:
    explicit receive_call(byte_span target) noexcept : target_{target} {}
    std::int64_t operator()(fd_state& file) const noexcept {
        const std::int64_t count =
            or_errno(::recv(file.fd, target_.data(), target_.size(), MSG_DONTWAIT));
        // After a short read another one would only say EAGAIN, for 0.2 µs; but not where the end
        // stands behind the data, whose edge has come already.
        if (count > 0 && static_cast<std::size_t>(count) < target_.size() &&
            file.is_emptied_by_short_reads && (file.ready & fd_ready::hangup) == 0) {
            file.clear_ready(fd_direction::in);
        }
        return count;
    }

private:
    byte_span target_;
};

/// read(2).
class read_call {
public:
    explicit read_call(byte_span target) noexcept : target_{target} {}
    std::int64_t operator()(const fd_state& file) const noexcept {
        return or_errno(::read(file.fd, target_.data(), target_.size()));
    }

private:
    byte_span target_;
};

/// Some of several parts, beginning where the last call ended.
class gather_position {
public:
    explicit gather_position(byte_views parts) noexcept : parts_{parts} { skip_empty(); }

    [[nodiscard]] bool is_at_end() const noexcept { return index_ == parts_.count(); }
    void advance(std::size_t count) noexcept;
    /// Fills at most `vectors_max` entries. **Returns** how many.
    std::size_t fill(iovec* vectors) const noexcept;

    static constexpr std::size_t vectors_max = 16;

private:
    void skip_empty() noexcept;

    byte_views parts_;
    std::size_t index_ = 0;
    std::size_t offset_ = 0;
};

/// sendmsg(2): no SIGPIPE.
class send_call {
public:
    explicit send_call(const gather_position& from) noexcept : from_{from} {}
    std::int64_t operator()(const fd_state& file) const noexcept;

private:
    const gather_position& from_;
};

/// writev(2). `run()` has seen to it that SIGPIPE does not end the program.
class write_call {
public:
    explicit write_call(const gather_position& from) noexcept : from_{from} {}
    std::int64_t operator()(const fd_state& file) const noexcept;

private:
    const gather_position& from_;
};

}  // namespace patio::detail
