// SPDX-License-Identifier: MIT

#include "wire_http/lines.hpp"

#include "wire_http/characters.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace patio::wire::http;
using outcome = line_gatherer::outcome;

TEST(control_characters, are_found_wherever_they_stand) {
    for (std::size_t size = 0; size < 40; ++size) {
        std::string text(size, 'x');
        EXPECT_EQ(find_control(text), size);
        for (std::size_t at = 0; at < size; ++at) {
            for (int c = 0; c < 256; ++c) {
                text[at] = static_cast<char>(c);
                const bool is_control = (c < 0x20 && c != '\t') || c == 0x7f;
                ASSERT_EQ(find_control(text), is_control ? at : size) << c << " at " << at;
            }
            text[at] = at % 2 == 0 ? '\t' : '\xff';
        }
    }
}

outcome gather(std::string_view input, std::size_t bytes_max) {
    line_gatherer lines;
    std::string text;
    lines.start(text);
    patio::byte_view bytes{input};
    return lines.take(bytes, text, bytes_max);
}

TEST(lines, end_with_cr_and_lf_alone) {
    EXPECT_EQ(gather("ab\r\n", 10), outcome::line);
    EXPECT_EQ(gather("\r\n", 0), outcome::line);
    EXPECT_EQ(gather("ab\n", 10), outcome::bare_lf);
    EXPECT_EQ(gather("ab\rc", 10), outcome::bare_cr);
    EXPECT_EQ(gather("ab\r\r\n", 10), outcome::bare_cr);
    EXPECT_EQ(gather("a\vb\r\n", 10), outcome::control_character);
    EXPECT_EQ(gather(std::string_view{"a\0b\r\n", 5}, 10), outcome::control_character);
    EXPECT_EQ(gather("a\tb\xff\r\n", 10), outcome::line);
    EXPECT_EQ(gather("", 10), outcome::need_more);
    EXPECT_EQ(gather("ab\r", 10), outcome::need_more);
}

TEST(lines, are_too_long_with_the_first_byte_beyond) {
    EXPECT_EQ(gather("abc", 3), outcome::need_more);
    EXPECT_EQ(gather("abc\r\n", 3), outcome::line);
    EXPECT_EQ(gather("abcd", 3), outcome::too_long);
    EXPECT_EQ(gather("abc\n", 3), outcome::bare_lf);
    EXPECT_EQ(gather("abcd\n", 3), outcome::too_long);
    EXPECT_EQ(gather("x", 0), outcome::too_long);
}

problem field_problem(std::string_view line) {
    field_place place;
    return parse_field_line(line, 0, place);
}

TEST(field_lines, are_a_name_and_a_value_without_blanks_around_it) {
    const std::string text = "12Name: \t a b \t";
    field_place place;
    ASSERT_EQ(parse_field_line(std::string_view{text}.substr(2), 2, place), problem::none);
    EXPECT_EQ(place.in(text), (field{"Name", "a b"}));
    ASSERT_EQ(parse_field_line("Name:", 0, place), problem::none);
    EXPECT_EQ(place.in("Name:"), (field{"Name", ""}));
    ASSERT_EQ(parse_field_line("Name:  ", 0, place), problem::none);
    EXPECT_EQ(place.in("Name:  ").value, "");
}

TEST(field_lines, without_a_plain_name_are_refused) {
    for (const char* line : {":", ": a", "a", "a b: c", "a : b", "a\t: b", "a(: b", "\xc3\xa4: b",
                             "a,b: c", "\"a\": b", "a/b: c"})
        EXPECT_EQ(field_problem(line), problem::field_malformed) << line;
    EXPECT_EQ(field_problem(" a: b"), problem::field_folded);
    EXPECT_EQ(field_problem("\ta: b"), problem::field_folded);
}

TEST(field_lines, that_frame_have_one_space_at_most) {
    for (const char* line : {"Content-Length: 5", "Content-Length:5", "Transfer-Encoding: chunked"})
        EXPECT_EQ(field_problem(line), problem::none) << line;
    for (const char* line : {"Content-Length:  5", "Content-Length:\t5", "Content-Length: 5 ",
                             "Content-Length:5 ", "content-length: 5\t"})
        EXPECT_EQ(field_problem(line), problem::length_malformed) << line;
    for (const char* line : {"Transfer-Encoding:  chunked", "Transfer-Encoding:\tchunked",
                             "TRANSFER-ENCODING: chunked "})
        EXPECT_EQ(field_problem(line), problem::encoding_malformed) << line;
}

problem request_problem(std::string_view line) {
    request_head head;
    return parse_request_line(line, head);
}

TEST(request_lines, have_three_parts_and_single_spaces) {
    request_head head;
    ASSERT_EQ(parse_request_line("GET /a?b HTTP/1.0", head), problem::none);
    EXPECT_EQ(head.method, "GET");
    EXPECT_EQ(head.target, "/a?b");
    EXPECT_EQ(head.version, version::http_1_0);
    for (const char* line :
         {"", "GET", "GET /", "GET HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ",
          "GET /\tHTTP/1.1", "GET\t/ HTTP/1.1", "G(T / HTTP/1.1", "GET / http/1.1", "GET / HTTP/1",
          "GET / HTTP/11", "GET / HTTP/1.1x", "GET / HTTP/01.1", "GET / HTTPS/1.1",
          "GET / HTTP/+1.1", "GET / HTTP/1,1", "GET / RTSP/1.0"}) {
        EXPECT_EQ(request_problem(line), problem::start_line_malformed) << line;
    }
    for (const char* line :
         {"GET / HTTP/0.9", "GET / HTTP/1.2", "GET / HTTP/2.0", "PRI * HTTP/2.0", "GET / HTTP/9.9"})
        EXPECT_EQ(request_problem(line), problem::version_unsupported) << line;
}

TEST(status_lines, have_three_digits) {
    response_head head;
    ASSERT_EQ(parse_status_line("HTTP/1.1 404 Not \tFound\xe4", head), problem::none);
    EXPECT_EQ(head.status, 404);
    EXPECT_EQ(head.reason, "Not \tFound\xe4");
    ASSERT_EQ(parse_status_line("HTTP/1.0 200 ", head), problem::none);
    EXPECT_EQ(head.reason, "");
    ASSERT_EQ(parse_status_line("HTTP/1.0 999", head), problem::none);
    EXPECT_EQ(head.status, 999);
    for (const char* line :
         {"HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK",
          "HTTP/1.1 2x0 OK", "HTTP/1.1 -20 OK", "HTTP/1.1 099 OK", "HTTP/1.1  200 OK",
          "HTTP/1.1\t200 OK", "HTTP/1.1 200\tOK", "HTTP/1.1 200OK"})
        EXPECT_EQ(parse_status_line(line, head), problem::status_malformed) << line;
    for (const char* line : {"", "HTTP", "ICY 200 OK", "http/1.1 200 OK", " HTTP/1.1 200 OK"})
        EXPECT_EQ(parse_status_line(line, head), problem::start_line_malformed) << line;
    EXPECT_EQ(parse_status_line("HTTP/2.0 200 OK", head), problem::version_unsupported);
}

TEST(chunk_lines, are_up_to_sixteen_digits) {
    EXPECT_EQ(parse_chunk_line("1aF").size, 0x1af);
    EXPECT_EQ(parse_chunk_line("9;a").size, 9);
    EXPECT_EQ(parse_chunk_line("00bCdE").size, 0xbcde);
    EXPECT_EQ(parse_chunk_line("FFFFFFFFFFFFFFFF").size, ~std::uint64_t{0});
    EXPECT_EQ(parse_chunk_line("0000000000000000").what, problem::none);
    EXPECT_EQ(parse_chunk_line("00000000000000000").what, problem::chunk_size_too_large);
    for (const char* line : {"", " 1", "1 ", "1\t", "+1", "-1", "0x1", "1h", "x", ";a", "1,2",
                             "1 ;a", "1\t;a", "1_0", "1.0"})
        EXPECT_EQ(parse_chunk_line(line).what, problem::chunk_size_malformed) << line;
}

TEST(chunk_lines, may_have_extensions) {
    for (const char* line : {"1;a", "1;a=b", "1;a;b=c", "1;a=\"b; \\\"c\td\"", "1;a=\"\";b"}) {
        const chunk_line parts = parse_chunk_line(line);
        EXPECT_EQ(parts.what, problem::none) << line;
        EXPECT_EQ(parts.extension, std::string_view{line}.substr(1));
    }
    for (const char* line : {"1;", "1;;", "1; a", "1;a ", "1;a =b", "1;a= b", "1;a=", "1;=b",
                             "1;a=\"b", "1;a=\"b\\\"", "1;a=\"b\"c", "1;a=b=c", "1;a,b"})
        EXPECT_EQ(parse_chunk_line(line).what, problem::chunk_extension_malformed) << line;
}

}  // namespace
