// SPDX-License-Identifier: MIT

#include <patio/http/request.hpp>

#include "http/answers.hpp"

#include <patio/core/error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace {

using patio::errc;
using patio::http::body;
using patio::http::request;
using patio::http::test_support::received;
using access = patio::http::detail::request_access;

TEST(request, is_a_method_and_an_address) {
    const request asked{"PUT", "http://example.org:8080/notes/7?a=1#x"};
    EXPECT_EQ(asked.method(), "PUT");
    EXPECT_EQ(asked.target(), "/notes/7?a=1");
    EXPECT_EQ(asked.path(), "/notes/7");
    EXPECT_EQ(asked.url().host(), "example.org");
    EXPECT_FALSE(asked.body().has_value());
    EXPECT_TRUE(asked.headers().empty());
}

TEST(request, refuses_what_is_no_method_and_no_url) {
    for (const char* method : {"", "A B", "G\r\nET", "GET:"}) {
        EXPECT_THROW((request{method, "http://x/"}), patio::error) << method;
    }
    EXPECT_THROW((request{"GET", "not a url"}), patio::error);
}

TEST(request, is_made_in_one_expression) {
    request asked = request{"POST", "http://x/"}.with("Accept", "*/*").with(body{"text"});
    EXPECT_EQ(asked.header("accept"), "*/*");
    EXPECT_EQ(asked.header("none"), std::nullopt);
    EXPECT_EQ(patio::testing::run(asked.text()), "text");
}

TEST(request, can_be_sent_elsewhere) {
    request asked{"GET", "http://x/a?b=1"};
    EXPECT_EQ(asked.query("b"), "1");
    asked.to(patio::http::url::parse("https://y/c?b=2"));
    EXPECT_EQ(asked.target(), "/c?b=2");
    EXPECT_EQ(asked.query("b"), "2");
}

TEST(request, has_a_query_that_is_decoded) {
    const request asked = received("GET", "/a?b=1%20+2&c&b=3");
    EXPECT_EQ(asked.query("b"), "1  2");
    EXPECT_EQ(asked.query("c"), "");
    EXPECT_EQ(asked.query("d"), std::nullopt);
    EXPECT_EQ(asked.query().size(), 3U);
    EXPECT_EQ(received("GET", "/a").query("b"), std::nullopt);
    EXPECT_TRUE(received("GET", "/a").query().empty());
}

TEST(request, knows_its_whole_address_on_the_server_too) {
    request asked = received("GET", "/a%20b?c");
    asked.with("Host", "example.org:81");
    EXPECT_EQ(asked.url().href(), "http://example.org:81/a%20b?c");
    request secure = received("GET", "/");
    access::set_peer(secure, patio::endpoint{}, true);
    EXPECT_EQ(secure.url().href(), "https://localhost/");
    EXPECT_TRUE(secure.is_secure());
}

TEST(request, may_have_a_whole_url_as_its_target) {
    request asked = received("GET", "http://other.org/a/b?c=d");
    asked.with("Host", "example.org");
    EXPECT_EQ(asked.url().host(), "other.org");
    EXPECT_EQ(asked.path(), "/a/b");
    EXPECT_EQ(asked.query("c"), "d");
    EXPECT_EQ(received("GET", "http://other.org").path(), "/");
    EXPECT_EQ(received("GET", "http://other.org?x=/y").path(), "/");
}

TEST(request, may_have_a_path_that_looks_like_a_url) {
    EXPECT_EQ(received("GET", "/http://x/y").path(), "/http://x/y");
    EXPECT_EQ(received("OPTIONS", "*").path(), "*");
    EXPECT_THROW((void)received("OPTIONS", "*").url(), patio::error);
}

TEST(request, has_the_cookies_of_all_its_fields) {
    request asked = received("GET", "/");
    asked.headers().add("Cookie", "a=1; b=\"2\";c = 3").add("Cookie", "d=x=y; a=4");
    EXPECT_EQ(asked.cookie("a"), "1");
    EXPECT_EQ(asked.cookie("b"), "\"2\"");
    EXPECT_EQ(asked.cookie("d"), "x=y");
    EXPECT_EQ(asked.cookie("e"), std::nullopt);
    EXPECT_EQ(asked.cookie("A"), std::nullopt);
}

TEST(request, has_no_peer_and_no_parameters_on_the_client) {
    const request asked{"GET", "http://x/"};
    EXPECT_EQ(asked.peer(), patio::endpoint{});
    EXPECT_FALSE(asked.is_secure());
    EXPECT_EQ(asked.param("id"), "");
    EXPECT_EQ(asked.mounted_path(), "/");
}

TEST(request, can_be_used_again_by_a_server) {
    request asked = received("GET", "/a?b=1");
    EXPECT_EQ(asked.query("b"), "1");
    access::add_param(asked) = "7";
    access::name_param(asked, 0, "id");
    EXPECT_EQ(asked.param("id"), "7");
    access::set_mount_bytes(asked, 2);
    asked.with("X", "y").with(body{"z"});
    access::clear(asked);
    access::set_start(asked, "PUT", "/c");
    EXPECT_EQ(asked.param("id"), "");
    EXPECT_EQ(asked.query("b"), std::nullopt);
    EXPECT_EQ(asked.mounted_path(), "/c");
    EXPECT_TRUE(asked.headers().empty());
    EXPECT_FALSE(asked.body().has_value());
}

TEST(request, moves_with_all_that_it_has) {
    request asked = received("GET", "/a?b=1");
    asked.with("X", "y");
    request moved = std::move(asked);
    EXPECT_EQ(moved.target(), "/a?b=1");
    EXPECT_EQ(moved.header("X"), "y");
}

}  // namespace
