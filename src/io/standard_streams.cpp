// SPDX-License-Identifier: MIT

#include <patio/io/standard_streams.hpp>

#include "pipe_transport.hpp"

#include <patio/core/error.hpp>
#include <patio/io/pipe.hpp>

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace patio {

using detail::fd_direction;
using detail::file_descriptor;

stream stdin_stream(stream_limits limits) {
    return detail::stream_over_shared(STDIN_FILENO, fd_direction::in, "opening standard input",
                                      limits);
}
stream stdout_stream(stream_limits limits) {
    return detail::stream_over_shared(STDOUT_FILENO, fd_direction::out, "opening standard output",
                                      limits);
}
stream stderr_stream(stream_limits limits) {
    return detail::stream_over_shared(STDERR_FILENO, fd_direction::out, "opening standard error",
                                      limits);
}

// --- pipes

pipe_ends make_pipe(stream_limits limits) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw error::from_errno(errno, "making a pipe");
    file_descriptor reader{ends[0]};
    file_descriptor writer{ends[1]};
    stream read_end = detail::stream_over_read_end(std::move(reader), limits);
    return {std::move(read_end), detail::stream_over_write_end(std::move(writer), limits)};
}

stream connect_read_pipe(int fd, stream_limits limits) {
    return detail::stream_over_read_end(file_descriptor{fd}, limits);
}
stream connect_write_pipe(int fd, stream_limits limits) {
    return detail::stream_over_write_end(file_descriptor{fd}, limits);
}

}  // namespace patio
