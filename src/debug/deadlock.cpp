// SPDX-License-Identifier: MIT

// Why nothing can go on: the wait-for graph of a loop's tasks, its cycles, and who waits for
// somebody that is not there.

#include <patio/debug/install.hpp>

#include <patio/core/all_tasks.hpp>
#include <patio/core/detail/async_stack.hpp>
#include <patio/core/detail/channel_state.hpp>
#include <patio/core/loop.hpp>

#include "task_tree.hpp"
#include "task_words.hpp"
#include "words.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace patio::debug {

namespace {

using detail::task_block;
using detail::wait_kind;

constexpr std::size_t cycles_shown_max = 3;
constexpr std::size_t edges_shown_max = 20;
constexpr std::size_t edges_in_headline_max = 4;
constexpr std::size_t stranded_shown_max = 10;

using path = std::vector<const task_block*>;

/// Finds cycles by a depth-first search with an explicit stack: chains of tasks may be long.
class cycle_finder {
public:
    std::vector<path> find(const std::vector<any_task>& tasks) {
        for (const any_task& task : tasks) {
            if (colours_[task.block()] == colour::white) search(*task.block());
            if (cycles_.size() >= cycles_shown_max) break;
        }
        return std::move(cycles_);
    }

private:
    enum class colour { white, grey, black };
    struct visit {
        const task_block* task;
        std::vector<task_block*> targets;
        std::size_t next = 0;
    };

    void enter(const task_block& task) {
        colours_[&task] = colour::grey;
        open_.push_back({&task, tasks_awaited_by(task)});
    }

    void search(const task_block& from) {
        enter(from);
        while (!open_.empty()) {
            visit& top = open_.back();
            if (top.next == top.targets.size()) {
                colours_[top.task] = colour::black;
                open_.pop_back();
                continue;
            }
            const task_block& target = *top.targets[top.next++];
            const colour met = colours_[&target];
            if (met == colour::white) {
                enter(target);
            } else if (met == colour::grey) {
                keep_cycle(target);
            }
        }
    }

    void keep_cycle(const task_block& target) {
        if (cycles_.size() >= cycles_shown_max) return;
        path cycle;
        for (auto step = open_.rbegin(); step != open_.rend(); ++step) {
            cycle.push_back(step->task);
            if (step->task == &target) break;
        }
        std::reverse(cycle.begin(), cycle.end());
        cycles_.push_back(std::move(cycle));
    }

    std::unordered_map<const task_block*, colour> colours_;
    std::vector<visit> open_;
    std::vector<path> cycles_;
};

/// "task 'a' waits for the mutex held by 'b' (at x.cpp:12)".
std::string edge_words(const task_block& from, const task_block& to) {
    std::string words = "task '" + name_words(from) + "' waits for ";
    const std::string target = "'" + name_words(to) + "'";
    if (from.kind == wait_kind::mutex || from.kind == wait_kind::relock) {
        words += "the mutex held by " + target;
    } else if (const auto* group = awaited_group(from)) {
        words += "its child " + target + " in a " + group->kind_name();
    } else {
        words += "the end of " + target;
    }
    return words + " (at " + place_words(detail::waiting_place_of(from)) + ")";
}

std::string cycle_words(const path& cycle) {
    std::string words = "\n  cycle: ";
    for (std::size_t i = 0; i < cycle.size(); ++i) {
        if (i > 0) words += " → ";
        if (i == edges_shown_max) return words + "…";
        words += edge_words(*cycle[i], *cycle[(i + 1) % cycle.size()]);
    }
    return words;
}

/// What a task that waits for nobody in particular would need; null if that is not simple.
const char* missing_deed(wait_kind kind) noexcept {
    switch (kind) {
        case wait_kind::event:
            return "set the event";
        case wait_kind::condition:
            return "notify the condition";
        case wait_kind::semaphore:
            return "release a permit";
        case wait_kind::barrier:
            return "come to the barrier";
        case wait_kind::queue_get:
            return "put an item";
        case wait_kind::queue_put:
            return "take an item";
        case wait_kind::queue_join:
            return "finish the items that were taken";
        case wait_kind::channel_send:
            return "receive";
        case wait_kind::channel_receive:
        case wait_kind::oneshot:
        case wait_kind::broadcast:
            return "send";
        case wait_kind::watch:
            return "change the value";
        case wait_kind::stream_read:
            return "write to its other end";
        case wait_kind::stream_write:
            return "read from its other end";
        case wait_kind::foreign:
            return "resume it";
        default:
            return nullptr;
    }
}

/// The channel in which it waits, or null.
const detail::channel_base* awaited_channel(const task_block& task) noexcept {
    if (task.kind != wait_kind::channel_send && task.kind != wait_kind::channel_receive) {
        return nullptr;
    }
    return static_cast<const detail::channel_wait*>(task.payload)->target;
}

/// Why it waits in vain. Whoever waits in a channel does so because the other side has ends left:
/// one that somebody holds and has forgotten is the usual reason.
std::string reason_words(const task_block& task) {
    const char* const deed = missing_deed(task.kind);
    const detail::channel_base* const channel = awaited_channel(task);
    if (channel == nullptr) return std::string{"nobody is left to "} + deed;
    const channel_statistics at = channel->statistics(0);
    const bool receives = task.kind == wait_kind::channel_receive;
    const std::size_t count = receives ? at.senders : at.receivers;
    return count_words(count, receives ? "sender" : "receiver") +
           (count == 1 ? " is alive, but nobody " : " are alive, but nobody ") + deed + "s";
}

/// Tasks that wait for something that only another task could do.
std::string stranded_words(const std::vector<any_task>& tasks) {
    using site = std::tuple<wait_kind, const void*, const void*>;
    std::map<site, std::size_t> index;
    std::vector<std::pair<const task_block*, std::size_t>> groups;  // the first one, how many
    for (const any_task& any : tasks) {
        const task_block& task = *any.block();
        if (missing_deed(task.kind) == nullptr) continue;
        const site where{task.kind, detail::waiting_place_of(task).data(), awaited_channel(task)};
        const auto [known, is_new] = index.try_emplace(where, groups.size());
        if (is_new) groups.emplace_back(&task, 0U);
        ++groups[known->second].second;
    }
    std::string words;
    for (std::size_t i = 0; i < groups.size() && i < stranded_shown_max; ++i) {
        const auto& [task, count] = groups[i];
        words += "\n  '" + name_words(*task) + "'";
        if (count > 1) words += " and " + count_words(count - 1, "other");
        words += count > 1 ? " wait" : " waits";
        words += std::string{" in "} + detail::name_of(task->kind) + " at " +
                 place_words(detail::waiting_place_of(*task)) + ": " + reason_words(*task);
    }
    return words;
}

/// ", 'a' for 'b', 'b' for 'a': ", the part of the first line that says it all.
std::string short_cycle_words(const path& cycle) {
    std::string words;
    for (std::size_t i = 0; i < cycle.size(); ++i) {
        if (i == edges_in_headline_max) return words + ", …: ";
        words += ", '" + name_words(*cycle[i]) + "' for '";
        words += name_words(*cycle[(i + 1) % cycle.size()]) + "'";
    }
    return words + ": ";
}

shared_text describe(loop& stuck) {
    const std::vector<any_task> tasks = all_tasks(stuck);
    const std::vector<path> cycles = cycle_finder{}.find(tasks);
    const bool is_one = tasks.size() == 1;
    std::string text = "deadlock: " + count_words(tasks.size(), "task");
    text += is_one ? " waits" : " wait";
    text += cycles.empty() ? " and " : short_cycle_words(cycles.front());
    text += is_one ? "nothing can ever wake it" : "nothing can ever wake one of them";
    for (const path& cycle : cycles)
        text += cycle_words(cycle);
    text += stranded_words(tasks);
    text += tree_words(stuck);
    return shared_text{text.c_str(), text.size()};
}

}  // namespace

void install() noexcept { detail::set_deadlock_describer(describe); }

}  // namespace patio::debug
