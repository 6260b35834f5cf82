// SPDX-License-Identifier: MIT
#pragma once

// The process that makes the workers of process pools.

#include <patio/base/config.hpp>

#include <cstdint>

namespace patio {

/// Keeps a small copy of the program, from which the workers of every `process_pool` are forked.
///
/// ```
/// int main() {
///     patio::fork_server server;
///     patio::run(program());
/// }
/// ```
///
/// A fork copies one thread, and the locks of all others as they are: forking a program that has
/// threads gives a child that hangs sooner or later. So the copy is made while there is only one.
/// It is the same image, hence addresses of functions are valid in workers; but what the program
/// does to its variables after this point, and libraries that it loads, are not there.
///
/// Workers have standard output and standard error of the program, nothing on standard input, and
/// no other open file. They are in a process group of their own, so Ctrl-C does not reach them: the
/// program decides. They run no handlers of `atexit` and write nothing that the program had in its
/// buffers. All of them end when this object dies, and when the program ends in whatever way.
///
/// **Use** one, as the first thing in `main`. It costs nothing while no pool is used: a process
/// that sleeps and shares its memory.
/// **Fails** with usage_error if it is too late: the process has more threads already; `run()`
/// starts one for its watchdog. With usage_error if there is another one, and in a worker.
/// With `patio::error` if there is no memory, process or descriptor left.
/// **Threads** the one that the program has. It dies after all pools.
class PATIO_EXPORT fork_server {
public:
    fork_server();
    fork_server(const fork_server&) = delete;
    fork_server& operator=(const fork_server&) = delete;
    /// Ends the workers, if any are left, and waits for that.
    ~fork_server();

    /// Whether this process has one.
    [[nodiscard]] static bool exists() noexcept;

private:
    int control_ = -1;
    std::int32_t process_ = -1;
    std::uint32_t fork_count_;
};

}  // namespace patio
