// SPDX-License-Identifier: MIT

#include <patio/tls/tls_error.hpp>

#include <string>
#include <type_traits>

#include <gtest/gtest.h>

namespace {

using patio::tls::certificate_error;
using patio::tls::errc;
using patio::tls::tls_error;

static_assert(std::is_base_of_v<patio::error, tls_error>);
static_assert(std::is_nothrow_copy_constructible_v<certificate_error>);

TEST(tls_error, says_what_it_was_given_and_nothing_else) {
    const tls_error failure{errc::refused, "TLS handshake with x: alert"};
    EXPECT_STREQ(failure.what(), "TLS handshake with x: alert");
    EXPECT_EQ(failure.code(), errc::refused);
    EXPECT_STREQ(failure.code().category().name(), "patio.tls");
}

TEST(tls_error, has_a_text_for_each_code) {
    for (const errc code :
         {errc::verify_failed, errc::refused, errc::protocol_error, errc::bad_setting}) {
        EXPECT_EQ(std::error_code{code}.message().find("unknown"), std::string::npos);
    }
    EXPECT_EQ(std::error_code{static_cast<errc>(99)}.message(), "unknown error 99");
}

TEST(tls_error, of_a_certificate_names_check_and_host) {
    const certificate_error plain{"hostname mismatch", "example.org", ""};
    EXPECT_STREQ(plain.what(), "certificate verify failed: hostname mismatch for example.org");
    const certificate_error more{"certificate has expired", "example.org", "CN=x"};
    EXPECT_STREQ(more.what(),
                 "certificate verify failed: certificate has expired for example.org (CN=x)");
    EXPECT_STREQ(more.reason(), "certificate has expired");
    EXPECT_STREQ(more.host(), "example.org");
    EXPECT_EQ(more.code(), errc::verify_failed);
}

}  // namespace
