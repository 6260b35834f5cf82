// SPDX-License-Identifier: MIT
#pragma once

// Which other sites' scripts may use this one.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/http/middleware.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace patio::http {

/// Each setter changes one thing and returns the object.
class PATIO_EXPORT cors_options {
public:
    cors_options() = default;

    /// One more site, as browsers name it: "https://example.org", with the port if it has one.
    cors_options& origin(std::string allowed) {
        origins_.push_back(std::move(allowed));
        return *this;
    }
    /// All sites, for what everybody may read. Not with `credentials`.
    cors_options& any_origin() noexcept {
        is_any_ = true;
        return *this;
    }
    /// What scripts may do: "GET, HEAD, POST, PUT, PATCH, DELETE" by default.
    cors_options& methods(std::string list) {
        methods_ = std::move(list);
        return *this;
    }
    /// The fields that scripts may send: "Authorization, X-Version". By default all that they ask
    /// for.
    cors_options& request_headers(std::string list) {
        request_headers_ = std::move(list);
        return *this;
    }
    /// The fields of responses that scripts may see beyond the usual ones.
    cors_options& exposed_headers(std::string list) {
        exposed_ = std::move(list);
        return *this;
    }
    /// Requests may come with cookies and passwords.
    cors_options& credentials() noexcept {
        has_credentials_ = true;
        return *this;
    }
    /// How long a browser may remember what it was told; it decides itself otherwise.
    cors_options& max_age(duration length) noexcept {
        max_age_ = length;
        return *this;
    }

private:
    friend class cors_setter;
    std::vector<std::string> origins_;
    std::string methods_ = "GET, HEAD, POST, PUT, PATCH, DELETE";
    std::optional<std::string> request_headers_;
    std::string exposed_;
    std::optional<duration> max_age_;
    bool is_any_ = false;
    bool has_credentials_ = false;
};

/// Tells browsers which other sites' scripts may use what is behind it, and answers the questions
/// (OPTIONS) that browsers ask before.
///
/// ```
/// api.use(http::cors(http::cors_options{}.origin("https://example.org").credentials()));
/// ```
///
/// It protects people's browsers, not the server: whoever is no browser, or reads no answer, is not
/// kept from asking.
/// **Fails** with usage_error if no site is allowed, or if all are and may send credentials.
/// **Source** the Fetch standard, section 3.2.
[[nodiscard]] PATIO_EXPORT middleware cors(cors_options options);

}  // namespace patio::http
