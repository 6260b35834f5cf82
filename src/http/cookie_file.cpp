// SPDX-License-Identifier: MIT

// Jars in files.

#include "cookie_rules.hpp"
#include "text_rules.hpp"

#include <patio/http/cookies.hpp>

#include <algorithm>
#include <utility>

namespace patio::http {

namespace {

constexpr std::string_view http_only_mark = "#HttpOnly_";
constexpr std::string_view notes_mark = "# patio:";

std::string_view word_of(same_site site) noexcept {
    switch (site) {
        case same_site::unset:
            return "unset";
        case same_site::none:
            return "none";
        case same_site::lax:
            return "lax";
        case same_site::strict:
            return "strict";
    }
    return "unset";
}

std::int64_t seconds_of(cookie::time_point time) noexcept {
    return time.time_since_epoch().count();
}

/// A number of at most fifteen digits: none that would overflow when it is a time.
std::optional<std::int64_t> read_seconds(std::string_view text) noexcept {
    if (text.empty() || text.size() > 15) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : text) {
        if (!is_digit(c)) return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

/// What the format has no place for: "# patio: created=1 used=2 same-site=lax".
void read_notes(std::string_view notes, cookie& into) noexcept {
    while (!notes.empty()) {
        std::string_view value = take_until(notes, ' ');
        const std::string_view name = take_until(value, '=');
        const auto seconds = read_seconds(value);
        if (name == "created" && seconds) {
            into.created = cookie::time_point{std::chrono::seconds{*seconds}};
        } else if (name == "used" && seconds) {
            into.used = cookie::time_point{std::chrono::seconds{*seconds}};
        } else if (name == "same-site") {
            for (const same_site site : {same_site::none, same_site::lax, same_site::strict})
                if (value == word_of(site)) into.site = site;
        }
    }
}

/// One line of the file. **Returns** false if it is none. The tab before an empty value may be
/// missing: editors strip it.
bool read_line(std::string_view line, cookie& into) {
    if (std::count(line.begin(), line.end(), '\t') < 5) return false;
    std::string_view domain = take_until(line, '\t');
    if (domain.starts_with('.')) domain.remove_prefix(1);
    into.domain = canonical_host(domain);
    into.is_host_only = take_until(line, '\t') != "TRUE";
    into.path = take_until(line, '\t');
    into.is_secure = take_until(line, '\t') == "TRUE";
    const auto expires = read_seconds(take_until(line, '\t'));
    if (!expires) return false;
    if (*expires > 0) into.expires = cookie::time_point{std::chrono::seconds{*expires}};
    into.name = take_until(line, '\t');
    into.value = line;
    return is_cookie_host(into.domain) && is_cookie_path(into.path) && keeps_prefix(into) &&
           check_pair(into.name, into.value) == cookie_verdict::kept;
}

}  // namespace

std::string cookie_jar::save() const {
    std::string text = "# Netscape HTTP Cookie File\n";
    for (const entry* each : in_order()) {
        const cookie& kept = each->kept;
        text.append(notes_mark)
            .append(" created=")
            .append(std::to_string(seconds_of(kept.created)));
        text.append(" used=").append(std::to_string(seconds_of(kept.used)));
        text.append(" same-site=").append(word_of(kept.site)).append("\n");
        if (kept.is_http_only) text.append(http_only_mark);
        if (!kept.is_host_only) text.append(".");
        text.append(kept.domain).append(kept.is_host_only ? "\tFALSE\t" : "\tTRUE\t");
        text.append(kept.path).append(kept.is_secure ? "\tTRUE\t" : "\tFALSE\t");
        // Zero stands for the session.
        const std::int64_t expires =
            kept.expires ? std::max<std::int64_t>(seconds_of(*kept.expires), 1) : 0;
        text.append(std::to_string(expires)).append("\t").append(kept.name).append("\t");
        text.append(kept.value).append("\n");
    }
    return text;
}

cookie_jar::load_result cookie_jar::load(std::string_view text, time_point now) {
    load_result result;
    cookie made;
    made.created = made.used = now;
    while (!text.empty()) {
        std::string_view line = take_until(text, '\n');
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with(notes_mark)) read_notes(line.substr(notes_mark.size()), made);
        made.is_http_only = line.starts_with(http_only_mark);
        if (made.is_http_only) line.remove_prefix(http_only_mark.size());
        if (line.empty() || line.starts_with('#')) continue;
        bool is_good = read_line(line, made);
        if (is_ip_host(made.domain)) made.is_host_only = true;
        if (!made.is_host_only) is_good = is_good && !is_public_suffix(made.domain);
        if (made.expires) made.expires = std::min(*made.expires, now + limits_.age_max_);
        made.created = std::min(made.created, now);
        made.used = std::min(made.used, now);
        if (is_good) is_good = put(std::move(made), now) == cookie_verdict::kept;
        ++(is_good ? result.loaded_count : result.skipped_count);
        made = {};
        made.created = made.used = now;
    }
    return result;
}

}  // namespace patio::http
