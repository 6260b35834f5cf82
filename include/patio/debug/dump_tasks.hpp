// SPDX-License-Identifier: MIT
#pragma once

// What every task does now: the answer to "why does nothing happen?".

#include <patio/base/config.hpp>
#include <patio/base/shared_text.hpp>

namespace patio {

class loop;

/// Prints the tree of this loop's tasks to standard error; `SIGQUIT` (Ctrl-\) does the same.
///
/// ```
/// patio: 3 tasks
///   main: 2 children in a task group at app.cpp:40 for 3.2 s
///     fetch: sleep at fetch.cpp:12 for 3.2 s, 1.8 s left
///       in read_body at fetch.cpp:12
///       in fetch at app.cpp:20 (timeout, 500 ms left)
///     report: queue.get at app.cpp:31 for 1.1 s
/// ```
///
/// Each line says what the task waits for, at which `co_await`, and since when: the time since it
/// began to wait, not since it was started. The coroutines that it has called follow, innermost
/// first. Children of its groups stand below it, oldest first. Of many children that stand at the
/// same place ten are shown and the rest is counted, so ten thousand tasks still fit on a screen.
///
/// **Use** it when a program hangs or behaves strangely; to look at tasks in code take
/// `all_tasks()`.
/// **Fails** with usage_error on a thread without a running loop.
/// **Cost** proportional to the number of tasks; nothing while nobody asks.
PATIO_EXPORT void dump_tasks();

/// The same as a text.
[[nodiscard("task_tree() only returns the text: dump_tasks() prints it")]] PATIO_EXPORT shared_text
task_tree();

namespace debug {

/// The tree of a loop that belongs to this thread, whether it runs now or not: for signal handlers
/// that were posted to the loop, and for harnesses. **Threads** the loop's.
PATIO_EXPORT void dump_tasks(loop& of) noexcept;
[[nodiscard]] PATIO_EXPORT shared_text task_tree(loop& of);

}  // namespace debug
}  // namespace patio
