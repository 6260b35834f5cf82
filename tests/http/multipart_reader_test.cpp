// SPDX-License-Identifier: MIT

#include "http/multipart_reader.hpp"

#include "http/cuts.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace {

using patio::http::multipart_boundary;
using patio::http::multipart_event;
using patio::http::multipart_fault;
using patio::http::multipart_limits;
using patio::http::multipart_reader;
using patio_tests::pieces;

const char* word_of(multipart_fault fault) {
    switch (fault) {
        case multipart_fault::none:
            return "none";
        case multipart_fault::parts_max:
            return "parts_max";
        case multipart_fault::part_header_bytes_max:
            return "part_header_bytes_max";
        case multipart_fault::bad_delimiter:
            return "bad_delimiter";
        case multipart_fault::bad_header:
            return "bad_header";
        case multipart_fault::bad_disposition:
            return "bad_disposition";
        case multipart_fault::extended_filename:
            return "extended_filename";
        case multipart_fault::truncated:
            return "truncated";
    }
    return "?";
}

/// "name(filename)=body|", then "." at the end or the fault.
std::string read_pieces(const pieces& input, multipart_limits limits) {
    multipart_reader reader{"b", limits};
    std::string said;
    bool has_ended = false;
    for (const std::string_view each : input) {
        patio::byte_view bytes{each};
        for (bool goes_on = true; goes_on;) {
            switch (reader.next(bytes)) {
                case multipart_event::wants_input:
                    EXPECT_TRUE(bytes.empty());
                    goes_on = false;
                    break;
                case multipart_event::part:
                    said += reader.name();
                    if (reader.filename()) said += "(" + *reader.filename() + ")";
                    said += "=";
                    break;
                case multipart_event::body:
                    EXPECT_FALSE(reader.body().empty());
                    said.append(reinterpret_cast<const char*>(reader.body().data()),
                                reader.body().size());
                    break;
                case multipart_event::part_end:
                    said += "|";
                    break;
                case multipart_event::end:
                    goes_on = false;
                    has_ended = true;
                    break;
                case multipart_event::failed:
                    EXPECT_NE(reader.fault(), multipart_fault::none);
                    goes_on = false;
                    break;
            }
        }
    }
    const multipart_fault fault = reader.finish();
    EXPECT_EQ(has_ended, fault == multipart_fault::none);
    return said + (has_ended ? "." : word_of(fault));
}

std::string read(std::string_view text, multipart_limits limits = {}) {
    return patio_tests::feed_in_all_ways(
        text, [&](const pieces& input) { return read_pieces(input, limits); });
}

/// A part's head.
std::string part(std::string_view disposition) {
    return "--b\r\nContent-Disposition: " + std::string{disposition} + "\r\n\r\n";
}

/// A form of one empty part with that disposition.
std::string read_disposition(std::string_view disposition) {
    return read_pieces(pieces{part(disposition) + "\r\n--b--"}, {});
}

TEST(multipart_reader, reads_fields_and_files) {
    EXPECT_EQ(read("--b\r\n"
                   "Content-Disposition: form-data; name=\"field\"\r\n"
                   "\r\n"
                   "value\r\n"
                   "--b\r\n"
                   "content-disposition:form-data;name=file;filename=\"a b.txt\"\r\n"
                   "Content-Type: text/plain\r\n"
                   "\r\n"
                   "line\r\nline\r\n\r\n"
                   "--b--\r\n"),
              "field=value|file(a b.txt)=line\r\nline\r\n|.");
}

TEST(multipart_reader, bodies_may_look_nearly_like_boundaries) {
    EXPECT_EQ(read(part("form-data; name=n") + "\r\r\n\r\n-\r\n--\r\n--a\r\n--\r\r\n--b--"),
              "n=\r\r\n\r\n-\r\n--\r\n--a\r\n--\r|.");
    EXPECT_EQ(read(part("form-data; name=n") + "--B--b\n--b\r--b\r\n--b--"),
              "n=--B--b\n--b\r--b|.");
}

TEST(multipart_reader, bodies_may_be_empty_or_missing) {
    EXPECT_EQ(read(part("form-data; name=n") + "\r\n--b--"), "n=|.");
    EXPECT_EQ(read(part("form-data; name=n") + "--b--"), "n=|.");
    EXPECT_EQ(read(part("form-data; name=n") + "-\r\n--b--"), "n=-|.");
    EXPECT_EQ(read("--b--\r\n"), ".") << "a form without fields, as browsers send it";
}

TEST(multipart_reader, text_around_the_parts_is_ignored) {
    EXPECT_EQ(read("preamble\r\n\r\n--a\r\n" + part("form-data; name=n") +
                   "x\r\n--b  \t\r\nContent-Disposition: form-data; name=m\r\n\r\n"
                   "y\r\n--b--epilogue\r\n--b\r\nz"),
              "n=x|m=y|.");
}

TEST(multipart_reader, a_boundary_needs_the_end_of_its_line) {
    for (const char* end : {"x", "-x", "\n", "\rx", " x", " --", "b\r\n", "\t\n"})
        EXPECT_EQ(read("--b" + std::string{end}), "bad_delimiter") << end;
}

TEST(multipart_reader, lines_of_a_head_are_fields) {
    for (const char* line : {"no colon", ": x", "a b: x", "A: x\r\n folded", "A: \x01", "A : x"}) {
        EXPECT_EQ(read("--b\r\n" + std::string{line} + "\r\n\r\n"), "bad_header") << line;
    }
    EXPECT_EQ(read("--b\r\nA: x\n"), "bad_header") << "a bare LF";
    EXPECT_EQ(read("--b\r\nContent-Disposition: form-data; name=a\r\n--b--"), "truncated")
        << "a head without its end";
}

TEST(multipart_reader, every_part_says_once_which_field_it_is) {
    EXPECT_EQ(read("--b\r\n\r\nx\r\n--b--"), "bad_disposition");
    EXPECT_EQ(read("--b\r\nA: b\r\n\r\nx\r\n--b--"), "bad_disposition");
    EXPECT_EQ(read("--b\r\nContent-Disposition: form-data; name=a\r\n"
                   "Content-Disposition: form-data; name=a\r\n\r\n"),
              "bad_disposition");
    for (const char* wrong :
         {"attachment; name=a", "form-data", "form-data; filename=a", "form-data; name",
          "form-data; name=", "form-data; name=\"a", "form-data; name=\"a\"x", "form-data name=a",
          "form-data; name=a; name=b", "form-data; name=a; filename=b; filename=c",
          "form-data; name=a;", "form-data;; name=a", "form-data; name=\"a\\\"b\"", "",
          "form-data;"})
        EXPECT_EQ(read_disposition(wrong), "bad_disposition") << wrong;
    EXPECT_EQ(read_disposition("FORM-DATA ; x=\"y\" ; NAME=a"), "a=|.");
    EXPECT_EQ(read_disposition("form-data; name=\"\""), "=|.");
}

TEST(multipart_reader, names_are_quoted_as_browsers_do_it) {
    EXPECT_EQ(read_disposition("form-data; name=\"a%22b%0D%0ac%20%2\""), "a\"b\r\nc%20%2=|.");
    EXPECT_EQ(read_disposition("form-data; name=\"a;b=c\\d%\""), "a;b=c\\d%=|.");
    EXPECT_EQ(read_disposition("form-data; name=\"\xC3\xA4\"; filename=\"\xE2\x82\xAC.txt\""),
              "\xC3\xA4(\xE2\x82\xAC.txt)=|.");
}

TEST(multipart_reader, file_names_have_no_directories) {
    const auto filename = [](const std::string& name) {
        return read_disposition("form-data; name=n; filename=\"" + name + "\"");
    };
    EXPECT_EQ(filename("../../etc/passwd"), "n(passwd)=|.");
    EXPECT_EQ(filename("C:\\dir\\file.txt"), "n(file.txt)=|.");
    EXPECT_EQ(filename("dir/.."), "n()=|.");
    EXPECT_EQ(filename("."), "n()=|.");
    EXPECT_EQ(filename(""), "n()=|.");
    EXPECT_EQ(filename("..."), "n(...)=|.");
}

TEST(multipart_reader, extended_file_names_are_refused) {
    EXPECT_EQ(read_disposition("form-data; name=n; filename*=utf-8''x"), "extended_filename");
    EXPECT_EQ(read_disposition("form-data; name=n; filename=y; FileName*=utf-8''x"),
              "extended_filename");
}

TEST(multipart_reader, an_end_before_the_last_boundary_is_an_error) {
    const std::string whole = part("form-data; name=n") + "x\r\n--b--";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::string said = read_pieces(pieces{whole.substr(0, size)}, {});
        EXPECT_TRUE(said.ends_with("truncated")) << size << ": " << said;
    }
}

TEST(multipart_reader, counts_parts) {
    const std::string one = part("form-data; name=n") + "x\r\n";
    EXPECT_EQ(read(one + one + "--b--", multipart_limits{}.parts_max(2)), "n=x|n=x|.");
    EXPECT_EQ(read(one + one + one + "--b--", multipart_limits{}.parts_max(2)),
              "n=x|n=x|parts_max");
}

TEST(multipart_reader, bounds_the_head_of_a_part) {
    const std::string head = "Content-Disposition: form-data; name=n\r\n\r\n";
    const std::string form = "--b\r\n" + head + "x\r\n--b--";
    EXPECT_EQ(read(form, multipart_limits{}.part_header_bytes_max(head.size())), "n=x|.");
    EXPECT_EQ(read(form, multipart_limits{}.part_header_bytes_max(head.size() - 1)),
              "part_header_bytes_max");
}

TEST(multipart_boundary, is_found_in_the_content_type) {
    EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc"), "abc");
    EXPECT_EQ(multipart_boundary("Multipart/Form-Data;charset=utf-8; BOUNDARY=\"a \\b\" "), "a b");
    EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=----=_Part/1:2"), "----=_Part/1:2");
    const std::string longest(70, 'x');
    EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=" + longest), longest);
    for (const std::string& wrong :
         {std::string{""}, std::string{"multipart/form-data"},
          std::string{"multipart/mixed; boundary=a"}, std::string{"multipart/form-data; boundary="},
          std::string{"multipart/form-data; boundary=\"a \""},
          std::string{"multipart/form-data; boundary=\"a"},
          std::string{"multipart/form-data; boundary=a; boundary=b"},
          std::string{"multipart/form-data; boundary=a\xC3\xA4"},
          std::string{"multipart/form-data boundary=a"},
          "multipart/form-data; boundary=x" + longest})
        EXPECT_EQ(multipart_boundary(wrong), std::nullopt) << wrong;
}

}  // namespace
