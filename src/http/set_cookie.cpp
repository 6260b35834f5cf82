// SPDX-License-Identifier: MIT

#include <patio/http/set_cookie.hpp>

#include "text_rules.hpp"

#include <patio/core/error.hpp>

#include <algorithm>
#include <string_view>

namespace patio::http {

namespace {

[[noreturn]] void refuse(const std::string& name, const char* why) {
    throw error{errc::malformed, "making the cookie " + name + ": " + why};
}

/// cookie-octet of RFC 6265 section 4.1.1.
bool is_value_character(char c) noexcept {
    constexpr std::string_view forbidden = "\",;\\";
    return c > 0x20 && c < 0x7F && forbidden.find(c) == std::string_view::npos;
}

bool is_attribute(std::string_view text) noexcept {
    return has_no_controls(text) && text.find(';') == std::string_view::npos;
}

bool begins_with(std::string_view text, std::string_view prefix) noexcept {
    if (text.size() < prefix.size()) return false;
    return std::equal(prefix.begin(), prefix.end(), text.begin(),
                      [](char a, char b) { return to_lower(a) == to_lower(b); });
}

std::string_view name_of(same_site which) noexcept {
    switch (which) {
        case same_site::none:
            return "None";
        case same_site::lax:
            return "Lax";
        case same_site::strict:
            return "Strict";
        case same_site::unset:
            break;
    }
    return {};
}

}  // namespace

set_cookie::set_cookie(std::string name, std::string value)
    : name_{std::move(name)}, value_{std::move(value)} {
    if (name_.empty() || !std::all_of(name_.begin(), name_.end(), is_token_character)) {
        throw error{errc::malformed, "making a cookie: its name is no word"};
    }
    if (!std::all_of(value_.begin(), value_.end(), is_value_character)) {
        refuse(name_, "its value has characters that must be encoded");
    }
}

set_cookie set_cookie::forget(std::string name) {
    return set_cookie{std::move(name), {}}.max_age(duration{});
}

set_cookie& set_cookie::path(std::string path) & {
    if (path.empty() || path.front() != '/' || !is_attribute(path)) {
        refuse(name_, "its path does not begin with a slash, or has characters that no path has");
    }
    path_ = std::move(path);
    return *this;
}

set_cookie& set_cookie::domain(std::string host) & {
    if (host.empty() || !is_attribute(host)) refuse(name_, "its domain is no host");
    domain_ = std::move(host);
    return *this;
}

std::string set_cookie::to_string() const {
    const bool is_host = begins_with(name_, "__Host-");
    if ((is_host || begins_with(name_, "__Secure-")) && !is_secure_) {
        refuse(name_, "browsers refuse one of that prefix without secure()");
    }
    if (is_host && (!domain_.empty() || path_ != "/")) {
        refuse(name_, "browsers refuse one of that prefix with a domain or a path");
    }
    if (site_ == same_site::none && !is_secure_) {
        refuse(name_, "browsers refuse SameSite=None without secure()");
    }
    std::string text = name_ + "=" + value_ + "; Path=" + path_;
    if (!domain_.empty()) text.append("; Domain=").append(domain_);
    if (max_age_) {
        constexpr std::int64_t second = 1'000'000'000;
        const std::int64_t seconds = std::max<std::int64_t>(max_age_->count() / second, 0);
        text.append("; Max-Age=").append(std::to_string(seconds));
    }
    if (is_secure_) text.append("; Secure");
    if (is_http_only_) text.append("; HttpOnly");
    if (site_ != same_site::unset) text.append("; SameSite=").append(name_of(site_));
    return text;
}

}  // namespace patio::http
