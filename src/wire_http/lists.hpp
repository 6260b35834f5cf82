// SPDX-License-Identifier: MIT
#pragma once

// Values of fields as lists: tokens, elements, weights. RFC 9110 section 5.6 and 12.4.2.

#include "characters.hpp"
#include "head.hpp"

#include <patio/base/config.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace patio::wire::http {

/// Whether two tokens are the same in upper and lower case of ASCII.
[[nodiscard]] constexpr bool is_same_token(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != b[i] && to_lower(a[i]) != to_lower(b[i])) return false;
    return true;
}
/// Whether a text is a token: at least one character, and only those of RFC 9110 section 5.6.2.
[[nodiscard]] PATIO_EXPORT bool is_token(std::string_view text) noexcept;
/// A text without spaces and tabs around it.
[[nodiscard]] PATIO_EXPORT std::string_view without_blanks(std::string_view text) noexcept;

/// The first field of that name; null if there is none.
[[nodiscard]] PATIO_EXPORT const field* find_field(fields all, std::string_view name) noexcept;

/// Goes through a list of elements between commas, without the blanks around them. Empty elements
/// are left out: RFC 9110 section 5.6.1.2. A comma in a quoted string separates nothing.
///
/// **Borrows** the text. **Cost** nothing is copied.
class PATIO_EXPORT list_reader {
public:
    explicit list_reader(std::string_view list, char separator = ',') noexcept
        : rest_{list}, separator_{separator} {}

    /// The next element; empty at the end.
    [[nodiscard]] std::optional<std::string_view> next() noexcept;

private:
    std::string_view rest_;
    char separator_;
};

/// Whether a list has this token among its elements.
[[nodiscard]] PATIO_EXPORT bool has_token(std::string_view list, std::string_view token) noexcept;

/// A weight in thousandths, 0 to 1000, from "0.5" and the like. Empty if it is none: RFC 9110
/// section 12.4.2 allows three digits behind the point.
[[nodiscard]] PATIO_EXPORT std::optional<int> parse_weight(std::string_view text) noexcept;

/// An element of Accept, Accept-Encoding, Accept-Language and TE.
struct weighted {
    std::string_view name;  // with parameters other than the weight
    int weight = 1000;      // thousandths; 0 means "not that"
};

/// Takes the weight off an element. One that is malformed counts as 0: who cannot say how much he
/// wants something does not get it.
[[nodiscard]] PATIO_EXPORT weighted parse_weighted(std::string_view element) noexcept;

/// How much a content coding is wanted by an Accept-Encoding, in thousandths; 0 if it must not be
/// used. RFC 9110 section 12.5.3: "*" stands for all that are not named, and "identity" is
/// acceptable, here with 1, unless it is ruled out.
[[nodiscard]] PATIO_EXPORT int weight_of_coding(std::string_view accept_encoding,
                                                std::string_view coding) noexcept;

}  // namespace patio::wire::http
