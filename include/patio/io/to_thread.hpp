// SPDX-License-Identifier: MIT
#pragma once

// The way out for calls that block.

#include <patio/core/detail/callable.hpp>
#include <patio/io/detail/job.hpp>

#include <utility>

namespace patio {

/// Calls `f(args...)` on a thread, while the loop goes on.
///
/// ```
/// std::string text = co_await patio::to_thread(read_whole_file, path);
/// ```
///
/// The threads are the program's: started when needed, at most 64 at a time, joined when `run()`
/// returns. What holds for `thread_pool::run` holds here: `f` and the arguments are moved to the
/// call, an `f` with a `stop_signal` as its first parameter hears of a cancellation, and this
/// returns only when the call has ended. A program that ends waits for the calls that still run,
/// and says so if one takes long.
///
/// **Use** it for system calls and libraries that block. For number crunching a `thread_pool` keeps
/// to the number of processors.
/// **Suspends** always. **Fails** with what `f` throws. **Cancel** see `thread_pool::run`.
/// **Threads** `f` runs on another one: a `context_var` and the current task are not visible there,
/// and what it shares with tasks needs the care of threads.
template <class F, class... Args>
    requires detail::job_function<F, Args...>
auto to_thread(F&& f, Args&&... args) {
    detail::check_callable<F>();
    return detail::make_job(nullptr, std::forward<F>(f), std::forward<Args>(args)...);
}

}  // namespace patio
