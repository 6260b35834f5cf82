// SPDX-License-Identifier: MIT
#pragma once

// The exception of throwing scopes.

#include <patio/base/config.hpp>

namespace patio {

/// How a cancellation arrives inside `throwing_scope`. Not a std::exception, so that only code
/// which means it catches it. Whoever catches it must let it go on.
class PATIO_EXPORT cancelled {
public:
    cancelled() noexcept = default;
};

}  // namespace patio
