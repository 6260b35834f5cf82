// SPDX-License-Identifier: MIT
#pragma once

// The queue of tasks in front of an object that several can wait for.

#include <patio/base/config.hpp>
#include <patio/core/detail/loop_state.hpp>

#include <cstddef>

namespace patio::detail {

/// The tasks that wait for one object.
///
/// **Order** first in, first out. **Cost** no allocation: a waiter is a link inside its own task.
class PATIO_EXPORT wait_list : public node_list {
public:
    /// Null if empty.
    [[nodiscard]] task_block* front() const noexcept {
        return static_cast<task_block*>(node_list::front());
    }
    task_block* pop_front() noexcept { return static_cast<task_block*>(node_list::pop_front()); }
    [[nodiscard]] std::size_t size() const noexcept {
        std::size_t count = 0;
        for (const wait_node* node = front(); node != nullptr; node = after(*node))
            ++count;
        return count;
    }

    /// Makes all of them ready, in order.
    void wake_all() noexcept {
        while (task_block* task = pop_front())
            wake(*task);
    }

    /// For destructors: ends the program and names the tasks if somebody still waits. `what` is the
    /// object: "an event".
    void check_empty(const char* what) const noexcept {
        if (!empty()) [[unlikely]]
            abandon(what);
    }

private:
    [[noreturn, gnu::cold]] void abandon(const char* what) const noexcept;
};

}  // namespace patio::detail
