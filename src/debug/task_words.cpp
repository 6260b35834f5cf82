// SPDX-License-Identifier: MIT

#include "task_words.hpp"

#include <patio/base/duration.hpp>
#include <patio/core/detail/async_stack.hpp>
#include <patio/core/detail/task_record.hpp>
#include <patio/core/loop.hpp>
#include <patio/core/sync/mutex.hpp>

#include "words.hpp"

#include <algorithm>

namespace patio::debug {

namespace {

using detail::task_block;
using detail::wait_kind;
using detail::node_flag::pending;

constexpr std::size_t joiners_shown_max = 3;

bool is_current(const task_block& task) noexcept {
    return detail::this_loop != nullptr && detail::this_loop->current == &task;
}

task_block* owner_of_awaited_mutex(const task_block& task) noexcept {
    return static_cast<const detail::lock_wait*>(task.payload)->target->owner();
}

std::string quoted(const task_block& task) { return "'" + name_words(task) + "'"; }

bool has_age(const task_block& task) noexcept {
    return task.kind != wait_kind::ready && task.kind != wait_kind::running;
}

std::int64_t age_of(const task_block& task, std::int64_t now) noexcept {
    const auto ticks = static_cast<std::uint32_t>(now >> 20) - task.since;
    const std::int64_t age = static_cast<std::int64_t>(ticks) << 20;
    // A tick is 1.05 ms: tell only what that can tell.
    return age < 100 * millisecond ? age : (age / millisecond + 5) / 10 * 10 * millisecond;
}

/// " at x.cpp:12", " since x.cpp:12" for the running one, ", spawned at x.cpp:12" for a new one.
std::string standing_words(const task_block& task) {
    if (!task.leaf_place.is_known()) {
        return ", spawned at " + place_words(detail::spawn_place_of(task));
    }
    if (is_current(task) && task.kind == wait_kind::running) {
        return " since " + place_words(task.leaf_place);
    }
    const detail::place where = detail::waiting_place_of(task);
    return where.is_known() ? " at " + place_words(where) : "";
}

/// Who cancels it and why, as far as it is known.
std::string cancel_words(const task_block& task) {
    const detail::cancel_note* note = nullptr;
    if (const auto* record = task.extra.record()) note = record->note;
    for (const detail::scope* s = task.innermost; s != nullptr && note == nullptr; s = s->parent) {
        if (s->has(detail::scope_flag::cancelled)) note = s->note;
    }
    std::string words = ", being cancelled";
    if (note == nullptr) return words;
    if (note->by_task != nullptr) words += std::string{" by '"} + note->by_task + "'";
    if (note->reason != nullptr) words += std::string{": "} + note->reason;
    return words;
}

std::string joiner_words(const task_block& task) {
    const detail::task_record* record = task.extra.record();
    if (record == nullptr || record->joiners.empty()) return {};
    std::string words = ", awaited by ";
    std::size_t count = 0;
    for (auto* node = record->joiners.front(); node != nullptr;
         node = record->joiners.after(*node)) {
        if (++count > joiners_shown_max) continue;
        if (count > 1) words += ", ";
        words += quoted(static_cast<const task_block&>(*node));
    }
    if (count > joiners_shown_max) {
        words += " and " + number_words(count - joiners_shown_max) + " more";
    }
    return words;
}

}  // namespace

std::string name_words(const task_block& task) {
    char name[128];
    detail::copy_name(task, name, sizeof name);
    return name;
}

const detail::group_scope* awaited_group(const task_block& task) noexcept {
    if (task.kind != wait_kind::children) return nullptr;
    const detail::scope* s = task.innermost;
    const bool is_group = s->owner == &task && s->has(detail::scope_flag::group);
    return is_group ? static_cast<const detail::group_scope*>(s) : nullptr;
}

std::vector<task_block*> tasks_awaited_by(const task_block& task) {
    std::vector<task_block*> result;
    if (task.kind == wait_kind::join) {
        result.push_back(static_cast<task_block*>(task.payload));
    } else if (task.kind == wait_kind::mutex || task.kind == wait_kind::relock) {
        if (task_block* owner = owner_of_awaited_mutex(task)) result.push_back(owner);
    } else if (const detail::group_scope* group = awaited_group(task)) {
        task_block* child = group->first_child;  // newest first
        for (; child != nullptr; child = child->sibling_next)
            result.push_back(child);
        std::reverse(result.begin(), result.end());
    }
    return result;
}

std::string wait_words(const task_block& task) {
    if (is_current(task) && task.kind == wait_kind::running) return "running";
    if (task.kind == wait_kind::ready) {
        return task.leaf_place.is_known() ? "ready" : "ready to start";
    }
    if (const detail::group_scope* group = awaited_group(task)) {
        const char* things = group->live_count == 1 ? " child in a " : " children in a ";
        return number_words(group->live_count) + things + group->kind_name();
    }
    std::string words = detail::name_of(task.kind);
    if (task.kind == wait_kind::join) {
        words += " of " + quoted(*static_cast<const task_block*>(task.payload));
    } else if (task.kind == wait_kind::mutex || task.kind == wait_kind::relock) {
        const task_block* owner = owner_of_awaited_mutex(task);
        if (owner != nullptr) words += ", held by " + quoted(*owner) + ",";
    }
    return words;
}

std::string line_of(const task_block& task, std::int64_t now) {
    std::string line = name_words(task) + ": " + wait_words(task);
    const bool sleeps = task.kind == wait_kind::sleep;
    const bool has_end = !sleeps || task.deadline != detail::nanoseconds_max;
    if (!has_end) line += " for ever";
    line += standing_words(task);
    if (has_age(task)) line += " for " + duration_words(age_of(task, now));
    if (sleeps && has_end) {
        const std::int64_t left = task.deadline > now ? task.deadline - now : 0;
        line += ", " + duration_words(left) + " left";
    }
    if (task.has(pending)) line += cancel_words(task);
    return line + joiner_words(task);
}

}  // namespace patio::debug
