// SPDX-License-Identifier: MIT

// What is sent so that two recipients read it differently. The shapes are those of public research:
// "HTTP Request Smuggling" (Linhart, Klein, Heled, Orrin, 2005), "HTTP Desync Attacks" (Kettle,
// 2019), and advisories of parsers; the texts are our own.

#include "support/http_reading.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace patio::testing;
using namespace std::string_literals;

/// The status that a request with these field lines is refused with; "taken" if it is not.
std::string refusal(const std::string& lines, const std::string& body = "0\r\n\r\n",
                    const std::string& start = "POST / HTTP/1.1\r\n") {
    const std::string told = read_requests(start + lines + "\r\n" + body);
    if (!told.starts_with("failed ")) return "taken: " + told;
    return told.substr(7, 3);
}

std::string with_host(const std::string& lines) { return refusal("Host: a\r\n" + lines); }

TEST(smuggling, with_length_and_encoding_is_refused_in_any_order) {
    EXPECT_EQ(with_host("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n"), "400");
    EXPECT_EQ(with_host("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n"), "400");
    EXPECT_EQ(with_host("Transfer-Encoding: x\r\nContent-Length: 6\r\n"), "400");
    EXPECT_EQ(with_host("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), "400");
    EXPECT_EQ(with_host("content-length: 6\r\nX: y\r\ntransfer-encoding: chunked\r\n"), "400");
}

TEST(smuggling, with_an_encoding_that_is_nearly_chunked_is_refused) {
    for (const std::string& value : {" xchunked"s,
                                     "  chunked"s,
                                     "\tchunked"s,
                                     " \tchunked"s,
                                     " chunked "s,
                                     " chunked\t"s,
                                     " \vchunked"s,
                                     " chunked\v"s,
                                     " \fchunked"s,
                                     " chunked\0"s,
                                     " \0chunked"s,
                                     " chunked\x7f"s,
                                     " \"chunked\""s,
                                     " 'chunked'"s,
                                     " chunked;q=1"s,
                                     " chunked;"s,
                                     " chunke"s,
                                     " chunkedx"s,
                                     " chun ked"s,
                                     ""s,
                                     " "s,
                                     " identity"s,
                                     " x"s,
                                     " ,"s,
                                     " chunked,"s,
                                     " ,chunked"s,
                                     " chunked, identity"s,
                                     " chunked, chunked"s,
                                     " chunked, x"s,
                                     " chunked,\tchunked"s,
                                     " x chunked"s,
                                     " chunked\xa0"s,
                                     " \xef\xbb\xbf"s + "chunked",
                                     " c\xc4\xa7unked"s,
                                     " chunKed\xe2\x84\xaa"s}) {
        EXPECT_EQ(with_host("Transfer-Encoding:" + value + "\r\n"), "400") << value;
    }
}

TEST(smuggling, with_codings_in_front_of_chunked_is_not_implemented) {
    for (const char* value :
         {"gzip, chunked", "identity, chunked", "identity,chunked", "x, chunked"})
        EXPECT_EQ(with_host("Transfer-Encoding: "s + value + "\r\n"), "501") << value;
}

TEST(smuggling, with_several_encodings_is_refused) {
    EXPECT_EQ(with_host("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), "400");
    EXPECT_EQ(with_host("Transfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n"), "400");
    EXPECT_EQ(with_host("Transfer-Encoding: cow\r\nTransfer-encoding: chunked\r\n"), "400");
    EXPECT_EQ(with_host("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), "400");
}

TEST(smuggling, with_names_that_are_nearly_framing_is_refused) {
    for (const std::string& line :
         {"Transfer-Encoding : chunked"s, "Transfer-Encoding\t: chunked"s,
          " Transfer-Encoding: chunked"s, "\tTransfer-Encoding: chunked"s,
          "Transfer-Encoding\r\n: chunked"s, "Transfer-Encoding\n: chunked"s,
          "Transfer-Encoding\v: chunked"s, "Transfer-Encoding\0: chunked"s,
          "\0Transfer-Encoding: chunked"s, "Transfer Encoding: chunked"s, "Transfer-Encoding"s,
          ": chunked"s, "\xef\xbb\xbfTransfer-Encoding: chunked"s, "Content-Length : 5"s,
          " Content-Length: 5"s, "Content-Length\r\n : 5"s}) {
        EXPECT_EQ(with_host(line + "\r\n"), "400") << line;
    }
}

TEST(smuggling, with_wrapped_lines_and_bare_ends_is_refused) {
    for (const std::string& lines :
         {"Transfer-Encoding:\r\n chunked\r\n"s, "Transfer-Encoding:\r\n\tchunked\r\n"s,
          "Transfer-Encoding: x\r\n chunked\r\n"s, "Content-Length:\r\n 5\r\n"s,
          "X: y\nTransfer-Encoding: chunked\r\n"s, "X: y\rTransfer-Encoding: chunked\r\n"s,
          "X: y\r\r\nTransfer-Encoding: chunked\r\n"s, "X: y\n\nGET /b HTTP/1.1\r\n"s,
          "X: y\r\n\rGET /b HTTP/1.1\r\n"s, "X: y\r\n\nGET /b HTTP/1.1\r\n"s, "X: y\0\r\n"s,
          "X: \0\r\n"s, "X: a\bb\r\n"s, "X\r\n"s, ":\r\n"s}) {
        EXPECT_EQ(with_host(lines), "400") << lines;
    }
    EXPECT_EQ(refusal(" Host: a\r\n"), "400") << "a blank behind the first line";
    EXPECT_EQ(refusal("Host: a\r\n", "", "POST / HTTP/1.1\n"), "400");
    EXPECT_EQ(refusal("Host: a\r\n", "", "POST / HTTP/1.1\r"), "400");
}

TEST(smuggling, with_lengths_that_are_no_plain_number_is_refused) {
    for (const std::string& value :
         {" +5"s,  " -5"s,  " 5,5"s,   " 5, 5"s,     " 5,6"s,
          " 5 5"s, " 5,"s,  " ,5"s,    " 0x5"s,      " 5x"s,
          " 5.0"s, " 5e0"s, " \"5\""s, ""s,          " "s,
          "  5"s,  "\t5"s,  " 5 "s,    " \v5"s,      " 5\v"s,
          " 5\0"s, " 5;"s,  " 5_0"s,   " \xd9\xa5"s, " 18446744073709551616x"s}) {
        EXPECT_EQ(with_host("Content-Length:" + value + "\r\n"), "400") << value;
    }
    EXPECT_EQ(with_host("Content-Length: 18446744073709551616\r\n"), "413");
    EXPECT_EQ(with_host("Content-Length: 99999999999999999999999\r\n"), "413");
    EXPECT_EQ(with_host("Content-Length: 18446744073709551621\r\n"), "413") << "5 of 64 bits";
}

TEST(smuggling, with_several_lengths_is_refused) {
    EXPECT_EQ(with_host("Content-Length: 5\r\nContent-Length: 6\r\n"), "400");
    EXPECT_EQ(with_host("Content-Length: 5\r\nContent-Length: 5\r\n"), "400");
    EXPECT_EQ(with_host("Content-Length: 5\r\nContent-length: 0\r\n"), "400");
}

TEST(smuggling, with_chunks_in_http_1_0_is_refused) {
    EXPECT_EQ(refusal("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "POST / HTTP/1.0\r\n"), "400");
}

TEST(smuggling, with_a_body_behind_connect_is_refused) {
    const std::string start = "CONNECT a:1 HTTP/1.1\r\n";
    EXPECT_EQ(refusal("Host: a:1\r\nContent-Length: 5\r\n", "abcde", start), "400");
    EXPECT_EQ(refusal("Host: a:1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", start), "400");
}

/// What is told behind the head of a request in chunks, without "failed ".
std::string chunks(const std::string& body, const http::limits& bounds = {}) {
    const std::string told = read_requests(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body, bounds);
    const std::size_t at = told.find("failed ");
    return at == std::string::npos ? "taken" : told.substr(at + 7, 3);
}

TEST(smuggling, with_malformed_chunks_is_refused) {
    for (const std::string& body : {"\r\n"s,
                                    " 1\r\na\r\n"s,
                                    "1 \r\na\r\n"s,
                                    "1\t\r\na\r\n"s,
                                    "+1\r\na\r\n"s,
                                    "-1\r\na\r\n"s,
                                    "0x1\r\na\r\n"s,
                                    "1\na\r\n"s,
                                    "1\r\na\n0\r\n\r\n"s,
                                    "1\r\nab\r\n"s,
                                    "1\r\na0\r\n\r\n"s,
                                    "1\r\na\r0\r\n\r\n"s,
                                    "2\r\na\r\n0\r\n\r\n"s,
                                    "x\r\n"s,
                                    ";a\r\n\r\n"s,
                                    "1;\r\na\r\n"s,
                                    "1;a\nb\r\n"s,
                                    "1;a\rb\r\n"s,
                                    "1;\0\r\n"s,
                                    "1; a\r\na\r\n"s,
                                    "1 ;a\r\na\r\n"s,
                                    "1\0\r\na\r\n"s,
                                    "1\v\r\na\r\n"s,
                                    "g\r\n"s,
                                    "\n0\r\n\r\n"s,
                                    "0\n\r\n"s,
                                    "0\r\n\n"s,
                                    "0\r\n\rX"s,
                                    "1,1\r\na\r\n"s}) {
        EXPECT_EQ(chunks(body), "400") << body;
    }
    EXPECT_EQ(chunks("00000000000000001\r\na\r\n0\r\n\r\n"), "413") << "17 digits";
    EXPECT_EQ(chunks("10000000000000001\r\na\r\n0\r\n\r\n"), "413") << "1 of 64 bits";
    EXPECT_EQ(chunks("0000000000000001\r\na\r\n0000000000000000\r\n\r\n"), "taken");
}

TEST(smuggling, with_trailers_that_come_too_late_is_refused) {
    for (const char* line :
         {"Content-Length: 5", "Transfer-Encoding: chunked", "Host: b", "Authorization: x",
          "Cookie: a=b", "Connection: close", "X : y", " X: y", "X", "X: \v"})
        EXPECT_EQ(chunks("0\r\n"s + line + "\r\n\r\n"), "400") << line;
    EXPECT_EQ(chunks("0\r\nX: y\r\n\r\n"), "taken");
}

TEST(smuggling, with_hosts_that_are_none_or_many_is_refused) {
    EXPECT_EQ(refusal(""), "400");
    EXPECT_EQ(refusal("Host: a\r\nHost: a\r\n"), "400");
    EXPECT_EQ(refusal("Host: a\r\nhost: b\r\n"), "400");
    EXPECT_EQ(refusal("Host: a\r\nHost: b\r\n", "", "GET / HTTP/1.0\r\n"), "400");
    for (const char* value : {"a b", "a, b", "u@a", "a/b", "a:x", "a:99999", "[::1", "a?b", "a#b",
                              "a\\b", "http://a", "\"a\"", "a\xa0"})
        EXPECT_EQ(refusal("Host: "s + value + "\r\n"), "400") << value;
    EXPECT_TRUE(refusal("Host:\r\n", "").starts_with("taken")) << "RFC 9112 section 3.2";
    EXPECT_TRUE(refusal("", "", "GET / HTTP/1.0\r\n").starts_with("taken"));
}

std::string first_line(const std::string& line) {
    return refusal("Host: a\r\n", "", line + "\r\n");
}

TEST(smuggling, in_the_first_line_is_refused) {
    for (const std::string& line :
         {"GET /a b HTTP/1.1"s,        "GET  / HTTP/1.1"s,   "GET /  HTTP/1.1"s,
          " GET / HTTP/1.1"s,          "GET / HTTP/1.1 "s,   "GET\t/\tHTTP/1.1"s,
          "GET / HTTP/1.1\v"s,         "GET /\0 HTTP/1.1"s,  "GET /"s,
          "GET / http/1.1"s,           "GET / HTTP/1.1x"s,   "GET /#a HTTP/1.1"s,
          "GET a HTTP/1.1"s,           "GET * HTTP/1.1"s,    "CONNECT / HTTP/1.1"s,
          "GET http://u@b/ HTTP/1.1"s, "\x16\x03\x01"s,      "G\x7fT / HTTP/1.1"s,
          "GET / HTTP/1.1\0"s,         "GET /\xa0 HTTP/1.1"s}) {
        EXPECT_EQ(first_line(line), "400") << line;
    }
    for (const char* version : {"0.9", "1.2", "2.0", "3.0", "0.0"})
        EXPECT_EQ(first_line("GET / HTTP/"s + version), "505") << version;
}

TEST(smuggling, of_control_characters_is_refused_wherever_they_stand) {
    for (int c = 0; c < 256; ++c) {
        if (c >= 0x20 && c != 0x7f) continue;
        const std::string all = "GET /abc HTTP/1.1\r\nHost: a\r\nX: yz\r\n\r\n";
        for (const std::size_t at : {std::size_t{6}, std::size_t{32}}) {
            std::string changed = all;
            changed[at] = static_cast<char>(c);
            const std::string told = read_requests(changed);
            const bool is_allowed = c == '\t' && at == 32;
            EXPECT_EQ(told.starts_with("failed 400"), !is_allowed) << c << " at " << at << told;
        }
    }
}

}  // namespace
