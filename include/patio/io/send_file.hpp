// SPDX-License-Identifier: MIT
#pragma once

// Sending files without bringing them into the program's memory.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>

#include <cstddef>
#include <cstdint>

namespace patio {

/// Sends `count` bytes of an open file, or all up to its end, from `offset` on.
///
/// ```
/// co_await peer.write(head);
/// std::uint64_t sent = co_await patio::send_file(peer, fd);
/// ```
///
/// Over plain sockets the kernel sends large files by itself; whatever else carries the stream
/// (encryption, memory) is written to block by block. The first `send_file_copy_bytes` always go
/// that way, for which pages that are in memory need no thread.
///
/// The loop never waits for a disk: what may have to is done on a thread, the kernel's sending too,
/// at most `send_file_chunk_bytes` at a time, unless the kernel says that all of them are in its
/// memory (Linux 6.5). The socket does not block on the thread either, so a slow peer keeps none.
///
/// **Suspends** while the disk or the peer is slow. **Borrows** the descriptor, whose own position
/// is neither used nor changed, until it returns. **Returns** how many bytes were sent: fewer than
/// `count` if the file has no more.
/// **Fails** as `stream::write` does; with what pread(2) says, for a pipe that is invalid_seek.
/// **Cancel** any part may have been sent: only the end can follow it. A chunk that is being sent
/// is waited for.
/// **Source** sendfile(2), cachestat(2).
[[nodiscard]] PATIO_EXPORT async<std::uint64_t> send_file(
    stream& to, int file, std::uint64_t offset = 0,
    std::uint64_t count = static_cast<std::uint64_t>(-1));
inline constexpr std::size_t send_file_copy_bytes = std::size_t{64} << 10;
inline constexpr std::size_t send_file_chunk_bytes = std::size_t{1} << 20;

}  // namespace patio
