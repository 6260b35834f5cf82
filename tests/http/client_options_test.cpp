// SPDX-License-Identifier: MIT

#include <patio/http/client_options.hpp>

#include <patio/core/error.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using patio::http::client_options;
using patio::http::detail::settings_of;

TEST(client_options, keep_what_they_are_told) {
    const client_options options = client_options{}
                                       .base_url("http://h/v1/")
                                       .header("A", "b")
                                       .bearer("token")
                                       .retries(3)
                                       .without_redirects()
                                       .without_proxy();
    const auto& settings = settings_of(options);
    EXPECT_EQ(settings.base_url.href(), "http://h/v1/");
    EXPECT_EQ(settings.defaults.get("a"), "b");
    EXPECT_EQ(settings.authorization, "Bearer token");
    EXPECT_EQ(settings.retries, 3U);
    EXPECT_FALSE(settings.follows_redirects);
    EXPECT_FALSE(settings.uses_environment);
}

TEST(client_options, write_credentials_in_base64) {
    const char* const known[][3] = {
        {"", "", "Basic Og=="},
        {"a", "", "Basic YTo="},
        {"a", "b", "Basic YTpi"},
        {"Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}};
    for (const auto& [user, password, value] : known)
        EXPECT_EQ(settings_of(client_options{}.basic_auth(user, password)).authorization, value);
}

TEST(client_options, refuse_what_would_break_a_header_and_what_is_no_url) {
    EXPECT_THROW(client_options{}.bearer("a\r\nb"), patio::error);
    EXPECT_THROW(client_options{}.user_agent("a\nb"), patio::error);
    EXPECT_THROW(client_options{}.base_url("h/v1"), patio::error);
}

TEST(client_options, always_leave_room_for_one_connection) {
    EXPECT_EQ(settings_of(client_options{}.connections_max(0)).connections_max, 1U);
    EXPECT_EQ(settings_of(client_options{}.origin_connections_max(0)).origin_connections_max, 1U);
}

}  // namespace
