// SPDX-License-Identifier: MIT
#pragma once

// Whether a client has it already, or asked for another state of it: If-… fields.

#include <patio/base/config.hpp>
#include <patio/http/headers.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

namespace patio::http::detail {

/// What tells one state of a resource from another one.
struct validators {
    std::string_view tag;  // the whole of ETag; empty if there is none
    std::chrono::sys_seconds modified;
};

enum class precondition : std::uint8_t {
    met,
    not_modified,  // 304: the client has it
    failed,        // 412: the client meant another one
};

/// For a GET or HEAD of what exists. **Source** RFC 9110 section 13.2.2.
[[nodiscard]] PATIO_EXPORT precondition check_preconditions(const headers& asked,
                                                            const validators& of,
                                                            std::chrono::sys_seconds now);
/// Whether a Range counts, as far as If-Range has a say. **Source** RFC 9110 section 13.1.5.
[[nodiscard]] PATIO_EXPORT bool is_range_wanted(const headers& asked, const validators& of,
                                                std::chrono::sys_seconds now);

}  // namespace patio::http::detail
