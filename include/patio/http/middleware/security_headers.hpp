// SPDX-License-Identifier: MIT
#pragma once

// Fields that make browsers careful.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/http/middleware.hpp>

#include <string>
#include <utility>

namespace patio::http {

/// Each setter changes one thing and returns the object.
class PATIO_EXPORT security_headers_options {
public:
    security_headers_options() = default;

    /// Content-Security-Policy. None by default: what a page needs, only its author knows.
    security_headers_options& content_security_policy(std::string policy) {
        policy_ = std::move(policy);
        return *this;
    }
    /// Strict-Transport-Security on what came over TLS: browsers come by TLS only, for that long.
    /// Not by default: there is no way back. **Source** RFC 6797.
    security_headers_options& strict_transport(duration max_age) noexcept {
        strict_transport_ = max_age;
        return *this;
    }

private:
    friend class security_headers_setter;
    std::string policy_;
    duration strict_transport_{};
};

/// Sets, where the response does not say something else: `X-Content-Type-Options: nosniff`, so that
/// a text stays one; `X-Frame-Options: SAMEORIGIN`, against pages that hide this one under theirs;
/// `Referrer-Policy: strict-origin-when-cross-origin`; and what the options say.
[[nodiscard]] PATIO_EXPORT middleware security_headers(security_headers_options options = {});

}  // namespace patio::http
