// SPDX-License-Identifier: MIT
#pragma once

// For operations that go past a stream to what carries it.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>

#include <cstddef>
#include <cstdint>

namespace patio::detail {

enum class stream_way : std::uint8_t { in, out };

/// One direction of a stream, held while an operation goes past the stream: the stream's own
/// operations in that direction fail with usage_error meanwhile. The transport stays, whatever
/// becomes of the stream.
class PATIO_EXPORT stream_claim {
public:
    /// What such an operation keeps of a stream that it gets as a reference.
    [[nodiscard]] static stream_ref ref_of(const stream& of) noexcept { return of.state_; }

    /// **Fails** with `errc::closed`; with usage_error if a task uses that direction.
    stream_claim(stream_ref of, stream_way way);
    stream_claim(const stream_claim&) = delete;
    stream_claim& operator=(const stream_claim&) = delete;
    ~stream_claim();

    [[nodiscard]] transport& carrier() const noexcept;

    // --- claims of the way in

    /// What has arrived in the stream's buffer.
    [[nodiscard]] byte_view buffered() const noexcept;
    /// What is buffered first, then from the transport. **Returns** 0 at the end, which the stream
    /// remembers.
    [[nodiscard]] async<std::size_t> read_some(byte_span target) const;
    /// Says that the transport has come to its end.
    void set_at_end() const noexcept;
    /// Puts bytes in front of all that can be read.
    void unread(byte_view bytes) const;

private:
    stream_ref state_;
    stream_way way_;
};

}  // namespace patio::detail
