// SPDX-License-Identifier: MIT

#include <patio/io/send_file.hpp>

#include "perform.hpp"
#include "socket_transport.hpp"

#include <patio/core/detail/stream_claim.hpp>
#include <patio/core/error.hpp>
#include <patio/io/detail/job.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <unistd.h>

namespace patio {
namespace detail {

namespace {

/// What is being sent, and how far that has come.
struct file_part {
    int file;
    std::uint64_t offset;
    std::uint64_t rest;
    std::uint64_t sent = 0;

    void advance(std::int64_t count) noexcept {
        offset += static_cast<std::uint64_t>(count);
        rest -= static_cast<std::uint64_t>(count);
        sent += static_cast<std::uint64_t>(count);
    }
    [[nodiscard]] std::size_t next(std::size_t bytes_max) const noexcept {
        return static_cast<std::size_t>(std::min<std::uint64_t>(rest, bytes_max));
    }
};

/// Whether the next chunk is in the kernel's memory, so that sending it waits for no disk. Behind
/// the file's end nothing is. **Source** cachestat(2), Linux 6.5; before, nothing is known to be.
bool is_in_memory(const file_part& part) noexcept {
    struct {
        std::uint64_t offset;
        std::uint64_t bytes;
    } range{part.offset, part.next(send_file_chunk_bytes)};
    struct {
        std::uint64_t cached;
        std::uint64_t others[4];
    } pages{};
    constexpr long cachestat_number = 451;  // on every architecture
    if (::syscall(cachestat_number, part.file, &range, &pages, 0) != 0) return false;
    static const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t last = range.offset + range.bytes - 1;
    return pages.cached > last / page_bytes - range.offset / page_bytes;
}

/// sendfile(2) to a socket that does not block.
class sendfile_call {
public:
    sendfile_call(int socket, const file_part& part) noexcept
        : socket_{socket},
          file_{part.file},
          offset_{static_cast<off_t>(part.offset)},
          count_{part.next(send_file_chunk_bytes)} {}
    std::int64_t operator()() noexcept {
        return uninterrupted([&] { return ::sendfile(socket_, file_, &offset_, count_); });
    }

private:
    int socket_;
    int file_;
    off_t offset_;
    std::size_t count_;
};

/// Asks whether a socket takes something, or has failed.
///
/// What the thread's EAGAIN tells is old when it reaches the loop: an edge may have come meanwhile,
/// and must not be forgotten. poll(2) here, between two looks at the driver's edges, is not.
class writable_call {
public:
    std::int64_t operator()(const fd_state& file) const noexcept {
        pollfd query{};
        query.fd = file.fd;
        query.events = POLLOUT;
        const std::int64_t count = or_errno(::poll(&query, 1, 0));
        return count == 0 ? -EAGAIN : count;
    }
};

async<std::int64_t> read_block(const file_part& part, byte_span target) {
    const pread_call call{part.file, target.data(), part.next(target.size()), part.offset};
    const std::int64_t at_once = call.without_waiting();
    if (at_once >= 0) co_return at_once;
    auto waiting = perform(call);
    const std::int64_t count = co_await std::move(waiting);
    if (count < 0) throw error::from_errno(static_cast<int>(-count), "reading a file to send it");
    co_return count;
}

/// Copies until the file's end, or until `limit` bytes have been sent. **Returns** whether that was
/// all.
async<bool> send_blocks(transport& to, file_part& part, std::uint64_t limit) {
    std::vector<std::byte> block(part.next(send_file_copy_bytes));
    while (part.rest > 0 && part.sent < limit) {
        const std::int64_t count = co_await read_block(part, block);
        if (count == 0) co_return true;
        const byte_view bytes{block.data(), static_cast<std::size_t>(count)};
        auto written = to.write(byte_views{&bytes, 1});
        co_await std::move(written);
        part.advance(count);
    }
    co_return part.rest == 0;
}

/// **Returns** whether that was all; if not, the kernel cannot do it.
async<bool> send_by_kernel(transport& to, file_part& part) {
    const auto* socket = dynamic_cast<socket_transport*>(&to);
    if (socket == nullptr) co_return false;
    // If the stream is closed meanwhile its number may belong to another file before the thread
    // uses it, so the thread has one of its own.
    const file_descriptor own{::fcntl(socket->output().state().fd, F_DUPFD_CLOEXEC, 0)};
    if (!own) co_return false;
    while (part.rest > 0) {
        file_operation waiting{socket->output(), fd_direction::out, writable_call{}};
        const std::int64_t is_writable = co_await std::move(waiting);
        if (is_writable < 0) {
            throw error::from_errno(static_cast<int>(-is_writable), "sending a file");
        }
        sendfile_call call{own.value(), part};
        std::int64_t count = 0;
        if (is_in_memory(part)) {
            count = call();
        } else {
            auto sending = make_job(nullptr, call);
            count = co_await std::move(sending);
        }
        if (count == 0) co_return true;
        if (count == -EINVAL || count == -ENOSYS) co_return false;
        if (count < 0 && count != -EAGAIN) {
            throw error::from_errno(static_cast<int>(-count), "sending a file");
        }
        if (count > 0) part.advance(count);
    }
    co_return true;
}

async<std::uint64_t> send_file_of(stream_ref to, file_part part) {
    const stream_claim claim{std::move(to), stream_way::out};
    // A ring would read a pipe as well, and ignore the offset.
    if (::lseek(part.file, 0, SEEK_CUR) < 0) {
        throw error::from_errno(errno, "reading a file to send it");
    }
    bool is_all = co_await send_blocks(claim.carrier(), part, send_file_copy_bytes);
    if (!is_all) is_all = co_await send_by_kernel(claim.carrier(), part);
    if (!is_all) co_await send_blocks(claim.carrier(), part, UINT64_MAX);
    co_return part.sent;
}

}  // namespace
}  // namespace detail

async<std::uint64_t> send_file(stream& to, int file, std::uint64_t offset, std::uint64_t count) {
    return detail::send_file_of(detail::stream_claim::ref_of(to),
                                detail::file_part{file, offset, count});
}

}  // namespace patio
