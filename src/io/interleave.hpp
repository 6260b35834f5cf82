// SPDX-License-Identifier: MIT
#pragma once

// The order in which the addresses of a host are tried.

#include <patio/base/config.hpp>
#include <patio/io/endpoint.hpp>

#include <vector>

namespace patio::detail {

/// Lets the address families take turns, so that a family that leads nowhere costs one attempt and
/// not all of its own. The family of the first endpoint begins; within a family the order stays.
///
/// **Source** RFC 8305, section 4, with a First Address Family Count of 1.
[[nodiscard]] PATIO_EXPORT std::vector<endpoint> interleave(std::vector<endpoint> sorted);

}  // namespace patio::detail
