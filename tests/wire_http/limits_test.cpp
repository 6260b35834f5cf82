// SPDX-License-Identifier: MIT

#include "support/http_reading.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace patio::testing;

std::string outcome(const std::string& input, const http::limits& bounds) {
    const std::string told = read_requests(input, bounds);
    const std::size_t at = told.find("failed ");
    return at == std::string::npos ? "taken" : told.substr(at);
}

TEST(limits, of_the_first_line_count_without_its_end) {
    const std::string line = "GET /abc HTTP/1.1";
    const std::string input = line + "\r\nHost: a\r\n\r\n";
    http::limits bounds;
    bounds.start_line_bytes_max = line.size();
    EXPECT_EQ(outcome(input, bounds), "taken");
    bounds.start_line_bytes_max = line.size() - 1;
    EXPECT_EQ(outcome(input, bounds), "failed 414 the target is too long at 17\n");
    EXPECT_EQ(outcome("\r\n" + input, bounds), "failed 414 the target is too long at 17\n");
    bounds.start_line_bytes_max = 2;
    EXPECT_EQ(outcome(input, bounds), "failed 400 the first line is too long at 3\n");
}

TEST(limits, of_the_header_count_its_lines_with_their_ends) {
    const std::string lines = "Host: a\r\nX: yz\r\n";
    const std::string input = "GET / HTTP/1.1\r\n" + lines + "\r\n";
    http::limits bounds;
    bounds.header_bytes_max = lines.size();
    EXPECT_EQ(outcome(input, bounds), "taken");
    bounds.header_bytes_max = lines.size() - 1;
    EXPECT_EQ(outcome(input, bounds), "failed 431 the header is too long at 30\n");
    for (std::size_t few = 0; few < 3; ++few) {
        bounds.header_bytes_max = few;
        EXPECT_EQ(outcome(input, bounds), "failed 431 the header is too long at 17\n");
    }
    EXPECT_EQ(outcome("GET / HTTP/1.0\r\n\r\n", bounds), "taken");
}

TEST(limits, of_fields_count_them) {
    const std::string input = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
    http::limits bounds;
    bounds.header_count_max = 2;
    EXPECT_EQ(outcome(input, bounds), "taken");
    bounds.header_count_max = 1;
    EXPECT_EQ(outcome(input, bounds), "failed 431 too many field lines at 25\n");
}

const std::string chunked = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(limits, of_chunk_extensions_count_all_of_a_message) {
    const std::string input = chunked + "1;ab\r\nx\r\n0;c\r\n\r\n";
    http::limits bounds;
    bounds.chunk_extension_bytes_max = 5;
    EXPECT_EQ(outcome(input + input, bounds), "taken") << "of each message anew";
    bounds.chunk_extension_bytes_max = 4;
    EXPECT_EQ(outcome(input, bounds), "failed 413 long chunk extensions at 64\n");
    bounds.chunk_extension_bytes_max = 2;
    EXPECT_EQ(outcome(input, bounds), "failed 413 long chunk extensions at 55\n");
    bounds.chunk_extension_bytes_max = 0;
    EXPECT_EQ(outcome(chunked + "1;" + std::string(100, 'a'), bounds),
              "failed 413 long chunk extensions at 72\n");
    EXPECT_EQ(outcome(chunked + std::string(100, '0'), bounds),
              "failed 413 a chunk's size has more than 16 digits at 72\n");
    EXPECT_EQ(outcome(chunked + std::string(100, 'x'), bounds),
              "failed 400 a chunk's size is malformed at 72\n");
    EXPECT_EQ(outcome(chunked + "0000000000000001\r\na\r\n0\r\n\r\n", bounds), "taken");
}

TEST(limits, of_trailers_count_their_lines_and_number) {
    const std::string lines = "A: b\r\nC: d\r\n";
    const std::string input = chunked + "0\r\n" + lines + "\r\n";
    http::limits bounds;
    bounds.header_count_max = 2;
    bounds.trailer_bytes_max = lines.size();
    EXPECT_EQ(outcome(input, bounds), "taken");
    bounds.trailer_bytes_max = lines.size() - 1;
    EXPECT_EQ(outcome(input, bounds), "failed 431 the trailers are too long at 68\n");
    bounds.trailer_bytes_max = lines.size();
    EXPECT_EQ(outcome(chunked + "0\r\nA:\r\nB:\r\nC:\r\n\r\n", bounds),
              "failed 431 too many trailers at 66\n");
    bounds.trailer_bytes_max = 0;
    EXPECT_EQ(outcome(chunked + "0\r\n\r\n", bounds), "taken");
}

TEST(limits, have_names) {
    http::limits bounds;
    bounds.header_bytes_max = 3;
    http::request_parser parser{bounds};
    patio::byte_view input{"GET / HTTP/1.1\r\nHost: a\r\n\r\n"};
    ASSERT_EQ(parser.next(input), http::event::failed);
    EXPECT_EQ(parser.failure().limit, "header_bytes_max");
    EXPECT_EQ(http::limit_of(http::problem::bare_cr), "");
    EXPECT_EQ(http::limit_of(http::problem::target_too_long), "start_line_bytes_max");
}

TEST(limits, by_default_take_what_the_rfc_asks_for) {
    const http::limits bounds;
    EXPECT_GE(bounds.start_line_bytes_max, 8000u);  // RFC 9112 section 3
}

}  // namespace
