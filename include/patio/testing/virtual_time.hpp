// SPDX-License-Identifier: MIT
#pragma once

// A clock that jumps instead of passing.

#include <patio/base/assert.hpp>
#include <patio/core/loop.hpp>

namespace patio::testing {

/// The driver and the clock of tests: when every task waits, the time jumps to the next deadline.
///
/// While something outside may call (a thread runs a job, a handle of the loop exists) the time
/// stands still and the loop waits for it in earnest: how long real work takes must not depend on
/// virtual deadlines.
class PATIO_EXPORT virtual_time final : public driver, public clock {
public:
    virtual_time();
    ~virtual_time() override;

    [[nodiscard]] time_point now() noexcept override { return now_; }
    /// Moves the time on without running anything. A length below zero ends the program.
    void advance(duration length) noexcept {
        PATIO_ASSERT(length >= duration{}, "a clock was told to go back: time only goes on");
        now_ = now_ + length;
    }

    [[nodiscard]] const char* name() const noexcept override { return "virtual"; }
    void wait(duration timeout, expecting what) noexcept override;
    void poll() noexcept override {}
    void wake() noexcept override;

private:
    struct sleeper;
    time_point now_;
    sleeper* sleeper_;
};

}  // namespace patio::testing
