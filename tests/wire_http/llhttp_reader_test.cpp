// SPDX-License-Identifier: MIT

// The second reader has to notice what the first one would get wrong. As the first one is right, it
// is played here.

#include "wire_http/llhttp_reader.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace patio::wire::http;
using verdict = llhttp_reader::verdict;

const std::string post = "POST /a HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n\r\n";

/// A head whose fields are views of the text, as the parser's are.
struct first_reading {
    explicit first_reading(std::string_view text) {
        head.method = "POST";
        head.target = "/a";
        head.meaning.body = {body_kind::length, 5};
        all = {{text.substr(18, 4), text.substr(24, 1)}, {text.substr(27, 14), text.substr(43, 1)}};
        head.fields = all;
    }
    std::vector<field> all;
    request_head head;
};

verdict read_request(std::string_view text, const request_head& expected) {
    llhttp_reader reader{llhttp_reader::kind::request};
    return reader.read_head(text, expected);
}

TEST(second_reader, agrees_with_what_is_right) {
    const first_reading right{post};
    ASSERT_EQ(right.all[1], (field{"Content-Length", "5"}));
    EXPECT_EQ(read_request(post, right.head), verdict::agrees);
}

TEST(second_reader, notices_another_body) {
    first_reading wrong{post};
    for (const body_framing body :
         {body_framing{body_kind::length, 6}, body_framing{body_kind::none},
          body_framing{body_kind::length, 0}, body_framing{body_kind::chunked},
          body_framing{body_kind::until_close}}) {
        wrong.head.meaning.body = body;
        EXPECT_EQ(read_request(post, wrong.head), verdict::disagrees);
    }
}

TEST(second_reader, notices_other_fields_targets_and_versions) {
    first_reading fewer{post};
    fewer.head.fields = fewer.head.fields.first(1);
    EXPECT_EQ(read_request(post, fewer.head), verdict::disagrees);
    first_reading longer{post};
    longer.all[0].value = std::string_view{post}.substr(24, 3);
    EXPECT_EQ(read_request(post, longer.head), verdict::disagrees);
    first_reading shifted{post};
    shifted.all[0].name = std::string_view{post}.substr(19, 4);
    EXPECT_EQ(read_request(post, shifted.head), verdict::disagrees);
    first_reading target{post};
    target.head.target = "/";
    EXPECT_EQ(read_request(post, target.head), verdict::disagrees);
    first_reading old{post};
    old.head.version = version::http_1_0;
    EXPECT_EQ(read_request(post, old.head), verdict::disagrees);
}

TEST(second_reader, notices_bytes_behind_the_head_and_heads_without_an_end) {
    const std::string more = post + "abcdeGET / HTTP/1.1\r\n\r\n";
    EXPECT_EQ(read_request(more, first_reading{more}.head), verdict::disagrees);
    const std::string less = post.substr(0, post.size() - 2);
    EXPECT_EQ(read_request(less, first_reading{less}.head), verdict::disagrees);
}

TEST(second_reader, does_not_know_all_methods) {
    std::string text = post;
    text.replace(0, 4, "PXST");
    EXPECT_EQ(read_request(text, first_reading{text}.head), verdict::knows_no_such_method);
}

TEST(second_reader, notices_another_status_or_reason) {
    const std::string text = "HTTP/1.1 204 No\r\n\r\n";
    response_head head;
    head.status = 204;
    head.reason = "No";
    llhttp_reader reader{llhttp_reader::kind::response};
    EXPECT_EQ(reader.read_head(text, head, {}), verdict::agrees);
    head.reason = "N";
    EXPECT_EQ(reader.read_head(text, head, {}), verdict::disagrees);
    head.reason = "No";
    head.status = 205;
    EXPECT_EQ(reader.read_head(text, head, {}), verdict::disagrees);
}

TEST(second_reader, notices_where_a_body_ends) {
    llhttp_reader reader{llhttp_reader::kind::request};
    const first_reading right{post};
    ASSERT_EQ(reader.read_head(post, right.head), verdict::agrees);
    EXPECT_TRUE(reader.read_body(patio::byte_view{"abc"}));
    EXPECT_FALSE(reader.is_complete());
    EXPECT_FALSE(reader.read_body(patio::byte_view{"abc"})) << "one byte too many";
}

TEST(second_reader, reads_chunks) {
    const std::string text = "POST /a HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n";
    first_reading right{text};
    right.all[1] = {std::string_view{text}.substr(27, 17), std::string_view{text}.substr(46, 7)};
    right.head.meaning.body = {body_kind::chunked};
    llhttp_reader reader{llhttp_reader::kind::request};
    ASSERT_EQ(reader.read_head(text, right.head), verdict::agrees);
    std::uint64_t size = 0;
    ASSERT_TRUE(reader.read_chunk_size("00A", size));
    EXPECT_EQ(size, 10u);
    EXPECT_TRUE(reader.read_body(patio::byte_view{"0123456789"}));
    EXPECT_TRUE(reader.read_chunk_end());
    ASSERT_TRUE(reader.read_chunk_size("0", size));
    EXPECT_EQ(size, 0u);
    const std::string trailers = "A: b\r\n\r\n";
    const std::vector<field> expected{
        {std::string_view{trailers}.substr(0, 1), std::string_view{trailers}.substr(3, 1)}};
    EXPECT_FALSE(reader.is_complete());
    EXPECT_TRUE(reader.read_trailers(trailers, expected));
    EXPECT_TRUE(reader.is_complete());
}

}  // namespace
