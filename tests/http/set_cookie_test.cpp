// SPDX-License-Identifier: MIT

#include <patio/http/set_cookie.hpp>

#include <patio/core/error.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace {

using namespace std::chrono_literals;
using patio::http::same_site;
using patio::http::set_cookie;

TEST(set_cookie, is_for_the_whole_host_by_default) {
    EXPECT_EQ((set_cookie{"a", "1"}.to_string()), "a=1; Path=/");
    EXPECT_EQ((set_cookie{"a", ""}.to_string()), "a=; Path=/");
}

TEST(set_cookie, has_attributes) {
    const auto made = set_cookie{"id", "x/y=z"}
                          .path("/notes")
                          .domain("example.org")
                          .max_age(1h)
                          .secure()
                          .http_only()
                          .site(same_site::strict);
    EXPECT_EQ(made.to_string(),
              "id=x/y=z; Path=/notes; Domain=example.org; Max-Age=3600; Secure; HttpOnly; "
              "SameSite=Strict");
}

TEST(set_cookie, makes_forget) {
    EXPECT_EQ(set_cookie::forget("id").to_string(), "id=; Path=/; Max-Age=0");
    EXPECT_EQ((set_cookie{"id", "1"}.max_age(-1s).to_string()), "id=1; Path=/; Max-Age=0");
}

TEST(set_cookie, refuses_what_cannot_be_sent) {
    for (const char* name : {"", "a b", "a=b", "a;b", "\xC3\xBC"})
        EXPECT_THROW((set_cookie{name, "1"}), patio::error) << name;
    for (const char* value : {"a b", "a;b", "a,b", "\"a\"", "a\\b", "a\r\nb", "\xC3\xBC"})
        EXPECT_THROW((set_cookie{"a", value}), patio::error) << value;
    EXPECT_THROW((set_cookie{"a", "1"}.path("notes")), patio::error);
    EXPECT_THROW((set_cookie{"a", "1"}.path("/; Domain=org")), patio::error);
    EXPECT_THROW((set_cookie{"a", "1"}.domain("x;y")), patio::error);
    EXPECT_THROW((set_cookie{"a", "1"}.domain("")), patio::error);
}

TEST(set_cookie, refuses_what_browsers_refuse) {
    const auto fails = [](const set_cookie& made) {
        try {
            (void)made.to_string();
        } catch (const patio::error& failure) {
            return failure.code() == patio::errc::malformed;
        }
        return false;
    };
    EXPECT_TRUE(fails(set_cookie{"a", "1"}.site(same_site::none)));
    EXPECT_FALSE(fails(set_cookie{"a", "1"}.site(same_site::none).secure()));
    EXPECT_TRUE(fails(set_cookie{"__Secure-a", "1"}));
    EXPECT_FALSE(fails(set_cookie{"__Secure-a", "1"}.secure().path("/x").domain("y.org")));
    EXPECT_TRUE(fails(set_cookie{"__host-a", "1"}));
    EXPECT_TRUE(fails(set_cookie{"__Host-a", "1"}.secure().path("/x")));
    EXPECT_TRUE(fails(set_cookie{"__Host-a", "1"}.secure().domain("y.org")));
    EXPECT_FALSE(fails(set_cookie{"__Host-a", "1"}.secure()));
}

}  // namespace
