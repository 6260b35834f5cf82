// SPDX-License-Identifier: MIT
#pragma once

// How much the chat takes, keeps and waits for. PROTOCOL.md promises some of these to clients.

#include <patio/base/duration.hpp>

#include <cstddef>
#include <cstdint>

namespace chat {

/// What an operator may change, and a test.
struct limits {
    std::size_t rooms_max = 1'000;
    std::size_t room_people_max = 1'000;
    /// Messages of a room that are kept for good; younger ones than a day are kept anyway.
    std::uint64_t history_messages = 100'000;
};

inline constexpr std::size_t frame_bytes_max = 16 << 10;
inline constexpr std::size_t text_bytes_max = 4'000;
inline constexpr std::size_t missed_messages_max = 200;  ///< more, and the client begins anew
inline constexpr std::size_t page_messages_max = 50;
inline constexpr std::size_t missed_bytes_max = 256 << 10;
inline constexpr std::size_t page_bytes_max = 64 << 10;
inline constexpr std::size_t batch_messages_max = 256;  ///< that are stored at once
inline constexpr std::size_t queue_bytes_max = 256 << 10;
inline constexpr std::size_t rooms_listed_max = 100;
inline constexpr std::size_t people_listed_max = 200;
inline constexpr int bad_messages_max = 10;

inline constexpr auto bad_messages_in = patio::duration::seconds(60);
inline constexpr auto hello_timeout = patio::duration::seconds(10);
inline constexpr auto frame_timeout = patio::duration::seconds(10);  ///< for a client to take one
inline constexpr auto close_timeout = patio::duration::seconds(3);
inline constexpr auto stop_grace = patio::duration::seconds(8);
inline constexpr auto typing_interval = patio::duration::seconds(3);
inline constexpr auto gone_after = patio::duration::seconds(5);
inline constexpr auto rooms_interval = patio::duration::seconds(2);
inline constexpr auto people_interval = patio::duration::seconds(60);
inline constexpr auto prune_interval = patio::duration::seconds(3600);
inline constexpr auto unavailable_retry = patio::duration::seconds(2);

inline constexpr std::int64_t day_ms = 86'400'000;
inline constexpr std::int64_t visit_noted_ms = day_ms;
inline constexpr std::int64_t name_kept_ms = 30 * day_ms + visit_noted_ms;

}  // namespace chat
