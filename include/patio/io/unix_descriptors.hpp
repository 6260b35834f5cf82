// SPDX-License-Identifier: MIT
#pragma once

// What Unix sockets carry besides bytes: open files, and who the peer is.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>
#include <patio/io/descriptor.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace patio {

/// The most descriptors that the kernel takes at once. **Source** unix(7), SCM_MAX_FD.
inline constexpr std::size_t descriptors_max = 253;

/// Sends bytes, and open files with them, over the stream of a Unix socket.
///
/// ```
/// co_await patio::send_descriptors(worker, "take over", connection.native_handle());
/// ```
///
/// The receiver gets descriptors of its own for the same open files, together with the first of
/// the bytes; there must be one at least. The sender's stay open.
///
/// **Suspends** while the peer is slow. **Borrows** the bytes, the numbers and the open files until
/// it returns. **Fails** as `stream::write` does; with `errc::unsupported` if the stream is not a
/// Unix socket, or encrypted; with usage_error without bytes, without descriptors, or with more
/// than `descriptors_max`; with std::errc::bad_file_descriptor, and with what sendmsg(2) says when
/// too many are on their way (ETOOMANYREFS): then nothing has been sent.
/// **Cancel** while nothing has been sent, nothing will be; later it is as that of a write.
PATIO_EXPORT async<> send_descriptors(stream& over, byte_view bytes, std::span<const int> open);
PATIO_EXPORT async<> send_descriptors(stream& over, byte_view bytes, int open);

/// What `receive_descriptors` gives.
struct received_descriptors {
    received_descriptors() noexcept = default;
    received_descriptors(received_descriptors&&) noexcept = default;
    received_descriptors& operator=(received_descriptors&&) noexcept = default;
    ~received_descriptors() = default;

    /// How many bytes came; 0 at the end of the stream.
    std::size_t size = 0;
    /// The open files that came with them; often none. No executed program inherits them.
    std::vector<descriptor> descriptors;
};

/// Reads what there is, as `stream::read_some` does, and the open files that came with it. One call
/// returns the descriptors of one `send_descriptors` at most, together with the first of its bytes;
/// what was written before may stand in front of those.
///
/// Every other way of reading closes what comes with the bytes. What has been read into the
/// stream's buffer has been read in such a way: if there is anything, this refuses, because it
/// could only give the bytes. So a protocol that passes descriptors reads its messages by
/// `read_some`, `read_exactly` into memory, and this.
///
/// **Suspends** while there is nothing. **Borrows** the memory until it returns.
/// **Fails** as reading does; with usage_error if bytes are buffered, or if there is no memory to
/// read into; with `errc::unsupported` if the stream is not a Unix socket, or encrypted. With
/// `limit_exceeded`, count_max, if more came, and with std::errc::too_many_files_open if this
/// process could not take them all: all of them are closed then, and the bytes that came with them
/// can still be read.
/// **Cancel** nothing has been received.
[[nodiscard]] PATIO_EXPORT async<received_descriptors> receive_descriptors(
    stream& from, byte_span target, std::size_t count_max = descriptors_max);

/// A process at the other end of a Unix socket.
struct peer_credentials {
    int process_id = 0;
    unsigned user_id = 0;
    unsigned group_id = 0;
};

/// Who was at the other end when the connection was made: the kernel says so, not the peer.
///
/// **Suspends** never. **Fails** with `errc::unsupported` if it is not a Unix socket; with
/// usage_error if the stream is closed or not over a socket.
/// **Source** SO_PEERCRED, unix(7).
[[nodiscard]] PATIO_EXPORT peer_credentials credentials_of_peer(const stream& of);

}  // namespace patio
