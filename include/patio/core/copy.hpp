// SPDX-License-Identifier: MIT
#pragma once

// Passing everything on from one stream to another.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>

#include <cstddef>
#include <cstdint>

namespace patio {

/// Writes to `to` what `from` gives, up to its end. `to` stays open: whoever wants to pass the end
/// on as well calls `to.shutdown()`.
///
/// ```
/// co_await patio::copy(peer, peer);  // an echo server
/// ```
///
/// No more is read than `to` takes: what waits between them is `copy_block_bytes` at most. Both
/// directions are in use all the time, so another task that reads `from`, or writes to `to`, gets
/// usage_error.
///
/// Where both streams are plain sockets the kernel moves the bytes once it is known that there are
/// many, after `splice_after_bytes`, and at most `splice_block_bytes` wait. It needs two
/// descriptors for that; if there are none, or the kernel cannot do it, the copying goes on.
///
/// **Suspends** while there is nothing to be read, or `to` is slow. **Returns** how many bytes.
/// **Fails** with what reading or writing says. What was read before a failing read has all been
/// written; what a failing write has not sent is lost.
/// **Cancel** while it waits to read, nothing is lost: all that was read has been written, and both
/// streams can be used on. While it waits to write, up to a block has been read and not, or only in
/// part, been written: it is lost, and only the end can follow on `to`, as after every write that
/// was cancelled.
/// **Source** splice(2).
[[nodiscard]] PATIO_EXPORT async<std::uint64_t> copy(stream& from, stream& to);
inline constexpr std::size_t copy_block_bytes = std::size_t{64} << 10;
inline constexpr std::uint64_t splice_after_bytes = std::uint64_t{256} << 10;
inline constexpr std::size_t splice_block_bytes = std::size_t{256} << 10;

}  // namespace patio
