// SPDX-License-Identifier: MIT
#pragma once

// Lists in header fields, as far as the opening handshake has them.

#include <patio/base/config.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace patio::wire::ws {

/// **Source** RFC 9110 section 5.6.2.
[[nodiscard]] PATIO_EXPORT bool is_token(std::string_view text) noexcept;
/// Whether two texts are the same but for the case of ASCII letters.
[[nodiscard]] PATIO_EXPORT bool is_same_word(std::string_view a, std::string_view b) noexcept;
/// Without the blanks and tabs around it.
[[nodiscard]] PATIO_EXPORT std::string_view trimmed(std::string_view text) noexcept;

/// Goes through a list with commas whose elements have no quotes. Empty elements are skipped, as
/// RFC 9110 section 5.6.1.2 demands of who reads.
class PATIO_EXPORT list_reader {
public:
    explicit list_reader(std::string_view list) noexcept : rest_{list} {}
    /// The next element, trimmed; it need not be a token. Empty at the end.
    [[nodiscard]] std::string_view next() noexcept;

private:
    std::string_view rest_;
};

/// One parameter of an extension; its value without quotes.
struct extension_parameter {
    std::string_view name;
    std::optional<std::string> value;
};

/// Goes through the elements of Sec-WebSocket-Extensions and the parameters of each.
///
/// Blanks are taken around every mark, as the implied *LWS of RFC 2616, by which RFC 6455 has its
/// grammar, allows.
///
/// **Source** RFC 6455 section 9.1.
class PATIO_EXPORT extension_reader {
public:
    explicit extension_reader(std::string_view list) noexcept : rest_{list} {}

    /// The name of the next extension. Parameters of the one before that were not read are checked
    /// and skipped. Empty at the end, and where the list is malformed.
    [[nodiscard]] std::string_view next();
    /// The next parameter of this extension.
    [[nodiscard]] std::optional<extension_parameter> next_parameter();
    /// Whether something was read that the grammar does not allow; nothing is read after it.
    [[nodiscard]] bool is_malformed() const noexcept { return is_malformed_; }

private:
    [[nodiscard]] bool take(char mark) noexcept;
    [[nodiscard]] std::string_view take_token() noexcept;
    [[nodiscard]] std::optional<std::string> take_value();
    void skip_blanks() noexcept;
    void fail() noexcept;

    std::string_view rest_;
    bool is_in_extension_ = false;  // rest_ stands behind a name or a parameter
    bool is_malformed_ = false;
};

}  // namespace patio::wire::ws
