// SPDX-License-Identifier: MIT

#include <patio/testing/cancel_everywhere.hpp>

#include <patio/core/errors.hpp>

namespace patio::testing::detail_cancel {

std::size_t run_trial(test_loop& loop, const any_task& body, const probe* marked,
                      std::size_t cancel_turn) {
    body.block()->set(patio::detail::node_flag::observed);
    std::size_t turns = 0;
    while (!body.done()) {
        if (turns == cancel_turn) {
            const any_task& target = marked != nullptr ? marked->victim() : body;
            target.cancel("cancel_everywhere");
        }
        ++turns;
        // Running tasks and letting time pass are turns of their own, so that there is a place
        // between them: there the tasks really wait.
        const bool is_idle = !loop.get().has_ready();
        if (loop.get().turn(is_idle) || body.done()) continue;
        throw deadlock{patio::detail::describe_deadlock(loop.get())};
    }
    return turns;
}

}  // namespace patio::testing::detail_cancel
