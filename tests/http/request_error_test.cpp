// SPDX-License-Identifier: MIT

#include <patio/http/request_error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

namespace {

using patio::http::request_error;
using patio::http::request_phase;

static_assert(std::is_nothrow_copy_constructible_v<request_error>);

TEST(request_error, says_what_was_asked_how_far_it_came_and_for_how_long) {
    const request_error thrown{make_error_code(std::errc::timed_out),
                               request_error::asked{"GET", "http://h/x"}, request_phase::waiting,
                               "timed out", patio::duration::milliseconds(2040)};
    EXPECT_STREQ(thrown.what(),
                 "GET http://h/x: waiting for the response: timed out (after 2.0 s)");
    EXPECT_STREQ(thrown.method(), "GET");
    EXPECT_STREQ(thrown.url(), "http://h/x");
    EXPECT_EQ(thrown.phase(), request_phase::waiting);
    EXPECT_EQ(thrown.elapsed(), patio::duration::milliseconds(2040));
    EXPECT_EQ(thrown.code(), std::errc::timed_out);
    const patio::error& as_any = thrown;
    EXPECT_STREQ(as_any.what(), thrown.what());
}

TEST(request_error, has_words_for_each_phase) {
    EXPECT_STREQ(to_text(request_phase::queued), "waiting for a free connection");
    EXPECT_STREQ(to_text(request_phase::resolving), "resolving the host");
    EXPECT_STREQ(to_text(request_phase::connecting), "connecting");
    EXPECT_STREQ(to_text(request_phase::handshake), "starting TLS");
    EXPECT_STREQ(to_text(request_phase::sending), "sending the request");
    EXPECT_STREQ(to_text(request_phase::redirecting), "following a redirect");
    EXPECT_STREQ(to_text(request_phase::reading), "reading the response");
}

}  // namespace
