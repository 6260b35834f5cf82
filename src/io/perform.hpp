// SPDX-License-Identifier: MIT
#pragma once

// Awaiting a system call that may wait: in the ring, or on a thread where there is none.

#include "file_calls.hpp"
#include "uring_driver.hpp"

#include <patio/core/async.hpp>
#include <patio/core/detail/frame.hpp>
#include <patio/io/detail/job.hpp>

#include <source_location>

namespace patio::detail {

/// A call in the ring's hands. It lies in the frame of `perform`, which stays until the kernel has
/// completed it.
template <class Call>
class ring_call final : public kernel_op {
public:
    ring_call(uring_driver& ring, const Call& call) noexcept : ring_{&ring}, call_{&call} {}

    static bool await_ready() noexcept { return false; }
    void await_suspend(awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept {
        if (task_block* task = begin_wait(frame, wait_kind::kernel, where)) {
            ring_->start(*this, *task, [this](ring_abi::sqe& entry) { call_->prepare(entry); });
        }
    }
    call_result await_resume() const {
        deliver_cancellation();
        return result;
    }

private:
    uring_driver* ring_;
    const Call* call_;
};

/// **Returns** what the call does. **Cancel** a call that has not begun is not made; the result of
/// one that has is delivered.
template <class Call>
async<call_result> perform(Call call) {
    auto* ring = dynamic_cast<uring_driver*>(&this_loop->self->driven_by());
    for (;;) {
        call_result result = 0;
        if (ring != nullptr && call.suits_ring()) {
            ring_call<Call> in_ring{*ring, call};
            result = co_await in_ring;
        } else {
            auto on_thread = make_job(nullptr, call);
            result = co_await std::move(on_thread);
        }
        // Also what a cancellation has cut comes by here: the next wait unwinds it.
        if (!Call::may_repeat || !was_interrupted(result)) co_return result;
    }
}

}  // namespace patio::detail
