// SPDX-License-Identifier: MIT
#pragma once

// What a process pool, the fork server and a worker say to each other.
//
// Each worker has two sockets. Its *line* is a stream: a request down, an answer up, again and
// again; one of them is under way at any time, so megabytes both ways cannot block each other. Its
// *leash* leads from the pool to the fork server, the worker's parent: down go numbers of signals,
// and a closed leash means SIGKILL; up comes one notice of how the worker ended.
//
// Why not signals and waitid from the pool itself? Workers are not its children: a number of a
// process that somebody else reaps may belong to another one by the time it is used.

#include "file_descriptor.hpp"

#include <patio/io/bytes_codec.hpp>

#include <cstdint>

namespace patio::detail {

/// Calls the function: reads the arguments, writes the result.
using process_invoker = void (*)(bytes_reader& arguments, bytes_writer& result);

/// In front of the arguments on a line.
struct request_header {
    process_invoker invoker = nullptr;
    std::uint64_t size = 0;
};

enum class answer_kind : std::uint64_t { value = 1, exception = 2 };

/// The categories whose codes travel with an exception. By name and not by address: what a broken
/// worker says must not be followed.
enum class code_category : std::uint8_t { none = 0, generic = 1, system = 2, patio = 3 };

/// In front of a result.
struct answer_header {
    answer_kind kind{};
    std::uint64_t size = 0;
};

enum class notice_kind : std::int32_t {
    failed = 1,  ///< there is no worker: `value` is the errno of fork
    ended = 2,   ///< it was reaped: `value` is the status of wait(2)
};

/// The one message that goes up a leash.
struct worker_notice {
    notice_kind kind{};
    std::int32_t process = 0;
    std::int32_t value = 0;
};

/// Asks the fork server for a worker on these ends. **Fails** with usage_error if there is no
/// server; with patio::error if it does not listen.
void request_worker(file_descriptor line, file_descriptor leash);

/// **Fails** with usage_error in a worker: what only the program itself may do.
void refuse_in_worker();

/// The life of the fork server, in its process. Ends with the last copy of the other end of
/// `control`, or with the process `program`.
[[noreturn]] void serve_forks(file_descriptor control, int program) noexcept;

/// The life of a worker, in its process: answers until the line ends.
[[noreturn]] void serve_line(int line) noexcept;

/// Writes out what has been printed, by whichever library.
void flush_output() noexcept;

}  // namespace patio::detail
