// SPDX-License-Identifier: MIT
#pragma once

// Entity tags: ETag, If-Match, If-None-Match, If-Range. RFC 9110 section 8.8.3 and 13.1.

#include <patio/base/config.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace patio::wire::http {

/// **Borrows** the text that it was read from.
struct entity_tag {
    bool is_weak = false;
    std::string_view opaque;  // between the quotes

    friend bool operator==(const entity_tag&, const entity_tag&) = default;
};

/// `"x"` or `W/"x"` and nothing else. Empty if it is none.
[[nodiscard]] PATIO_EXPORT std::optional<entity_tag> parse_entity_tag(
    std::string_view text) noexcept;

/// The two comparisons of RFC 9110 section 8.8.3.2.
enum class tag_comparison : std::uint8_t {
    strong,  // If-Match, If-Range: the bytes are the same; a weak tag equals nothing
    weak,    // If-None-Match: one may stand for the other
};

[[nodiscard]] PATIO_EXPORT bool is_same_tag(const entity_tag& a, const entity_tag& b,
                                            tag_comparison how) noexcept;

/// Whether a list of tags, the value of If-Match or If-None-Match, has one that is the same as this
/// one. "*" has each. A list that is malformed has none from there on.
[[nodiscard]] PATIO_EXPORT bool has_tag(std::string_view list, const entity_tag& tag,
                                        tag_comparison how) noexcept;

}  // namespace patio::wire::http
