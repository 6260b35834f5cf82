// SPDX-License-Identifier: MIT

#include "monotonic_clock.hpp"

#include <ctime>

namespace patio::detail {

time_point monotonic_clock::now() noexcept {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);  // never fails for this clock
    return time_point{
        duration::nanoseconds(std::int64_t{t.tv_sec} * 1'000'000'000 + std::int64_t{t.tv_nsec})};
}

}  // namespace patio::detail
