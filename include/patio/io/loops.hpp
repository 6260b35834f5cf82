// SPDX-License-Identifier: MIT
#pragma once

// The loops of a program: how many there are, and which one this is.
//
// `patio::run(main, run_options{}.loops(4))` runs main on loop 0 and keeps three more loops, each
// on a thread of its own. They share nothing. Work gets to them by `call_on` and `on_each_loop`
// (call_on.hpp), values go between them through a `shared_channel`.

#include <patio/base/config.hpp>
#include <patio/core/loop_ref.hpp>

#include <cstddef>

namespace patio {

/// How many loops the program has: what `run_options::loops` said.
/// **Fails** with usage_error outside of a running loop.
[[nodiscard]] PATIO_EXPORT std::size_t loop_count();

/// The number of this thread's loop, from zero; main runs on loop 0.
/// **Fails** with usage_error outside of a running loop.
[[nodiscard]] PATIO_EXPORT std::size_t this_loop_index();

/// This thread's loop, for others to call.
/// **Fails** with usage_error outside of a running loop.
[[nodiscard]] PATIO_EXPORT loop_ref this_loop_ref();

/// The program's loop of that number.
/// **Fails** with usage_error outside of a running loop, and if there is no such loop.
[[nodiscard]] PATIO_EXPORT loop_ref loop_at(std::size_t index);

}  // namespace patio
