// SPDX-License-Identifier: MIT
#pragma once

// System calls that say in one number what has become of them.

#include <cerrno>
#include <cstdint>

namespace patio::detail {

/// What a system call returned, errors as negative numbers, as rings give them.
[[nodiscard]] inline std::int64_t or_errno(std::int64_t result) noexcept {
    return result < 0 ? -std::int64_t{errno} : result;
}

/// Repeats a system call that a signal has cut. **Returns** as `or_errno`.
template <class Call>
std::int64_t uninterrupted(Call call) noexcept {
    for (;;) {
        const std::int64_t result = or_errno(call());
        if (result != -EINTR) return result;
    }
}

}  // namespace patio::detail
