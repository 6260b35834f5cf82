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

/// recv(2), and whether there may be more.
class receive_call {
public:
    explicit receive_call(byte_span target) noexcept : target_{target} {}
    std::int64_t operator()(fd_state& file) const noexcept {
        bool is_whole = true;
        const std::int64_t count = file.on_short_read == short_reads::mean_empty_if_whole
                                       ? receive_message(file.fd, is_whole)
                                       : ::recv(file.fd, target_.data(), target_.size(), flags);
        if (count < 0) return -std::int64_t{errno};
        // Saves a call that would only say EAGAIN; but not where the end stands behind the data,
        // whose edge has come already.
        if (count > 0 && static_cast<std::size_t>(count) < target_.size() && is_whole &&
            file.on_short_read != short_reads::say_nothing &&
            (file.ready & fd_ready::hangup) == 0) {
            file.clear_ready(fd_direction::in);
        }
        return count;
    }

private:
    static constexpr int flags = MSG_DONTWAIT;

    std::int64_t receive_message(int fd, bool& is_whole) const noexcept {
        iovec part{target_.data(), target_.size()};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        const std::int64_t count = ::recvmsg(fd, &message, flags);
        is_whole = (message.msg_flags & MSG_CTRUNC) == 0;
        return count;
    }

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

/// sendmsg(2), or send(2) of a single part: no SIGPIPE.
class send_call {
public:
    explicit send_call(const gather_position& from) noexcept : from_{from} {}
    std::int64_t operator()(const fd_state& file) const noexcept;

private:
    const gather_position& from_;
};

/// send(2): no SIGPIPE.
class send_one_call {
public:
    explicit send_one_call(byte_view bytes) noexcept : bytes_{bytes} {}
    std::int64_t operator()(const fd_state& file) const noexcept {
        return or_errno(::send(file.fd, bytes_.data(), bytes_.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    }

private:
    byte_view bytes_;
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
