// SPDX-License-Identifier: MIT

#include "wire_http/meaning.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace patio::wire::http;

request_head request_with(fields all) {
    request_head head;
    head.method = "GET";
    head.target = "/";
    head.fields = all;
    return head;
}

TEST(meaning, of_the_host_is_taken_from_the_target_first) {
    const field all[] = {{"Host", "b:1"}};
    request_head head = request_with(all);
    ASSERT_EQ(understand(head), problem::none);
    EXPECT_EQ(head.authority, "b:1");
    head.target = "http://a/";
    ASSERT_EQ(understand(head), problem::none);
    EXPECT_EQ(head.authority, "a");
    EXPECT_EQ(head.form, target_form::absolute);
}

TEST(meaning, is_the_same_when_a_head_is_understood_twice) {
    const field all[] = {
        {"Host", ""}, {"Transfer-Encoding", "chunked"}, {"Expect", "100-continue"}};
    request_head head = request_with(all);
    head.authority = "left over";
    head.meaning.body = {body_kind::length, 5};
    for (int i = 0; i < 2; ++i) {
        ASSERT_EQ(understand(head), problem::none);
        EXPECT_EQ(head.authority, "");
        EXPECT_EQ(head.meaning.body, (body_framing{body_kind::chunked, 0}));
        EXPECT_TRUE(head.expects_continue);
    }
}

TEST(meaning, of_a_second_length_is_not_lost_behind_another_repeated_field) {
    const field all[] = {
        {"Host", "a"}, {"Host", "a"}, {"Content-Length", "1"}, {"Content-Length", "2"}};
    response_head head;
    head.fields = all;
    EXPECT_EQ(understand(head, {}), problem::length_repeated);
}

TEST(meaning, of_trailers_is_none_that_comes_too_late) {
    for (const char* name : {"Transfer-Encoding", "CONTENT-LENGTH", "Host", "Authorization",
                             "Set-Cookie", "Content-Type", "Trailer", "Connection", "Expect",
                             "Cache-Control", "Content-Encoding", "Range"})
        EXPECT_FALSE(may_be_trailer(name)) << name;
    for (const char* name : {"ETag", "Server-Timing", "Digest", "grpc-status", "X-Checksum"})
        EXPECT_TRUE(may_be_trailer(name)) << name;
}

TEST(meaning, of_a_status_decides_whether_there_is_a_body) {
    EXPECT_TRUE(is_bodiless(100, {}));
    EXPECT_TRUE(is_bodiless(204, {}));
    EXPECT_TRUE(is_bodiless(304, {}));
    EXPECT_FALSE(is_bodiless(200, {}));
    EXPECT_FALSE(is_bodiless(205, {})) << "it says so itself";
    EXPECT_TRUE(is_bodiless(200, {true, false, false}));
    EXPECT_TRUE(is_bodiless(200, {false, true, false}));
    EXPECT_FALSE(is_bodiless(407, {false, true, false}));
    EXPECT_TRUE(is_interim(103));
    EXPECT_FALSE(is_interim(101));
    EXPECT_FALSE(is_interim(200));
}

}  // namespace
