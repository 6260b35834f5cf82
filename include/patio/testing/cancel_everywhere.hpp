// SPDX-License-Identifier: MIT
#pragma once

// Cancelling at every point where something can be cancelled.

#include <patio/core/detail/awaitable.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

namespace patio::testing {

/// Marks the operation that `cancel_everywhere` cancels when it must not cancel the whole body.
class PATIO_EXPORT probe {
public:
    probe() = default;
    probe(const probe&) = delete;
    probe& operator=(const probe&) = delete;

    /// Runs `operation` as the one to be cancelled; ends when it has ended, however that was.
    template <awaitable A>
    async<> cancelled(A operation) {
        auto adopted = patio::detail::adopt(std::move(operation));
        auto started = create_task(std::move(adopted));
        victim_ = started;
        try {
            co_await std::move(started);
        } catch (const task_cancelled&) {  // the expected way
            was_cancelled_ = true;
        }
    }

    /// Whether the marked operation was cut in this run.
    [[nodiscard]] bool was_cancelled() const noexcept { return was_cancelled_; }
    [[nodiscard]] const any_task& victim() const noexcept { return victim_; }

private:
    any_task victim_;
    bool was_cancelled_ = false;
};

namespace detail_cancel {

/// Runs one trial; the task is cancelled before turn `cancel_turn`. Returns the number of turns.
PATIO_EXPORT std::size_t run_trial(test_loop& loop, const any_task& body, const probe* marked,
                                   std::size_t cancel_turn);
inline constexpr std::size_t never = static_cast<std::size_t>(-1);

}  // namespace detail_cancel

/// Runs `body` to its end once, then again for each turn that it took, cancelling before that turn:
/// before it starts, while it waits, and after what it waited for has happened.
///
/// `body` makes a coroutine, from nothing: the whole coroutine is cancelled; or from a `probe&`:
/// the operation that it gives to `probe.cancelled()` is, and everything else must come to its end.
///
/// Each run has a loop and virtual time of its own. Throws what the body throws, `deadlock` if
/// somebody waits for ever after a cancellation, `unexpected_report` if a run was not silent.
/// **Returns** the number of runs.
template <class F>
std::size_t cancel_everywhere(F&& body, run_options options = {}) {
    std::size_t runs = 0;
    std::size_t turns = 0;
    const auto trial = [&](std::size_t cancel_turn) {
        test_loop loop{options};
        probe marked;
        ++runs;
        if constexpr (std::is_invocable_v<F&, probe&>) {
            auto started = loop.spawn(body(marked));
            turns = detail_cancel::run_trial(loop, started, &marked, cancel_turn);
            decltype(started)::take::take_from(*started.block());
        } else {
            auto started = loop.spawn(body());
            turns = detail_cancel::run_trial(loop, started, nullptr, cancel_turn);
            if (!started.cancelled()) decltype(started)::take::take_from(*started.block());
        }
        loop.finish();
        return turns;
    };
    const std::size_t turns_uncancelled = trial(detail_cancel::never);
    for (std::size_t turn = 0; turn < turns_uncancelled; ++turn)
        trial(turn);
    return runs;
}

}  // namespace patio::testing
