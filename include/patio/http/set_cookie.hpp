// SPDX-License-Identifier: MIT
#pragma once

// What a server asks a client to keep.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/http/cookies.hpp>

#include <optional>
#include <string>
#include <utility>

namespace patio::http {

/// A cookie as a response sets it.
///
/// ```
/// answer.headers().add("Set-Cookie", http::set_cookie{"__Host-session", id}
///                                        .max_age(24h).secure().http_only()
///                                        .site(http::same_site::lax).to_string());
/// ```
///
/// `add`, not `set`: a response may have several. Without anything it is for the whole host
/// (Path=/), for this session of the browser, also for scripts and over plain connections; a
/// session's cookie should have what the example has. `request::cookie` reads it.
///
/// **Fails** with `errc::malformed`, at once or in `to_string`, if it could not be sent, or if
/// browsers would refuse it: `SameSite=None` without `secure()`; a name that begins with
/// "__Secure-" without `secure()`; one with "__Host-" that is not secure, has a domain, or another
/// path than "/".
/// **Source** RFC 6265 section 4.1, and its revision 6265bis for SameSite and the prefixes.
class PATIO_EXPORT set_cookie {
public:
    /// A value has letters, digits and marks, but no blanks, quotes, commas, semicolons and
    /// backslashes: encode others, with `percent_encode`.
    set_cookie(std::string name, std::string value);
    /// One that makes the client forget a cookie. Path and domain must be those that it was set
    /// with, and so must be `secure()` for the names with prefixes.
    [[nodiscard]] static set_cookie forget(std::string name);

    /// Only for requests at and below this path; "/" by default. No border of security.
    set_cookie& path(std::string path) &;
    set_cookie&& path(std::string path) && { return std::move(this->path(std::move(path))); }
    /// Also for all hosts below this one. By default only the host that has set it gets it.
    set_cookie& domain(std::string host) &;
    set_cookie&& domain(std::string host) && { return std::move(domain(std::move(host))); }
    /// Keeps it that long, also when the browser ends. Zero or less: it is gone at once.
    set_cookie& max_age(duration length) & noexcept {
        max_age_ = length;
        return *this;
    }
    set_cookie&& max_age(duration length) && noexcept { return std::move(max_age(length)); }
    /// Only over TLS.
    set_cookie& secure() & noexcept {
        is_secure_ = true;
        return *this;
    }
    set_cookie&& secure() && noexcept { return std::move(secure()); }
    /// Not for scripts.
    set_cookie& http_only() & noexcept {
        is_http_only_ = true;
        return *this;
    }
    set_cookie&& http_only() && noexcept { return std::move(http_only()); }
    /// Whether requests that other sites cause have it; browsers decide if nothing is said.
    set_cookie& site(same_site which) & noexcept {
        site_ = which;
        return *this;
    }
    set_cookie&& site(same_site which) && noexcept { return std::move(site(which)); }

    /// The value of a Set-Cookie field.
    [[nodiscard]] std::string to_string() const;

private:
    std::string name_;
    std::string value_;
    std::string path_ = "/";
    std::string domain_;
    std::optional<duration> max_age_;
    same_site site_ = same_site::unset;
    bool is_secure_ = false;
    bool is_http_only_ = false;
};

}  // namespace patio::http
