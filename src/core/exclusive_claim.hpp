// SPDX-License-Identifier: MIT
#pragma once

// One task at a time.

#include <patio/core/errors.hpp>

namespace patio::detail {

/// Holds a flag of something that one task at a time may use: a direction of a stream, a listener.
/// **Fails** with usage_error, which says `message`, if another task holds it.
class exclusive_claim {
public:
    exclusive_claim(bool& is_used, const char* message) : is_used_{is_used} {
        if (is_used) throw usage_error{message};
        is_used = true;
    }
    exclusive_claim(const exclusive_claim&) = delete;
    exclusive_claim& operator=(const exclusive_claim&) = delete;
    ~exclusive_claim() { is_used_ = false; }

private:
    bool& is_used_;
};

}  // namespace patio::detail
