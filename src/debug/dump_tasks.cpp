// SPDX-License-Identifier: MIT

#include <patio/debug/dump_tasks.hpp>

#include <patio/core/detail/async_stack.hpp>
#include <patio/core/detail/task_record.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/loop.hpp>

#include "core/loop_internals.hpp"
#include "task_tree.hpp"
#include "task_words.hpp"
#include "words.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <tuple>
#include <vector>

namespace patio {

namespace debug {

namespace {

using detail::group_scope;
using detail::task_block;
using detail::wait_kind;

// What a person reads: more is counted, not shown.
constexpr std::uint64_t equal_shown_max = 10;
constexpr std::uint64_t tasks_shown_max = 1000;
constexpr int levels_max = 32;
constexpr int stack_shown_max = 12;

/// Tasks of a group with the same key look the same to whoever reads the tree.
using likeness = std::tuple<const void*, const void*, wait_kind>;

likeness likeness_of(const task_block& task) {
    return {detail::definition_of(task).data(), detail::waiting_place_of(task).data(), task.kind};
}

template <class F>
void for_each_group_of(const task_block& task, F&& f) {
    for (const detail::scope* s = task.innermost; s->owner == &task; s = s->parent) {
        if (s->has(detail::scope_flag::group)) f(static_cast<const group_scope&>(*s));
    }
}

void add_children(std::vector<const task_block*>& list, const group_scope& group) {
    for (const task_block* child = group.first_child; child != nullptr;
         child = child->sibling_next) {
        list.push_back(child);
    }
}

/// How many tasks live below this one. Groups may be nested as deep as memory lasts.
std::uint64_t count_below(const task_block& top) {
    std::uint64_t count = 0;
    std::vector<const task_block*> open;
    const auto add = [&](const group_scope& group) { add_children(open, group); };
    for_each_group_of(top, add);
    while (!open.empty()) {
        const task_block& task = *open.back();
        open.pop_back();
        ++count;
        for_each_group_of(task, add);
    }
    return count;
}

/// Writes the tree of one loop.
class tree_writer {
public:
    explicit tree_writer(std::int64_t now) : now_{now} {}

    void write_children(const std::vector<const task_block*>& children, int level);
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    struct hidden_tasks {
        std::uint64_t count = 0;
        std::uint64_t below = 0;
        const task_block* first = nullptr;
    };

    void write_task(const task_block& task, int level);
    void write_stack(const task_block& task, int level);
    void write_hidden(const hidden_tasks& hidden, int level);
    void write_boundary(const detail::scope& boundary);
    std::string& begin_line(int level) {
        text_ += '\n';
        return text_.append(2 * static_cast<std::size_t>(level), ' ');
    }

    std::int64_t now_;
    std::uint64_t shown_ = 0;
    std::string text_;
};

void tree_writer::write_children(const std::vector<const task_block*>& children, int level) {
    std::map<likeness, std::uint64_t> seen;
    std::map<likeness, std::size_t> hidden_index;
    std::vector<hidden_tasks> hidden;  // in the order in which they were met
    for (const task_block* child : children) {
        const likeness key = likeness_of(*child);
        const bool is_shown =
            level < levels_max && shown_ < tasks_shown_max && ++seen[key] <= equal_shown_max;
        if (is_shown) {
            write_task(*child, level);
            continue;
        }
        const auto [place, is_new] = hidden_index.try_emplace(key, hidden.size());
        if (is_new) hidden.push_back({0, 0, child});
        hidden_tasks& like = hidden[place->second];
        ++like.count;
        like.below += count_below(*child);
    }
    for (const hidden_tasks& like : hidden)
        write_hidden(like, level);
}

void tree_writer::write_task(const task_block& task, int level) {
    ++shown_;
    begin_line(level) += line_of(task, now_);
    write_stack(task, level);
    std::vector<const group_scope*> groups;  // outermost first
    for_each_group_of(task, [&](const group_scope& group) { groups.push_back(&group); });
    std::vector<const task_block*> children;
    for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
        const auto begin = static_cast<std::ptrdiff_t>(children.size());
        add_children(children, **group);
        std::reverse(children.begin() + begin, children.end());  // oldest first
    }
    if (!children.empty()) write_children(children, level + 1);
}

/// The coroutines of a task, if it has called any.
void tree_writer::write_stack(const task_block& task, int level) {
    detail::async_stack stack{task};
    if (!stack.is_valid()) return;
    {
        detail::async_stack second = stack;
        second.advance();
        if (!second.is_valid() && stack.entry().boundary == nullptr) return;
        if (!second.is_valid() && awaited_group(task) != nullptr) return;  // said already
    }
    for (int count = 0; stack.is_valid(); stack.advance()) {
        if (++count > stack_shown_max) {
            begin_line(level + 1) += "in …";
            return;
        }
        const detail::stack_entry& entry = stack.entry();
        begin_line(level + 1) += "in " + coroutine_words(entry.coroutine);
        if (entry.waits_at.is_known()) text_ += " at " + place_words(entry.waits_at);
        if (entry.boundary != nullptr) write_boundary(*entry.boundary);
    }
}

void tree_writer::write_boundary(const detail::scope& boundary) {
    text_ += std::string{" ("} + boundary.kind_name();
    const bool has_deadline = boundary.timer.kind == wait_kind::scope_deadline &&
                              boundary.timer.deadline != detail::nanoseconds_max;
    if (has_deadline) {
        const std::int64_t left = boundary.timer.deadline - now_;
        text_ += ", " + duration_words(left > 0 ? left : 0) + " left";
    }
    text_ += ')';
}

void tree_writer::write_hidden(const hidden_tasks& hidden, int level) {
    const task_block& first = *hidden.first;
    begin_line(level) += "… and " + number_words(hidden.count) + " more";
    const detail::place where = detail::waiting_place_of(first);
    if (where.is_known()) text_ += " at " + place_words(where);
    text_ += " in ";
    text_ += first.kind == wait_kind::children ? "a group" : detail::name_of(first.kind);
    if (hidden.below > 0) text_ += ", with " + count_words(hidden.below, "task") + " below them";
}

}  // namespace

std::string tree_words(loop& of) {
    const group_scope& root = of.root();
    std::vector<const task_block*> tasks;
    add_children(tasks, root);
    std::reverse(tasks.begin(), tasks.end());
    tree_writer writer{of.internals().time.now().since_origin().count()};
    writer.write_children(tasks, 1);
    return writer.take();
}

shared_text task_tree(loop& of) {
    const std::string text = count_words(of.task_count(), "task") + tree_words(of);
    return shared_text{text.c_str(), text.size()};
}

void dump_tasks(loop& of) noexcept {
    try {
        const shared_text text = task_tree(of);
        std::fflush(stdout);
        std::fprintf(stderr, "patio: %s\n", text.c_str());
    } catch (...) {
        std::fputs("patio: no memory for the task tree\n", stderr);
    }
    std::fflush(stderr);
}

}  // namespace debug

namespace {

loop& loop_of_this_thread() {
    if (detail::this_loop == nullptr) {
        throw usage_error("the task tree needs a running loop: ask for it inside patio::run()");
    }
    return *detail::this_loop->self;
}

}  // namespace

shared_text task_tree() { return debug::task_tree(loop_of_this_thread()); }

void dump_tasks() { debug::dump_tasks(loop_of_this_thread()); }

}  // namespace patio
