// SPDX-License-Identifier: MIT
#pragma once

// How a WebSocket connection behaves once it is open.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace patio::ws {

namespace detail {
struct options_access;
}

/// How messages are compressed, if the peer agrees. Each setter changes one thing and returns the
/// object.
///
/// A connection that has sent a compressed message keeps `4 * 2^window + 512 * 2^memory_level`
/// bytes and a little; one that has received some keeps `2^window` and 26 KiB. The defaults are
/// those of Python's websockets: 32 KiB and 4 KiB, and nearly as small messages as with eight times
/// as much.
///
/// **Source** RFC 7692, permessage-deflate.
class PATIO_EXPORT deflate_options {
public:
    deflate_options() noexcept = default;

    /// 1 (fast) to 9 (small). 6 by default.
    deflate_options& level(int value) noexcept {
        level_ = value;
        return *this;
    }
    /// 1 to 9: memory for speed. 5 by default.
    deflate_options& memory_level(int value) noexcept {
        memory_level_ = value;
        return *this;
    }
    /// How far back this side's compressor looks: 8 to 15, as a power of two. 12 by default.
    deflate_options& window_bits_max(int value) noexcept {
        own_window_bits_max_ = value;
        return *this;
    }
    /// The same for the peer's, if the peer lets itself be asked. 12 by default.
    deflate_options& peer_window_bits_max(int value) noexcept {
        peer_window_bits_max_ = value;
        return *this;
    }
    /// Whether a message may refer to those before it, which makes most of them much smaller.
    deflate_options& context_takeover(bool is_kept) noexcept {
        is_own_context_kept_ = is_kept;
        return *this;
    }
    /// The same for what the peer sends.
    deflate_options& peer_context_takeover(bool is_kept) noexcept {
        is_peer_context_kept_ = is_kept;
        return *this;
    }
    /// Messages of fewer bytes are sent as they are. 1024 by default: compressing less costs more
    /// time than it saves.
    deflate_options& threshold_bytes(std::size_t count) noexcept {
        threshold_bytes_ = count;
        return *this;
    }

private:
    friend struct detail::options_access;
    int level_ = 6;
    int memory_level_ = 5;
    int own_window_bits_max_ = 12;
    int peer_window_bits_max_ = 12;
    bool is_own_context_kept_ = true;
    bool is_peer_context_kept_ = true;
    std::size_t threshold_bytes_ = 1024;
};

/// Limits, keep-alive and compression. Each setter changes one thing and returns the object.
class PATIO_EXPORT connection_options {
public:
    connection_options() noexcept = default;

    /// The longest message that is received, decompressed. 1 MiB by default. A peer that sends a
    /// longer one is told so (1009) and the connection ends; before that no more than this much
    /// memory is spent on it.
    connection_options& message_bytes_max(std::uint64_t count) noexcept {
        message_bytes_max_ = count;
        return *this;
    }
    /// The longest frame, as it is on the wire. Only the message's limit counts by default.
    connection_options& frame_bytes_max(std::uint64_t count) noexcept {
        frame_bytes_max_ = count;
        return *this;
    }
    /// The most frames of one message. 65,536 by default.
    connection_options& fragments_max(std::uint64_t count) noexcept {
        fragments_max_ = count;
        return *this;
    }
    /// How long nothing may come before the peer is asked for a sign of life. 20 s by default;
    /// `duration::forever()`: never.
    connection_options& ping_interval(duration length) noexcept {
        ping_interval_ = length;
        return *this;
    }
    /// How long that sign may take before the connection counts as lost. 20 s by default;
    /// `duration::forever()`: for ever.
    connection_options& ping_timeout(duration length) noexcept {
        ping_timeout_ = length;
        return *this;
    }
    /// How long all of the closing handshake may take. 10 s by default.
    connection_options& close_timeout(duration length) noexcept {
        close_timeout_ = length;
        return *this;
    }
    /// How messages are compressed. They are by default, where the peer can do it.
    connection_options& compression(deflate_options how) noexcept {
        compression_ = how;
        return *this;
    }
    connection_options& no_compression() noexcept {
        compression_.reset();
        return *this;
    }

private:
    friend struct detail::options_access;
    std::uint64_t message_bytes_max_ = std::uint64_t{1} << 20;
    std::uint64_t frame_bytes_max_ = UINT64_MAX;
    std::uint64_t fragments_max_ = std::uint64_t{1} << 16;
    duration ping_interval_ = duration::seconds(20);
    duration ping_timeout_ = duration::seconds(20);
    duration close_timeout_ = duration::seconds(10);
    std::optional<deflate_options> compression_ = deflate_options{};
};

}  // namespace patio::ws
