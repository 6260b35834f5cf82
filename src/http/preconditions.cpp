// SPDX-License-Identifier: MIT

#include "preconditions.hpp"

#include "wire_http/dates.hpp"
#include "wire_http/entity_tag.hpp"

#include <optional>
#include <string>

namespace patio::http::detail {

namespace {

using std::chrono::sys_seconds;
using wire::http::tag_comparison;

/// Whether the fields of that name have the tag. A resource without a tag is only in "*".
bool is_in(const headers& asked, std::string_view name, std::string_view tag, tag_comparison how) {
    const std::string list = asked.joined(name);
    const auto own = wire::http::parse_entity_tag(tag);
    return own ? wire::http::has_tag(list, *own, how) : list == "*";
}

/// A date that is none counts as if the field was not there (RFC 9110 section 13.1.3).
std::optional<sys_seconds> date_in(const headers& asked, std::string_view name, sys_seconds now) {
    const auto text = asked.get(name);
    return text ? wire::http::parse_date(*text, now) : std::nullopt;
}

}  // namespace

precondition check_preconditions(const headers& asked, const validators& of, sys_seconds now) {
    if (asked.contains("If-Match")) {
        if (!is_in(asked, "If-Match", of.tag, tag_comparison::strong)) return precondition::failed;
    } else if (const auto date = date_in(asked, "If-Unmodified-Since", now)) {
        if (of.modified > *date) return precondition::failed;
    }
    if (asked.contains("If-None-Match")) {
        const bool has = is_in(asked, "If-None-Match", of.tag, tag_comparison::weak);
        return has ? precondition::not_modified : precondition::met;
    }
    const auto date = date_in(asked, "If-Modified-Since", now);
    return date && of.modified <= *date ? precondition::not_modified : precondition::met;
}

bool is_range_wanted(const headers& asked, const validators& of, sys_seconds now) {
    const auto text = asked.get("If-Range");
    if (!text) return true;
    if (const auto tag = wire::http::parse_entity_tag(*text)) {
        const auto own = wire::http::parse_entity_tag(of.tag);
        return own && wire::http::is_same_tag(*tag, *own, tag_comparison::strong);
    }
    // A date is strong if it is old enough that a second change cannot have had the same one.
    const auto date = wire::http::parse_date(*text, now);
    return date && *date == of.modified && of.modified + std::chrono::seconds{1} < now;
}

}  // namespace patio::http::detail
