// SPDX-License-Identifier: MIT

#include <patio/core/all_tasks.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/loop.hpp>

namespace patio {

namespace {

using detail::group_scope;
using detail::task_block;

/// Lists are newest first: what is pushed last, the oldest child, is taken first.
void push_children(std::vector<task_block*>& open, const group_scope& group) {
    for (task_block* child = group.first_child; child != nullptr; child = child->sibling_next) {
        open.push_back(child);
    }
}

}  // namespace

std::vector<any_task> all_tasks(loop& of) {
    std::vector<any_task> result;
    result.reserve(of.task_count());
    std::vector<task_block*> open;  // a stack: groups may be nested as deep as memory lasts
    push_children(open, of.root());
    while (!open.empty()) {
        task_block& task = *open.back();
        open.pop_back();
        result.emplace_back(task);
        for (detail::scope* s = task.innermost; s->owner == &task; s = s->parent) {
            if (s->has(detail::scope_flag::group)) {
                push_children(open, static_cast<group_scope&>(*s));
            }
        }
    }
    return result;
}

std::vector<any_task> all_tasks() {
    if (detail::this_loop == nullptr) {
        throw usage_error("all_tasks() needs a running loop: call it inside patio::run()");
    }
    return all_tasks(*detail::this_loop->self);
}

}  // namespace patio
