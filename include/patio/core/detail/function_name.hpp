// SPDX-License-Identifier: MIT
#pragma once

// Readable names out of what the compilers call a function.
//
// Tasks, reports and stacks name coroutines by `std::source_location::function_name()`, which is
// "async<int> app::server::handle(int) const" on Clang and on GCC something similar; at a co_await
// GCC describes its own machinery instead: "void app::handle(app::handle(int)::_Z…Frame*)".

#include <patio/base/config.hpp>

#include <cstddef>

namespace patio::detail {

/// Copies a short name for a coroutine, cut to fit and terminated: the function's own name without
/// its scope; `lambda in serve` for a lambda, where serve is the named function around it;
/// `server::operator()` for a function object; and `sleep` or `mutex.lock` for the small coroutine
/// that `gather` makes of such an operation; `read_line` for Patio's own `read_line_of(state)`.
///
/// **Returns** the length. **Threads** any; also in a signal handler: it only reads and copies.
PATIO_EXPORT std::size_t short_function_name(const char* function, char* out,
                                             std::size_t out_bytes) noexcept;

/// Copies the whole signature as its author wrote it, cut to fit and terminated: without `patio::`
/// and without the compiler's words for unnamed namespaces. **Returns**, **Threads** as above.
PATIO_EXPORT std::size_t function_signature(const char* function, char* out,
                                            std::size_t out_bytes) noexcept;

/// Whether the function is one of the library's own helpers, of namespace `patio::detail`: they
/// stand between coroutines of the user, and stacks are easier to read without them.
/// **Threads** as above.
[[nodiscard]] PATIO_EXPORT bool is_library_function(const char* function) noexcept;

}  // namespace patio::detail
