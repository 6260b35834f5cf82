// SPDX-License-Identifier: MIT

#include "pipe_transport.hpp"

#include "file_calls.hpp"
#include "stream_calls.hpp"

#include <patio/core/error.hpp>
#include <patio/io/to_thread.hpp>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

namespace patio::detail {

namespace {

// --- calls

/// poll(2) with no time to wait: what the edges cannot tell of a file that others use as well.
class level_poll {
public:
    explicit level_poll(fd_direction direction) noexcept
        : events_{direction == fd_direction::in ? short{POLLIN} : short{POLLOUT}} {}
    std::int64_t operator()(const fd_state& file) const noexcept {
        pollfd asked{file.fd, events_, 0};
        const std::int64_t count = or_errno(::poll(&asked, 1, 0));
        return count == 0 ? -EAGAIN : count;
    }

private:
    short events_;
};

/// Whether a call with RWF_NOWAIT has to be made again on a thread.
bool must_block(std::int64_t result) noexcept {
    return result == -EAGAIN || result == -EOPNOTSUPP || result == -ENOSYS || result == -EINVAL;
}

/// A blocking write to a pipe that has room for a page takes that much at once; a terminal that has
/// room takes at least some bytes, and waits for its reader with the rest.
constexpr std::size_t blocking_write_bytes_max = PIPE_BUF;

async<> wait_until_ready(const pipe_end& end, fd_direction direction) {
    file_operation waiting{end.file(), direction, level_poll{direction}};
    const std::int64_t result = co_await std::move(waiting);
    if (result < 0) throw error::from_errno(static_cast<int>(-result), "waiting for a stream");
}

// What the functions on threads refer to is in the frames below: those wait for them, also when
// they are cancelled.

async<std::int64_t> read_shared(const pipe_end& end, byte_span target) {
    const std::shared_ptr<file_descriptor> file = end.for_threads();
    if (file == nullptr) throw_closed();
    co_await wait_until_ready(end, fd_direction::in);
    const pread_call cached{file->value(), target.data(), target.size(), no_offset};
    const std::int64_t at_once = cached.without_waiting();
    if (!must_block(at_once)) co_return at_once;
    const auto read = [&] {
        return uninterrupted([&] { return ::read(file->value(), target.data(), target.size()); });
    };
    const std::int64_t count = co_await to_thread(read);
    if (!end.file()) throw_closed();
    co_return count;
}

async<std::int64_t> write_shared(const pipe_end& end, const gather_position& from) {
    const std::shared_ptr<file_descriptor> file = end.for_threads();
    if (file == nullptr) throw_closed();
    co_await wait_until_ready(end, fd_direction::out);
    iovec vectors[gather_position::vectors_max];
    const std::size_t filled = from.fill(vectors);
    const std::int64_t at_once =
        or_errno(::pwritev2(file->value(), vectors, static_cast<int>(filled), -1, RWF_NOWAIT));
    if (!must_block(at_once)) co_return at_once;
    const iovec first = vectors[0];
    const auto write = [&] {
        const std::size_t length = std::min(first.iov_len, blocking_write_bytes_max);
        return uninterrupted([&] { return ::write(file->value(), first.iov_base, length); });
    };
    const std::int64_t count = co_await to_thread(write);
    if (!end.file()) throw_closed();
    co_return count;
}

async<std::int64_t> read_from(const pipe_end& end, byte_span target) {
    switch (end.manner()) {
        case pipe_manner::own: {
            file_operation reading{end.file(), fd_direction::in, read_call{target}};
            co_return co_await std::move(reading);
        }
        case pipe_manner::socket: {
            file_operation receiving{end.file(), fd_direction::in, receive_call{target}};
            co_return co_await std::move(receiving);
        }
        case pipe_manner::shared:
            co_return co_await read_shared(end, target);
        case pipe_manner::none:
            break;
    }
    throw error{errc::unsupported, "reading from a stream that can only be written to"};
}

async<std::int64_t> write_to(const pipe_end& end, const gather_position& from) {
    switch (end.manner()) {
        case pipe_manner::own: {
            file_operation writing{end.file(), fd_direction::out, write_call{from}};
            co_return co_await std::move(writing);
        }
        case pipe_manner::socket: {
            file_operation sending{end.file(), fd_direction::out, send_call{from}};
            co_return co_await std::move(sending);
        }
        case pipe_manner::shared:
            co_return co_await write_shared(end, from);
        case pipe_manner::none:
            break;
    }
    throw error{errc::unsupported, "writing to a stream that can only be read"};
}

// --- descriptors

/// A copy that no child inherits and that is none of the three standard ones.
file_descriptor duplicate(int fd, const char* what) {
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) throw error::from_errno(errno, what);
    return file_descriptor{copy};
}

void check_direction(int fd, fd_direction direction, const char* what) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0) throw error::from_errno(errno, what);
    const int refused = direction == fd_direction::in ? O_WRONLY : O_RDONLY;
    if ((flags & O_ACCMODE) == refused) throw error::from_errno(EBADF, what);
}

/// Whether opening the file once more gives the same thing: see the header.
bool may_open_again(int fd, const struct stat& about) noexcept {
    if (S_ISFIFO(about.st_mode)) return true;
    int number = 0;
    const bool is_terminal = S_ISCHR(about.st_mode) && ::isatty(fd) != 0;
    return is_terminal && ::ioctl(fd, TIOCGPTN, &number) != 0;  // a master has a number
}

file_descriptor open_again(int fd, fd_direction direction) noexcept {
    char path[32];
    std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const int access = direction == fd_direction::in ? O_RDONLY : O_WRONLY;
    return file_descriptor{::open(path, access | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
}

pipe_end shared_end(int fd, fd_direction direction, const char* what) {
    check_direction(fd, direction, what);
    struct stat about{};
    if (::fstat(fd, &about) != 0) throw error::from_errno(errno, what);
    // Eventfds and their like, which have no type, move no bytes: where a program is started with a
    // standard stream closed, the number goes to the loop's own.
    if ((about.st_mode & S_IFMT) == 0) throw error::from_errno(EBADF, what);
    if (S_ISSOCK(about.st_mode)) return {duplicate(fd, what), pipe_manner::socket};
    if (may_open_again(fd, about)) {
        if (file_descriptor own = open_again(fd, direction)) {
            return {std::move(own), pipe_manner::own};
        }
    }
    return {duplicate(fd, what), pipe_manner::shared};
}

pipe_end own_end(file_descriptor end) {
    const int flags = ::fcntl(end.value(), F_GETFL);
    if (flags < 0 || ::fcntl(end.value(), F_SETFL, flags | O_NONBLOCK) != 0) {
        throw error::from_errno(errno, "making a pipe's end a stream");
    }
    struct stat about{};
    const bool is_file = ::fstat(end.value(), &about) == 0 && S_ISREG(about.st_mode);
    return {std::move(end), is_file ? pipe_manner::shared : pipe_manner::own};
}

}  // namespace

pipe_end::pipe_end(file_descriptor file, pipe_manner manner) : manner_{manner} {
    if (manner == pipe_manner::shared) {
        for_threads_ = std::make_shared<file_descriptor>(duplicate(file.value(), "dup"));
    }
    file_ = open_file{std::move(file)};
}

// --- the transport

async<std::size_t> pipe_transport::read_some(byte_span target) {
    auto reading = read_from(in_, target);
    const std::int64_t count = co_await std::move(reading);
    if (count < 0) throw error::from_errno(static_cast<int>(-count), "reading from a pipe");
    co_return static_cast<std::size_t>(count);
}

async<> pipe_transport::write(byte_views parts) {
    gather_position position{parts};
    while (!position.is_at_end()) {
        auto writing = write_to(out_, position);
        const std::int64_t count = co_await std::move(writing);
        if (count < 0) throw error::from_errno(static_cast<int>(-count), "writing to a pipe");
        position.advance(static_cast<std::size_t>(count));
    }
}

async<> pipe_transport::shutdown() {
    if (out_.manner() == pipe_manner::none) {
        throw error{errc::unsupported, "ending a stream that can only be read"};
    }
    out_.close();
    co_return;
}

async<> pipe_transport::close() {
    abort();
    co_return;
}

void pipe_transport::abort() noexcept {
    in_.close();
    out_.close();
}

int pipe_transport::native_handle() const noexcept {
    // With two there is no "the" descriptor.
    if (out_.manner() == pipe_manner::none) return in_.file().fd();
    return in_.manner() == pipe_manner::none ? out_.file().fd() : -1;
}

stream stream_over_read_end(file_descriptor end, stream_limits limits) {
    return stream{std::make_unique<pipe_transport>(own_end(std::move(end)), pipe_end{}), limits};
}

stream stream_over_write_end(file_descriptor end, stream_limits limits) {
    return stream{std::make_unique<pipe_transport>(pipe_end{}, own_end(std::move(end))), limits};
}

stream stream_over_shared(int fd, fd_direction direction, const char* what, stream_limits limits) {
    pipe_end end = shared_end(fd, direction, what);
    if (direction == fd_direction::in) {
        return stream{std::make_unique<pipe_transport>(std::move(end), pipe_end{}), limits};
    }
    return stream{std::make_unique<pipe_transport>(pipe_end{}, std::move(end)), limits};
}

}  // namespace patio::detail
