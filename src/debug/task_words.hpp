// SPDX-License-Identifier: MIT
#pragma once

// One task in words: what it is called, what it waits for, and for whom.

#include <patio/core/detail/scope.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace patio::debug {

/// Its name as reports show it; cut if it is very long.
std::string name_words(const detail::task_block& task);

/// What it waits for: "sleep", "join of 'fetch'", "mutex.lock, held by 'b'", "2 children in a task
/// group".
std::string wait_words(const detail::task_block& task);

/// The whole line: "fetch: sleep at fetch.cpp:12 for 3.2 s, 1.8 s left, awaited by 'main'".
/// `now` is the loop's time in nanoseconds.
std::string line_of(const detail::task_block& task, std::int64_t now);

/// The tasks whose end, or unlocking, it waits for; empty if that is not known, or nobody.
std::vector<detail::task_block*> tasks_awaited_by(const detail::task_block& task);

/// The group whose children it waits for, or null.
const detail::group_scope* awaited_group(const detail::task_block& task) noexcept;

}  // namespace patio::debug
