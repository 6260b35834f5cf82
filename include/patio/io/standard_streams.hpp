// SPDX-License-Identifier: MIT
#pragma once

// Standard input, output and error as streams.

#include <patio/base/config.hpp>
#include <patio/core/stream.hpp>

namespace patio {

/// The program's standard input, whatever it is: a terminal, a pipe, a socket, a regular file.
///
/// ```
/// patio::stream in = patio::stdin_stream();
/// while (auto line = co_await in.read_line()) …
/// ```
///
/// The loop never blocks, and no flag of the descriptor is touched: a shell that shares the
/// terminal finds it as it was, also after a crash. Where the kernel can do neither (a terminal
/// that this process may not open again), and for files that have to come from a disk, threads of
/// the program wait.
///
/// **Use** one for the whole program: each has a buffer of its own, and what one has read ahead the
/// other does not see. The same goes for std::cin and stdio beside it.
/// **Owns** a copy: closing the stream leaves descriptor 0 open.
/// **Fails** with `patio::error` if standard input is closed; with usage_error outside of a running
/// loop.
/// **Cancel** see `stream`. A read that waits on a thread for a disk is waited for.
[[nodiscard]] PATIO_EXPORT stream stdin_stream(stream_limits limits = {});

/// The program's standard output, in the same way.
///
/// What std::cout and printf have buffered is not flushed: use one of them, or flush before.
/// `shutdown()` and `close()` leave descriptor 1 open, so a reader behind a pipe sees the end when
/// the program ends.
[[nodiscard]] PATIO_EXPORT stream stdout_stream(stream_limits limits = {});
/// The program's standard error.
[[nodiscard]] PATIO_EXPORT stream stderr_stream(stream_limits limits = {});

}  // namespace patio
