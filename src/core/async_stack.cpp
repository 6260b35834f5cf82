// SPDX-License-Identifier: MIT

#include <patio/core/detail/async_stack.hpp>

#include <patio/core/detail/function_name.hpp>
#include <patio/core/detail/task_record.hpp>

#include <cstdio>
#include <cstring>

namespace patio::detail {

namespace {

/// A message about a task that is nested deeper than this is not read to its end.
constexpr int printed_levels_max = 64;

bool is_written_in_library(place where) noexcept {
    return where.is_known() && is_library_function(where.location().function_name());
}

const char* file_of(place where) noexcept {
    const char* file = where.location().file_name();
    const char* slash = std::strrchr(file, '/');
    return slash != nullptr ? slash + 1 : file;
}

void print_place(const char* before, place where) noexcept {
    if (!where.is_known()) return;
    std::fprintf(stderr, "%s%s:%u", before, file_of(where),
                 static_cast<unsigned>(where.location().line()));
}

void print_stack(const task_block& task) noexcept {
    int level = 0;
    for (async_stack stack{task}; stack.is_valid(); stack.advance()) {
        if (++level > printed_levels_max) {
            std::fputs("    …\n", stderr);
            return;
        }
        const stack_entry& entry = stack.entry();
        char name[128] = "a coroutine that has thrown";
        if (entry.coroutine.is_known()) {
            short_function_name(entry.coroutine.location().function_name(), name, sizeof name);
        }
        std::fprintf(stderr, "    %s", name);
        if (entry.waits_at.is_known()) {
            print_place(", co_await at ", entry.waits_at);
            if (entry.boundary != nullptr) {
                std::fprintf(stderr, " (%s)", entry.boundary->kind_name());
            }
        } else {
            print_place(", running, defined at ", entry.coroutine);
        }
        std::fputc('\n', stderr);
    }
}

}  // namespace

async_stack::async_stack(const task_block& task) noexcept : frame_{task.leaf} {
    if (has_ended(task)) {
        frame_ = {};
        return;
    }
    const bool is_running = this_loop != nullptr && this_loop->current == &task;
    if (is_running) frame_ = std::coroutine_handle<>::from_address(this_loop->running);
    if (!frame_) return;
    const bool has_gone_on = task.kind == wait_kind::running && !task.has(node_flag::unwinding);
    const bool waits = task.leaf == frame_ && !has_gone_on;
    entry_.coroutine = promise_of(frame_).definition();
    if (waits && promise_of(frame_).is_started()) entry_.waits_at = task.leaf_place;
    const scope* inner = task.innermost;
    if (waits && inner->owner == &task && inner->waiter == frame_) entry_.boundary = inner;
    skip_helpers();
}

void async_stack::advance() noexcept {
    step_out();
    skip_helpers();
}

void async_stack::step_out() noexcept {
    const promise_base& inner = promise_of(frame_);
    const std::uintptr_t word = inner.continuation_word();
    const std::uintptr_t tag = word & static_cast<std::uintptr_t>(continuation::mask);
    entry_.waits_at = inner.call_place();
    entry_.boundary = nullptr;
    if (tag == static_cast<std::uintptr_t>(continuation::task)) {
        frame_ = {};
        return;
    }
    if (tag == static_cast<std::uintptr_t>(continuation::scope)) {
        entry_.boundary = reinterpret_cast<const scope*>(word - tag);
        frame_ = entry_.boundary->waiter;
    } else {
        frame_ = std::coroutine_handle<>::from_address(reinterpret_cast<void*>(word));
    }
    if (frame_) entry_.coroutine = promise_of(frame_).definition();
}

/// A helper shows in either of two places: its co_await is in its own source, and, unless it bears
/// the name of the coroutine that it called, its definition is.
void async_stack::skip_helpers() noexcept {
    while (frame_) {
        const place known = entry_.waits_at.is_known() ? entry_.waits_at : entry_.coroutine;
        if (!is_written_in_library(known)) return;
        step_out();
    }
}

place waiting_place_of(const task_block& task) noexcept {
    if (has_ended(task)) return {};
    const async_stack stack{task};
    if (stack.is_valid() && stack.entry().waits_at.is_known()) return stack.entry().waits_at;
    return spawn_place_of(task);
}

std::size_t copy_name(const task_block& task, char* out, std::size_t out_bytes) noexcept {
    const task_record* record = task.extra.record();
    if (record == nullptr || record->name == nullptr) {
        const place definition = definition_of(task);
        const char* function = definition.is_known() ? definition.location().function_name() : "";
        return short_function_name(function, out, out_bytes);
    }
    std::size_t length = 0;
    for (const char* c = record->name; *c != '\0' && length + 1 < out_bytes; ++c) {
        out[length++] = *c;
    }
    out[length] = '\0';
    return length;
}

void print_running_task() noexcept {
    if (this_loop == nullptr || this_loop->current == nullptr) return;
    const task_block* task = this_loop->current;
    char name[128];
    copy_name(*task, name, sizeof name);
    std::fprintf(stderr, "  in task '%s'%s", name,
                 task->has(node_flag::unwinding) ? ", which is being cancelled" : "");
    print_place(", spawned at ", spawn_place_of(*task));
    std::fputs(":\n", stderr);
    print_stack(*task);
    for (int level = 0; level < printed_levels_max; ++level) {
        if (task->innermost == nullptr) return;
        const group_scope& group = home_of(*task);
        task = group.owner;
        if (task == nullptr) return;
        copy_name(*task, name, sizeof name);
        std::fprintf(stderr, "  in a %s of task '%s'", group.kind_name(), name);
        print_place(", which waits at ", waiting_place_of(*task));
        std::fputc('\n', stderr);
    }
}

}  // namespace patio::detail
