// SPDX-License-Identifier: MIT
#pragma once

// How often somebody may do something.

#include <patio/base/duration.hpp>

#include <algorithm>
#include <cstdint>

namespace chat {

/// A token bucket: so many at once, then one in each interval.
///
/// It keeps when the bucket will be full again, instead of a count and the time of it: so nothing
/// has to be filled up as time passes.
class rate {
public:
    rate(std::int64_t at_once, patio::duration interval) noexcept
        : interval_{interval}, slack_{interval * (at_once - 1)} {}

    /// **Returns** zero, and has taken one; or how long it takes until there will be one.
    [[nodiscard]] patio::duration take(patio::time_point now) noexcept {
        const patio::time_point full_at = std::max(full_at_, now);
        const patio::duration early = full_at - now - slack_;
        if (early > patio::duration{}) return early;
        full_at_ = full_at + interval_;
        return {};
    }
    /// What was taken last has not been used.
    void give_back() noexcept { full_at_ = full_at_ - interval_; }
    [[nodiscard]] bool is_full(patio::time_point now) const noexcept { return full_at_ <= now; }

private:
    patio::duration interval_;
    patio::duration slack_;  // how far ahead of the time `full_at_` may be
    patio::time_point full_at_;
};

}  // namespace chat
