// SPDX-License-Identifier: MIT
#pragma once

// What a WebSocket connection carries.

#include <patio/base/config.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace patio::ws {

/// Text is UTF-8, and is checked at both ends; binary is any bytes. **Source** RFC 6455 section
/// 5.6.
enum class message_kind : std::uint8_t { text = 1, binary = 2 };

/// A whole message, as a value.
class message {
public:
    message() noexcept = default;
    message(message_kind what, std::string bytes) noexcept : kind{what}, data{std::move(bytes)} {}
    [[nodiscard]] static message text(std::string data) noexcept {
        return message{message_kind::text, std::move(data)};
    }
    [[nodiscard]] static message binary(std::string data) noexcept {
        return message{message_kind::binary, std::move(data)};
    }

    [[nodiscard]] bool is_text() const noexcept { return kind == message_kind::text; }
    friend bool operator==(const message&, const message&) = default;

    message_kind kind = message_kind::text;
    std::string data;
};

/// A part of a message that is received as it comes.
class message_piece {
public:
    message_piece() noexcept = default;
    message_piece(message_kind what, std::string bytes, bool ends_message) noexcept
        : kind{what}, data{std::move(bytes)}, is_last{ends_message} {}

    [[nodiscard]] bool is_text() const noexcept { return kind == message_kind::text; }

    message_kind kind = message_kind::text;
    std::string data;  ///< a character of a text may be cut in two; empty at most in the last one
    bool is_last = false;
};

}  // namespace patio::ws
