// SPDX-License-Identifier: MIT
#pragma once

// Asking a loop what runs in it.

#include <patio/base/config.hpp>
#include <patio/core/task.hpp>

#include <vector>

namespace patio {

class loop;

/// Every task of this thread's loop that has not ended, the running one included.
///
/// **Use** it to ask and to cancel; to read what the program does print it with `dump_tasks()`,
/// which also knows where each task waits.
/// **Order** a task stands before the children of its groups, siblings in the order in which they
/// were started.
/// **Fails** with usage_error on a thread without a running loop.
/// **Cost** one allocation and a counted pointer for each task. The handles do not keep tasks from
/// ending, only their results and names.
[[nodiscard]] PATIO_EXPORT std::vector<any_task> all_tasks();

/// The same of a loop that this thread owns but does not run now.
[[nodiscard]] PATIO_EXPORT std::vector<any_task> all_tasks(loop& of);

}  // namespace patio
