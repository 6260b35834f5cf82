// SPDX-License-Identifier: MIT
#pragma once

// Streams over pipes, terminals and whatever else a descriptor may be.

#include "open_file.hpp"

#include <patio/core/stream.hpp>
#include <patio/core/transport.hpp>

#include <memory>

namespace patio::detail {

/// How the bytes of a descriptor are moved without ever blocking the loop.
enum class pipe_manner : std::uint8_t {
    none,  ///< there is no such direction
    /// The open file is ours and has O_NONBLOCK: try, and wait where it would block.
    own,
    /// A socket, which others may share: each call says by itself that it must not block.
    socket,
    /// An open file that others share, whose O_NONBLOCK must stay as it is, or one that knows no
    /// readiness: wait until poll(2) says that there is something, try with RWF_NOWAIT, and where
    /// the file does not know that flag, or a disk has to be waited for, call on a thread.
    shared,
};

/// One direction of a stream.
class pipe_end {
public:
    pipe_end() noexcept = default;
    pipe_end(file_descriptor file, pipe_manner manner);

    [[nodiscard]] pipe_manner manner() const noexcept { return manner_; }
    [[nodiscard]] const open_file& file() const noexcept { return file_; }
    /// For calls on threads: whoever has a copy keeps the descriptor open.
    [[nodiscard]] std::shared_ptr<file_descriptor> for_threads() const { return for_threads_; }
    void close() noexcept {
        file_.close();
        for_threads_.reset();
    }

private:
    open_file file_;  // what is polled
    std::shared_ptr<file_descriptor> for_threads_;
    pipe_manner manner_ = pipe_manner::none;
};

/// Carries a stream over one or two descriptors: one that is read, one that is written.
class PATIO_EXPORT pipe_transport final : public transport {
public:
    /// Either may be an empty `pipe_end`.
    pipe_transport(pipe_end in, pipe_end out) noexcept : in_{std::move(in)}, out_{std::move(out)} {}

    async<std::size_t> read_some(byte_span target) override;
    async<> write(byte_views parts) override;
    /// Closes the descriptor that is written.
    async<> shutdown() override;
    async<> close() override;
    void abort() noexcept override;
    [[nodiscard]] int native_handle() const noexcept override;

private:
    pipe_end in_;
    pipe_end out_;
};

/// A stream over a pipe's end that belongs to nobody else. Sets its O_NONBLOCK.
[[nodiscard]] PATIO_EXPORT stream stream_over_read_end(file_descriptor end, stream_limits limits);
[[nodiscard]] PATIO_EXPORT stream stream_over_write_end(file_descriptor end, stream_limits limits);

/// A stream over a descriptor that stays the caller's and that other processes may share. The
/// descriptor may be closed afterwards.
///
/// * A pipe, a FIFO or a terminal is opened once more, through /proc/self/fd: that makes an open
///   file of our own, whose O_NONBLOCK nobody else sees. It fails if the process may not open the
///   file (a terminal after su(1), no /proc); not done with other devices, where opening means
///   something (/dev/ptmx makes a terminal).
/// * A socket cannot be opened and need not be.
/// * Everything else: see `pipe_manner::shared`.
///
/// **Fails** with `patio::error`, `what` in it, if there is no such descriptor, or it is not open
/// for that direction.
[[nodiscard]] PATIO_EXPORT stream stream_over_shared(int fd, fd_direction direction,
                                                     const char* what, stream_limits limits);

}  // namespace patio::detail
