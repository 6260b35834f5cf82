// SPDX-License-Identifier: MIT
#pragma once

// Says who blocks the loop, while it is blocked.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>

namespace patio {

class loop;

namespace debug {

/// A thread that watches a loop: when one step of a task keeps it for longer than a limit, a
/// `loop_blocked` report names the task, its last `co_await`, and the stack of the culprit.
///
/// ```
/// patio: the loop has been blocked for 100 ms by task 'fetch' (last co_await at app.cpp:40)
///   clock_nanosleep
///   std::this_thread::sleep_for at this_thread_sleep.h:82
///   fetch at app.cpp:42
/// ```
///
/// `patio::run()` has one, see `run_options::watchdog`. A step is blocked when it sleeps in the
/// kernel, or when it has used the processor for as long as the limit; one that merely had to wait
/// for the processor, or that a debugger stopped, is left alone. A step that goes on is reported
/// again after ten and a hundred times the limit.
///
/// The stack is taken in a handler of SIGURG on the loop's thread. That interrupts the blocking
/// call: most are restarted by the kernel or by the library, but `usleep` and `poll` return early
/// (signal(7)). A handler of SIGURG that was there before is called for signals that are not ours,
/// and comes back when the last watchdog has gone.
///
/// **Threads** made and destroyed on the thread that runs the loop, while it runs it.
/// **Cost** four looks at two words per limit, on a thread of its own; nothing for the loop.
class PATIO_EXPORT watchdog {
public:
    /// **Borrows** the loop. **Fails** with std::system_error if no thread can be started.
    watchdog(loop& watched, duration limit);
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;
    ~watchdog();

private:
    struct state;
    state* state_;
};

}  // namespace debug
}  // namespace patio
