// SPDX-License-Identifier: MIT
#pragma once

// The further loops of a program, each on a thread of its own.

#include "loop_parts.hpp"
#include "run_settings.hpp"

#include <patio/core/async.hpp>
#include <patio/core/loop.hpp>
#include <patio/core/loop_ref.hpp>
#include <patio/core/sync/event.hpp>

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

namespace patio {
class run_options;
}

namespace patio::detail {

class loop_set;

/// What a loop of several knows about its place among them; kept with it.
struct loop_seat {
    loop_set* set = nullptr;
    loop_ref ref;
    bool is_closing = false;  // main's loop only: its tasks have ended, the others' have not
};

/// The seat of this thread's loop, or null: it is the only one.
[[nodiscard]] loop_seat* seat_of(const loop& here) noexcept;

/// Whether the loop starts nothing any more that others ask for: its tasks are being cancelled, or
/// have been.
[[nodiscard]] bool is_ending(loop& here) noexcept;

/// Loop 0 is main's; the set starts the others and ends them.
///
/// None of them is ever stuck: another one may call. That is what the `add_external` of each stands
/// for; it is taken back when its tasks are cancelled, so that whoever cannot end is still noticed.
///
/// **Threads** made, closed and destroyed on loop 0's; `at` and `size` are anybody's.
class loop_set {
public:
    /// Starts the others; all of them run when this returns.
    /// **Fails** with what the first one failed with, or std::system_error if there are no more
    /// threads; none of them runs then.
    loop_set(loop& first, const run_options& options);
    loop_set(const loop_set&) = delete;
    loop_set& operator=(const loop_set&) = delete;
    /// Stops those that run.
    ~loop_set();

    /// After main has ended: cancels and joins the other tasks of loop 0, then those of the other
    /// loops, and ends their threads. Loop 0 goes on turning until then, since their cleanups may
    /// call it; they are told that it ends.
    void close();

    [[nodiscard]] std::size_t size() const noexcept { return members_.size() + 1; }
    [[nodiscard]] const loop_ref& at(std::size_t index) const noexcept;

private:
    struct member;

    void start_all();
    void wait_until_started();
    void stop_and_join() noexcept;
    async<> wait_for_others();

    loop& first_;
    loop_seat first_seat_;
    std::vector<std::unique_ptr<member>> members_;

    event all_ended_;             // loop 0's
    std::size_t left_count_ = 0;  // loop 0's: threads whose loops have not ended while it closes

    std::mutex lock_;
    std::condition_variable changed_;
    std::size_t starting_count_ = 0;  // under the lock, as the rest
    std::exception_ptr failure_;
    bool is_closing_ = false;  // loop 0 wants to be told
};

}  // namespace patio::detail
