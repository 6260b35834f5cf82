// SPDX-License-Identifier: MIT

// Whose loop something belongs to, and what is said if somebody else touches it.

#include <patio/core/all_tasks.hpp>
#include <patio/core/detail/async_stack.hpp>
#include <patio/core/detail/task_record.hpp>

#include "loop_internals.hpp"
#include "text.hpp"

namespace patio::detail {

namespace {

const loop_state& loop_of(const group_scope& group) noexcept {
    const group_scope* outer = &group;
    while (outer->owner != nullptr)
        outer = &home_of(*outer->owner);
    return *static_cast<const root_scope*>(outer)->home;
}

[[noreturn]] void refuse(const char* before, const char* name, const char* after,
                         const loop_state& owner) noexcept {
    text out;
    out << before << name << after << " belongs to loop " << std::uint64_t{owner.number};
    if (this_loop != nullptr) {
        out << " and was touched from the thread that runs loop "
            << std::uint64_t{this_loop->number};
    } else {
        out << " and was touched from a thread that runs no loop";
    }
    out << ": what belongs to a loop is for its thread alone; from elsewhere call its "
           "loop_handle::post";
    misuse(out.c_str());
}

}  // namespace

void check_owner(const task_block& task) noexcept {
    const loop_state& owner = loop_of(home_of(task));
    if (&owner == this_loop) return;
    char name[128];
    copy_name(task, name, sizeof name);
    refuse("task '", name, "'", owner);
}

void check_owner(const scope& used) noexcept {
    const bool is_group = used.has(scope_flag::group);
    if (used.owner == nullptr && !is_group) return;  // not entered: nobody's yet
    const group_scope& group =
        is_group ? static_cast<const group_scope&>(used) : home_of(*used.owner);
    const loop_state& owner = loop_of(group);
    if (&owner != this_loop) refuse("a ", used.kind_name(), "", owner);
}

void refuse_to_leave(loop& with_tasks, const char* before, const char* after_one,
                     const char* after_many) noexcept {
    constexpr std::size_t shown_max = 5;
    const std::vector<any_task> tasks = all_tasks(with_tasks);
    text out;
    out << before << std::uint64_t{tasks.size()} << (tasks.size() == 1 ? " task" : " tasks")
        << (tasks.size() == 1 ? after_one : after_many);
    const char* separator = ": ";
    for (std::size_t i = 0; i < tasks.size() && i < shown_max; ++i) {
        const task_block& task = *tasks[i].block();
        char name[128];
        copy_name(task, name, sizeof name);
        out << separator << "'" << name << "'";
        const place where = waiting_place_of(task);
        if (where.is_known()) out << " at " << where.location();
        separator = ", ";
    }
    if (tasks.size() > shown_max) out << " and " << tasks.size() - shown_max << " more";
    misuse(out.c_str());
}

void left_loop() noexcept {
    if (this_loop == nullptr) {
        misuse(
            "a coroutine was resumed on a thread that does not run its loop: an awaitable whose "
            "end comes from another thread must go through loop_handle::post");
    }
    misuse(
        "a coroutine was resumed outside of its task's step: an awaitable must not resume "
        "coroutines itself, but wake their task");
}

void begin_foreign_wait(loop_state& loop, task_block& task) noexcept {
    task.kind = wait_kind::foreign;
    task.leaf = std::coroutine_handle<>::from_address(loop.running);
    // A stranger does not say where it is awaited: the coroutine's own place is next to it, while
    // the last place of the task may be in another function.
    task.leaf_place = promise_of(task.leaf).definition();
    task.since = static_cast<std::uint32_t>(loop.now >> 20);
}

void check_stands_in_task(std::coroutine_handle<> frame, const task_block& task) noexcept {
    while (frame) {
        const std::uintptr_t word = promise_of(frame).continuation_word();
        const std::uintptr_t tag = word & static_cast<std::uintptr_t>(continuation::mask);
        if (tag == static_cast<std::uintptr_t>(continuation::task)) {
            if (reinterpret_cast<const task_block*>(word - tag) != &task) left_loop();
            return;
        }
        frame = tag == static_cast<std::uintptr_t>(continuation::scope)
                    ? reinterpret_cast<const scope*>(word - tag)->waiter
                    : std::coroutine_handle<>::from_address(reinterpret_cast<void*>(word));
    }
}

}  // namespace patio::detail
