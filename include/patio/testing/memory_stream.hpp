// SPDX-License-Identifier: MIT
#pragma once

// Connections that go through memory: for tests of protocols, on virtual time, with slow, sliced
// and broken lines.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/stream.hpp>

#include <cstddef>

namespace patio::detail {
class memory_transport;
}

namespace patio::testing {

/// What the line between two streams is like. Each setter changes one thing and returns the object.
class memory_options {
public:
    memory_options() noexcept = default;

    /// How many bytes one direction holds; a writer waits while it is full. 64 KiB by default, at
    /// least 1.
    memory_options& buffer_bytes(std::size_t count) noexcept {
        buffer_bytes_ = count > 0 ? count : 1;
        return *this;
    }
    /// A read returns at most this many: 1 brings every byte alone. As many as there are by
    /// default.
    memory_options& slice_bytes(std::size_t count) noexcept {
        slice_bytes_ = count > 0 ? count : 1;
        return *this;
    }
    /// Everything arrives this long after it was written. 0 by default.
    memory_options& latency(duration length) noexcept {
        latency_ = length;
        return *this;
    }

private:
    friend class patio::detail::memory_transport;
    std::size_t buffer_bytes_ = std::size_t{64} << 10;
    std::size_t slice_bytes_ = static_cast<std::size_t>(-1);
    duration latency_;
};

/// Two ends of one connection.
struct stream_pair {
    stream first;
    stream second;
};

/// Makes a connection: what one end writes, the other one reads.
///
/// ```
/// auto [client, server] = patio::testing::memory_streams(memory_options{}.slice_bytes(1));
/// ```
///
/// They behave as sockets do: an end that is closed or destroyed ends what its peer reads, behind
/// all that was written before; writing to a peer that is gone fails with broken_pipe.
///
/// **Threads** both ends belong to one loop.
/// **Cost** a copy in and a copy out.
[[nodiscard]] PATIO_EXPORT stream_pair memory_streams(memory_options options = {});

/// How a connection breaks.
enum class memory_fault {
    /// Both ends read what is underway and then the end of the stream, though nobody has said
    /// goodbye; writing fails with broken_pipe.
    truncation,
    /// What is underway is lost; reading and writing fail with connection_reset at both ends.
    reset,
    /// What is written from then on disappears, in both directions, and nobody hears about it.
    silence,
};

/// Breaks the connection that `end` belongs to. Layers above it (an encryption) are passed by.
/// **Fails** with usage_error if there is no memory at the bottom of the stream.
PATIO_EXPORT void break_off(stream& end, memory_fault how);
/// The same once `end` has written that many bytes more; those still arrive, except after a reset.
/// For messages that are cut at each place.
PATIO_EXPORT void break_off_after(stream& end, std::size_t bytes, memory_fault how);

}  // namespace patio::testing
