// SPDX-License-Identifier: MIT
#pragma once

// Noticing that this process is the child of a fork.

#include <cstdint>

namespace patio::detail {

/// How many forks lie between the start of the program and this process. What was made at another
/// count belongs to a parent: its threads are not here, and its kernel objects are shared.
std::uint32_t count_of_forks() noexcept;

}  // namespace patio::detail
