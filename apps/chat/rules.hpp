// SPDX-License-Identifier: MIT
#pragma once

// What words and texts may look like (PROTOCOL.md, "Values"). All of it is pure.

#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

[[nodiscard]] bool is_room(std::string_view word) noexcept;
[[nodiscard]] bool is_token(std::string_view word) noexcept;
[[nodiscard]] bool is_key(std::string_view word) noexcept;
/// **Fails** never: what is not UTF-8 is no name.
[[nodiscard]] bool is_name(std::string_view text) noexcept;

enum class text_fault : std::uint8_t { none, empty, too_long, bad };
[[nodiscard]] text_fault check_text(std::string_view text) noexcept;

/// Names that differ only in this are the same: `A` to `Z` equal `a` to `z`.
[[nodiscard]] std::string folded(std::string_view name);

/// SHA-256 in hexadecimal digits.
[[nodiscard]] std::string hash_of(std::string_view token);
/// A word that nobody can guess.
[[nodiscard]] std::string random_word();

}  // namespace chat
