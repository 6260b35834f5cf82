// SPDX-License-Identifier: MIT
#pragma once

// The methods that a server takes for such.

#include <array>
#include <string_view>

namespace patio::wire::http {

/// Whether a method is one that other servers read as well: those of RFC 9110, WebDAV, calendars,
/// UPnP and caches. What none of them knows is answered with 501 (RFC 9110 section 9.1) and not
/// handed on: a proxy in front may take it for something else.
/// **Source** IANA's registry of methods; the list is llhttp's.
constexpr bool is_known_method(std::string_view method) noexcept {
    constexpr std::array<std::string_view, 34> all{
        "GET",     "HEAD",     "POST",       "PUT",        "DELETE",      "OPTIONS", "PATCH",
        "CONNECT", "TRACE",    "COPY",       "LOCK",       "MKCOL",       "MOVE",    "PROPFIND",
        "UNLOCK",  "SEARCH",   "PROPPATCH",  "BIND",       "REBIND",      "UNBIND",  "ACL",
        "REPORT",  "CHECKOUT", "MKACTIVITY", "MERGE",      "M-SEARCH",    "NOTIFY",  "SUBSCRIBE",
        "PURGE",   "LINK",     "UNLINK",     "MKCALENDAR", "UNSUBSCRIBE", "SOURCE"};
    for (const std::string_view each : all)
        if (each == method) return true;
    return false;
}

}  // namespace patio::wire::http
