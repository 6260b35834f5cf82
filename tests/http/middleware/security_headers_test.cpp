// SPDX-License-Identifier: MIT

#include <patio/http/middleware/security_headers.hpp>

#include "http/answers.hpp"

#include <patio/http/router.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace {

using namespace std::chrono_literals;
using patio::http::request;
using patio::http::response;
using patio::http::router;
using patio::http::security_headers;
using patio::http::security_headers_options;
using patio::http::test_support::answer_of;
using patio::http::test_support::received;

TEST(security_headers, are_on_each_response) {
    router site;
    site.use(security_headers());
    const auto seen = answer_of(site, "GET", "/none");
    EXPECT_EQ(seen.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(seen.header("X-Frame-Options"), "SAMEORIGIN");
    EXPECT_EQ(seen.header("Referrer-Policy"), "strict-origin-when-cross-origin");
    EXPECT_EQ(seen.header("Content-Security-Policy"), "(none)");
    EXPECT_EQ(seen.header("Strict-Transport-Security"), "(none)");
}

TEST(security_headers, leave_what_a_handler_has_said) {
    router site;
    site.use(
        security_headers(security_headers_options{}.content_security_policy("default-src 'self'")));
    site.get("/", [](request&) { return response{"x"}.with("X-Frame-Options", "DENY"); });
    const auto seen = answer_of(site, "GET", "/");
    EXPECT_EQ(seen.header("X-Frame-Options"), "DENY");
    EXPECT_EQ(seen.header("Content-Security-Policy"), "default-src 'self'");
}

TEST(security_headers, ask_for_tls_only_over_tls) {
    router site;
    site.use(security_headers(security_headers_options{}.strict_transport(24h)));
    EXPECT_EQ(answer_of(site, "GET", "/").header("Strict-Transport-Security"), "(none)");
    request secure = received("GET", "/");
    const patio::endpoint peer;
    patio::http::detail::request_access::set_peer(secure, peer, true);
    EXPECT_EQ(answer_of(site, std::move(secure)).header("Strict-Transport-Security"),
              "max-age=86400");
}

}  // namespace
