// SPDX-License-Identifier: MIT
#pragma once

// The kernel's steady clock.

#include <patio/core/loop.hpp>

namespace patio::detail {

/// CLOCK_MONOTONIC: does not go back, stands still while the machine is suspended.
class monotonic_clock final : public clock {
public:
    [[nodiscard]] time_point now() noexcept override;
};

}  // namespace patio::detail
