// SPDX-License-Identifier: MIT

#include <patio/http/response.hpp>

#include "http/access.hpp"

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/testing/run.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace {

using patio::async;
using patio::http::body;
using patio::http::response;
using patio::http::status_error;
using access = patio::http::detail::response_access;

TEST(response, is_200_and_nothing) {
    const response made;
    EXPECT_EQ(made.status(), 200);
    EXPECT_EQ(made.reason(), "OK");
    EXPECT_TRUE(made.ok());
    EXPECT_FALSE(made.body().has_value());
}

TEST(response, is_what_becomes_its_body) {
    EXPECT_EQ(response{"text"}.body().in_memory(), "text");
    EXPECT_EQ(response{std::string{"text"}}.body().in_memory(), "text");
    EXPECT_EQ(response{std::string_view{"text"}}.body().in_memory(), "text");
    EXPECT_EQ(response{body{"text"}}.body().in_memory(), "text");
    EXPECT_EQ((response{404, "gone"}.status()), 404);
    EXPECT_FALSE((response{404, "gone"}.ok()));
}

TEST(response, says_what_its_body_is) {
    EXPECT_EQ(response::html("<p>").header("content-type"), "text/html; charset=utf-8");
    EXPECT_EQ(response::json("{}").header("Content-Type"), "application/json");
    EXPECT_EQ(response::json("{}").body().in_memory(), "{}");
}

TEST(response, sends_elsewhere) {
    const response made = response::redirect("/a");
    EXPECT_EQ(made.status(), 303);
    EXPECT_EQ(made.header("Location"), "/a");
    EXPECT_EQ(response::redirect("/a", 308).status(), 308);
    EXPECT_THROW((void)response::redirect("/a", 304), patio::usage_error);
    EXPECT_THROW((void)response::redirect("/a\r\nX: y"), patio::error);
}

TEST(response, has_a_status_of_three_digits) {
    EXPECT_THROW((void)response{99}, patio::usage_error);
    EXPECT_THROW((void)response{600}, patio::usage_error);
    EXPECT_EQ(response{599}.reason(), "Unknown");
}

TEST(response, is_made_in_one_expression) {
    response made = response{201}.with("Location", "/7").with(body{"made"}).status(202);
    EXPECT_EQ(made.status(), 202);
    EXPECT_EQ(made.header("Location"), "/7");
    EXPECT_EQ(patio::testing::run(made.text()), "made");
}

TEST(response, keeps_the_words_that_came) {
    response got{404};
    access::extras(got).reason = "Gone Fishing";
    EXPECT_EQ(got.reason(), "Gone Fishing");
}

TEST(response, raises_what_is_no_success) {
    EXPECT_NO_THROW(response{399}.raise_for_status());
    response got{404};
    access::extras(got).asked = "GET http://x/";
    try {
        got.raise_for_status();
        ADD_FAILURE() << "nothing was thrown";
    } catch (const status_error& failure) {
        EXPECT_EQ(failure.status(), 404);
        EXPECT_EQ(failure.code(), patio::errc::refused);
        EXPECT_NE(std::string_view{failure.what()}.find("GET http://x/: 404 Not Found"),
                  std::string_view::npos);
    }
}

TEST(response, has_no_history_on_a_server) {
    const response made;
    EXPECT_TRUE(made.url().empty());
    EXPECT_TRUE(made.redirects().empty());
    EXPECT_EQ(made.elapsed().count(), 0);
}

TEST(response, hands_a_connection_over_once) {
    const auto main = []() -> async<> {
        auto [ours, theirs] = patio::testing::memory_streams();
        response got{101};
        access::extras(got).connection = std::move(ours);
        EXPECT_FALSE(got.take_connection().is_closed());
        EXPECT_THROW((void)got.take_connection(), patio::usage_error);
        EXPECT_THROW((void)response{}.take_connection(), patio::usage_error);
        co_return;
    };
    patio::testing::run(main);
}

TEST(response, switches_protocols) {
    response made = response::switch_protocol("echo", [](patio::stream) -> async<> { co_return; });
    EXPECT_EQ(made.status(), 101);
    EXPECT_EQ(made.header("Upgrade"), "echo");
    EXPECT_EQ(made.header("Connection"), "Upgrade");
    EXPECT_TRUE(static_cast<bool>(access::extras(made).talk));
}

TEST(response, is_as_made_after_it_was_moved_from) {
    response made = response{404, "text"}.with("X", "y");
    const response moved = std::move(made);
    EXPECT_EQ(moved.status(), 404);
    EXPECT_EQ(made.status(), 200);  // NOLINT: that is the question
    EXPECT_FALSE(made.body().has_value());
}

}  // namespace
