// SPDX-License-Identifier: MIT
#pragma once

// Pipes as streams.

#include <patio/base/config.hpp>
#include <patio/core/stream.hpp>

namespace patio {

/// The two ends of a pipe: what is written to one is read from the other.
class PATIO_EXPORT pipe_ends {
public:
    using loop_affine = void;

    pipe_ends(stream read_end, stream write_end) noexcept
        : reader{std::move(read_end)}, writer{std::move(write_end)} {}

    stream reader;
    stream writer;
};

/// Makes a pipe, both ends for this program.
///
/// **Use** a `channel` or a `queue` between tasks. This is for bytes that a library or a child will
/// read or write through a descriptor: see `native_handle()`.
/// **Fails** with `patio::error` (no descriptors left); with usage_error outside of a running loop.
[[nodiscard]] PATIO_EXPORT pipe_ends make_pipe(stream_limits limits = {});

/// Makes a stream of a descriptor that can be read: a pipe's end, a FIFO, a terminal.
///
/// **Owns** the descriptor, also if this fails, and sets its O_NONBLOCK, which whoever
/// shares the open file sees: `stdin_stream` is for those.
/// **Fails** with `patio::error` if it is none; with usage_error outside of a running loop.
/// **Source** asyncio's connect_read_pipe.
[[nodiscard]] PATIO_EXPORT stream connect_read_pipe(int fd, stream_limits limits = {});
/// The same for one that can be written. `shutdown()` closes it.
[[nodiscard]] PATIO_EXPORT stream connect_write_pipe(int fd, stream_limits limits = {});

}  // namespace patio
