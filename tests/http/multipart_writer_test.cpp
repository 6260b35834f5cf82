// SPDX-License-Identifier: MIT

#include "http/multipart_writer.hpp"

#include "http/multipart_reader.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using patio::http::multipart_write_fault;
using patio::http::multipart_writer;
using kind = multipart_writer::piece_kind;

constexpr std::string_view random_bytes = "0123456789abcdef";

std::string write(multipart_writer& form, const std::vector<std::string>& files) {
    std::string all;
    bool was_bytes = false;
    for (auto piece = form.next(); piece.kind != kind::end; piece = form.next()) {
        if (piece.kind == kind::bytes) {
            all.append(reinterpret_cast<const char*>(piece.bytes.data()), piece.bytes.size());
        } else {
            all += files.at(piece.file_index);
        }
        EXPECT_FALSE(was_bytes && piece.kind == kind::bytes);
        was_bytes = piece.kind == kind::bytes;
    }
    EXPECT_EQ(form.next().kind, kind::end);
    return all;
}

TEST(multipart_writer, writes_fields_and_files_in_their_order) {
    multipart_writer form{random_bytes};
    const std::string b{form.boundary()};
    EXPECT_EQ(b, "patio-30313233343536373839616263646566");
    EXPECT_EQ(form.content_type(), "multipart/form-data; boundary=" + b);
    EXPECT_EQ(form.add_field("a", "1\n2"), multipart_write_fault::none);
    EXPECT_EQ(form.add_file("f", "x.txt", "text/plain", 3), multipart_write_fault::none);
    EXPECT_EQ(form.add_file("g", "", "", 0), multipart_write_fault::none);
    EXPECT_EQ(form.add_field("z", ""), multipart_write_fault::none);
    const std::string expected =
        "--" + b + "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\n2\r\n" + "--" + b +
        "\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\n" +
        "Content-Type: text/plain\r\n\r\nabc\r\n" + "--" + b +
        "\r\nContent-Disposition: form-data; name=\"g\"; filename=\"\"\r\n" +
        "Content-Type: application/octet-stream\r\n\r\n\r\n" + "--" + b +
        "\r\nContent-Disposition: form-data; name=\"z\"\r\n\r\n\r\n" + "--" + b + "--\r\n";
    EXPECT_EQ(form.content_length(), expected.size());
    EXPECT_EQ(write(form, {"abc", ""}), expected);
    form.rewind();
    EXPECT_EQ(write(form, {"abc", ""}), expected) << "once more";
}

TEST(multipart_writer, a_form_without_parts_is_its_end) {
    multipart_writer form{random_bytes};
    EXPECT_EQ(write(form, {}), "--" + std::string{form.boundary()} + "--\r\n");
}

TEST(multipart_writer, knows_its_length_if_it_knows_all_sizes) {
    multipart_writer form{random_bytes};
    EXPECT_EQ(form.add_file("f", "x", "", std::nullopt), multipart_write_fault::none);
    EXPECT_EQ(form.content_length(), std::nullopt);
    multipart_writer huge{random_bytes};
    EXPECT_EQ(huge.add_file("f", "x", "", UINT64_MAX), multipart_write_fault::none);
    EXPECT_EQ(huge.content_length(), std::nullopt) << "more than can be counted";
}

TEST(multipart_writer, names_cannot_leave_their_quotes) {
    multipart_writer form{random_bytes};
    EXPECT_EQ(form.add_file("a\"; b=\"c", "x\r\nSet: y\\", "", 0), multipart_write_fault::none);
    EXPECT_NE(write(form, {""}).find("name=\"a%22; b=%22c\"; filename=\"x%0D%0ASet: y\\\"\r\n"),
              std::string::npos);
}

TEST(multipart_writer, what_cannot_be_written_changes_nothing) {
    multipart_writer form{random_bytes};
    EXPECT_EQ(form.add_field(std::string_view{"a\0", 2}, ""), multipart_write_fault::bad_name);
    EXPECT_EQ(form.add_file("a", "\x1B", "", 0), multipart_write_fault::bad_name);
    EXPECT_EQ(form.add_file("a", "b", "text/plain\r\nA: b", 0),
              multipart_write_fault::bad_content_type);
    EXPECT_EQ(write(form, {}), "--" + std::string{form.boundary()} + "--\r\n");
}

TEST(multipart_writer, what_it_writes_is_read_as_it_was) {
    multipart_writer form{random_bytes};
    EXPECT_EQ(form.add_field("a\r\nb\"", "\r\n--patio"), multipart_write_fault::none);
    EXPECT_EQ(form.add_file("f", "n\"ame", "a/b", 5), multipart_write_fault::none);
    const std::string body = write(form, {"\r\n\r\n-"});
    const auto boundary = patio::http::multipart_boundary(form.content_type());
    ASSERT_TRUE(boundary);
    patio::http::multipart_reader reader{*boundary};
    patio::byte_view input{body};
    std::string said;
    for (;;) {
        const auto event = reader.next(input);
        if (event == patio::http::multipart_event::part) {
            said += reader.name() + reader.filename().value_or("-") + "=";
        } else if (event == patio::http::multipart_event::body) {
            said.append(reinterpret_cast<const char*>(reader.body().data()), reader.body().size());
        } else if (event != patio::http::multipart_event::part_end) {
            EXPECT_EQ(event, patio::http::multipart_event::end);
            break;
        }
    }
    EXPECT_EQ(said, "a\r\nb\"-=\r\n--patiofn\"ame=\r\n\r\n-");
}

}  // namespace
