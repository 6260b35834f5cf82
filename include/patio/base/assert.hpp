// SPDX-License-Identifier: MIT
#pragma once

// What happens when the program is wrong: it stops, and says why and where.

#include <patio/base/config.hpp>

#include <source_location>

namespace patio {

/// Ends the program because of a mistake in it: prints one block that begins with "patio: ", then
/// aborts.
///
/// `what` says in a sentence what the mistake is and how to mend it. On a thread that runs a loop,
/// the running task and the places where its coroutines wait follow.
///
/// **Use** for bugs of the caller or of ours. What can go wrong in a correct program is thrown
/// instead.
[[noreturn]] PATIO_EXPORT void misuse(
    const char* what, std::source_location where = std::source_location::current()) noexcept;

namespace detail {

/// Adds lines about the calling thread to a fatal message; set by the room that knows (core).
using fatal_context = void (*)() noexcept;
PATIO_EXPORT void set_fatal_context(fatal_context context) noexcept;

}  // namespace detail
}  // namespace patio

/// Aborts with `text` if `condition` does not hold. Always on: use it where the check is cheap.
#define PATIO_ASSERT(condition, text) \
    (static_cast<bool>(condition) ? static_cast<void>(0) : ::patio::misuse(text))
