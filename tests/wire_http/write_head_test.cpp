// SPDX-License-Identifier: MIT

#include "wire_http/write_head.hpp"

#include "support/http_reading.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace {

using namespace patio::testing;
using http::field;
using http::problem;

http::request_head request(http::fields all) {
    http::request_head head;
    head.method = "GET";
    head.target = "/";
    head.fields = all;
    return head;
}

std::string written(http::request_head head) {
    std::string text = "before ";
    const problem what = http::write_request_head(text, head);
    if (what == problem::none) return text;
    return text == "before " ? std::string{http::text_of(what)} : "changed: " + text;
}

std::string written(http::response_head head, const http::asked& request = {}) {
    std::string text = "before ";
    const problem what = http::write_response_head(text, head, request);
    if (what == problem::none) return text;
    return text == "before " ? std::string{http::text_of(what)} : "changed: " + text;
}

http::response_head answer(int status, http::fields all) {
    http::response_head head;
    head.status = status;
    head.reason = "R";
    head.fields = all;
    return head;
}

TEST(heads_of_requests, are_written) {
    const field all[] = {{"Host", "a"}, {"X", " b \t"}, {"Y", ""}};
    EXPECT_EQ(written(request(all)), "before GET / HTTP/1.1\r\nHost: a\r\nX: b\r\nY: \r\n\r\n");
    http::request_head old = request({});
    old.version = http::version::http_1_0;
    EXPECT_EQ(written(old), "before GET / HTTP/1.0\r\n\r\n");
}

TEST(heads_of_requests, say_how_the_body_is_to_be_written) {
    const field all[] = {{"Host", "a"}, {"Transfer-Encoding", "chunked"}, {"Connection", "close"}};
    http::request_head head = request(all);
    std::string text;
    ASSERT_EQ(http::write_request_head(text, head), problem::none);
    EXPECT_EQ(head.meaning.body.kind, http::body_kind::chunked);
    EXPECT_FALSE(head.meaning.is_keep_alive);
}

TEST(heads_of_requests, that_would_split_are_not_written) {
    const std::string zero{"a\0b", 3};
    for (const std::string& bad :
         {std::string{"a\rb"}, std::string{"a\nb"}, std::string{"a\r\nb: c"}, zero,
          std::string{"a\r\n\r\nGET / HTTP/1.1\r\n"}}) {
        const field value[] = {{"Host", "a"}, {"X", bad}};
        EXPECT_EQ(written(request(value)), "a control character") << bad;
        const field name[] = {{"Host", "a"}, {bad, "x"}};
        EXPECT_EQ(written(request(name)), "a field line without a name and a colon behind it");
        const field host[] = {{"Host", "a"}};
        http::request_head head = request(host);
        head.method = bad;
        EXPECT_EQ(written(head), "the first line is none of HTTP");
        head = request(host);
        head.target = bad;
        EXPECT_EQ(written(head), "the target is malformed");
        head.target = "/ HTTP/1.1";
        EXPECT_EQ(written(head), "the target is malformed");
    }
}

TEST(heads_of_requests, that_would_be_refused_are_not_written) {
    EXPECT_EQ(written(request({})), "no Host");
    const field empty_name[] = {{"Host", "a"}, {"", "x"}};
    EXPECT_EQ(written(request(empty_name)), "a field line without a name and a colon behind it");
    const field blank_name[] = {{"Host", "a"}, {"X ", "x"}};
    EXPECT_EQ(written(request(blank_name)), "a field line without a name and a colon behind it");
    const field both[] = {{"Host", "a"}, {"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}};
    EXPECT_EQ(written(request(both)), "both Content-Length and Transfer-Encoding");
    const field twice[] = {{"Host", "a"}, {"Content-Length", "1"}, {"Content-Length", "1"}};
    EXPECT_EQ(written(request(twice)), "more than one Content-Length");
    const field blank[] = {{"Host", "a"}, {"Content-Length", " 1"}};
    EXPECT_EQ(written(request(blank)), "Content-Length is malformed");
}

TEST(heads_of_answers, are_written) {
    const field all[] = {{"Content-Length", "3"}};
    EXPECT_EQ(written(answer(200, all)), "before HTTP/1.1 200 R\r\nContent-Length: 3\r\n\r\n");
    http::response_head silent = answer(404, all);
    silent.reason = {};
    EXPECT_EQ(written(silent), "before HTTP/1.1 404 \r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(written(answer(304, all)), "before HTTP/1.1 304 R\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(written(answer(200, all), {true, false, false}),
              "before HTTP/1.1 200 R\r\nContent-Length: 3\r\n\r\n");
}

TEST(heads_of_answers, that_would_be_refused_are_not_written) {
    for (const int status : {-1, 0, 99, 1000})
        EXPECT_EQ(written(answer(status, {})), "the status is not three digits") << status;
    http::response_head split = answer(200, {});
    split.reason = "OK\r\nSet-Cookie: a=b";
    EXPECT_EQ(written(split), "a control character");
    const field value[] = {{"Location", "/\r\nSet-Cookie: a=b"}};
    EXPECT_EQ(written(answer(302, value)), "a control character");
    const field length[] = {{"content-length", "0"}};
    EXPECT_EQ(written(answer(204, length)), "a body where there can be none");
    EXPECT_EQ(written(answer(100, length)), "a body where there can be none");
    EXPECT_EQ(written(answer(200, length), {false, true, false}), "a body where there can be none");
    EXPECT_EQ(written(answer(101, {})), "an answer that nobody asked for");
    const field chunked[] = {{"Transfer-Encoding", "chunked"}};
    http::response_head old = answer(200, chunked);
    old.version = http::version::http_1_0;
    EXPECT_EQ(written(old), "Transfer-Encoding in HTTP/1.0");
}

TEST(chunk_heads, are_their_size_in_lower_hexadecimal) {
    std::string text;
    for (const std::uint64_t size : {std::uint64_t{1}, std::uint64_t{0xabc}, std::uint64_t{0x10},
                                     std::numeric_limits<std::uint64_t>::max()}) {
        http::write_chunk_head(text, size);
    }
    EXPECT_EQ(text, "1\r\nabc\r\n10\r\nffffffffffffffff\r\n");
    EXPECT_EQ(text_of(http::chunk_head{255}), "ff\r\n");
}

TEST(last_chunks, have_only_trailers_that_may_be) {
    std::string text;
    EXPECT_EQ(http::write_last_chunk(text), problem::none);
    EXPECT_EQ(text, "0\r\n\r\n");
    const field all[] = {{"A", "b"}, {"Content-Length", "5"}};
    EXPECT_EQ(http::write_last_chunk(text, all), problem::trailer_forbidden);
    const field split[] = {{"A", "b\r\n"}};
    EXPECT_EQ(http::write_last_chunk(text, split), problem::control_character);
    EXPECT_EQ(text, "0\r\n\r\n");
    EXPECT_EQ(http::write_last_chunk(text, http::fields{all}.first(1)), problem::none);
    EXPECT_EQ(text, "0\r\n\r\n0\r\nA: b\r\n\r\n");
}

TEST(what_is_written, is_read_as_it_was_meant) {
    const field all[] = {{"Host", "a"}, {"Transfer-Encoding", "chunked"}};
    http::request_head head = request(all);
    std::string text;
    ASSERT_EQ(http::write_request_head(text, head), problem::none);
    http::write_chunk_head(text, 3);
    text += "abc";
    text += http::chunk_end;
    const field trailers[] = {{"T", "u"}};
    ASSERT_EQ(http::write_last_chunk(text, trailers), problem::none);
    EXPECT_EQ(read_requests(text),
              "head " + describe(head) + "\nbody abc\ntrailers [T=u]\nend\nclosed\n");
}

TEST(problems, all_have_a_text_and_a_status) {
    for (int i = 1; i <= static_cast<int>(problem::interim_too_many); ++i) {
        const auto what = static_cast<problem>(i);
        EXPECT_FALSE(http::text_of(what).empty());
        EXPECT_GE(http::status_of(what), 400);
        EXPECT_LT(http::status_of(what), 506);
    }
}

}  // namespace
