// SPDX-License-Identifier: MIT

#include <patio/core/loop_handle.hpp>

#include "loop_internals.hpp"
#include "post_box.hpp"

#include <atomic>

namespace patio {

// --- loop_handle

loop_handle::loop_handle(detail::post_box& box) noexcept : box_{&box} { box.add_handle(); }

loop_handle::loop_handle(const loop_handle& other) noexcept : box_{other.box_} {
    if (box_ != nullptr) box_->add_handle();
}

loop_handle::~loop_handle() {
    if (box_ != nullptr) box_->drop_handle();
}

bool loop_handle::post(detail::callback_node& node) const noexcept {
    if (box_ != nullptr && box_->post(node)) return true;
    node.drop(node);
    return false;
}

loop_handle current_loop() {
    if (detail::this_loop == nullptr) {
        throw usage_error("current_loop() needs a running loop: call it inside patio::run()");
    }
    return loop_handle{*detail::internals_of_this_thread().box};
}

// --- posted_call

namespace detail {

/// What the two sides of a posted call share: the handles and the loop.
class posted_state {
public:
    enum class phase : std::uint32_t { waiting, running, ended, cancelled };

    /// Whether the call is cancelled for good; waits while it runs.
    bool settle() noexcept {
        for (;;) {
            const phase seen = now.load(std::memory_order_acquire);
            if (seen != phase::running) return seen == phase::cancelled;
            if (this_loop == runner) return false;  // the function asks about itself
            now.wait(phase::running, std::memory_order_acquire);
        }
    }
    bool change(phase from, phase to) noexcept {
        return now.compare_exchange_strong(from, to, std::memory_order_acq_rel);
    }

    std::atomic<phase> now = phase::waiting;
    std::atomic<std::uint32_t> refs = 1;
    const loop_state* runner = nullptr;  // written before `now` says running
};

namespace {

posted_state* share(posted_state* state) noexcept {
    if (state != nullptr) state->refs.fetch_add(1, std::memory_order_relaxed);
    return state;
}

void drop(posted_state* state) noexcept {
    if (state != nullptr && state->refs.fetch_sub(1, std::memory_order_acq_rel) == 1) delete state;
}

}  // namespace
}  // namespace detail

using phase = detail::posted_state::phase;

posted_call::posted_call(const runner& from) noexcept : state_{detail::share(from.state_)} {}
posted_call::posted_call(const posted_call& other) noexcept : state_{detail::share(other.state_)} {}
posted_call::~posted_call() { detail::drop(state_); }

bool posted_call::cancel() const noexcept {
    return state_->change(phase::waiting, phase::cancelled) || state_->settle();
}

bool posted_call::cancelled() const noexcept { return state_->settle(); }

posted_call::runner::runner() : state_{new detail::posted_state} {}

posted_call::runner::~runner() {
    if (state_ == nullptr) return;
    state_->change(phase::waiting, phase::cancelled);
    detail::drop(state_);
}

bool posted_call::runner::begin() noexcept {
    state_->runner = detail::this_loop;
    return state_->change(phase::waiting, phase::running);
}

void posted_call::runner::end() noexcept {
    state_->now.store(phase::ended, std::memory_order_release);
    state_->now.notify_all();
}

}  // namespace patio
