// SPDX-License-Identifier: MIT
#pragma once

// Lets the core speak in whole sentences.

#include <patio/base/config.hpp>

namespace patio::debug {

/// Makes deadlock reports name every task, where it waits, and the cycle if there is one.
///
/// `patio::run()` and the loops of tests do it; whoever runs a `loop` by hand may. Without it the
/// core only counts the tasks, because it must not depend on this room.
/// **Threads** any, as often as one likes.
PATIO_EXPORT void install() noexcept;

}  // namespace patio::debug
