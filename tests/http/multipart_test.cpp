// SPDX-License-Identifier: MIT

#include <patio/http/multipart.hpp>

#include "support/scratch.hpp"
#include "support/scripted_server.hpp"

#include <patio/http/client.hpp>
#include <patio/io/run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using patio::async;
using patio::http::client;
using patio::test_support::ok;
using patio::test_support::scratch_directory;
using patio::test_support::scripted_server;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;

TEST(multipart, sends_fields_and_files_with_a_length_and_once_more) {
    const scratch_directory scratch;
    const std::string path = scratch.make("notes.txt", "the file");
    scripted_server server;
    server.on_connection({patio::test_support::redirect(307, "/again"), ok("")});
    patio::run([&]() -> async<> {
        client asking{server.options()};
        patio::http::multipart upload;
        upload.field("title", "a \"day\"").part("raw", "raw.bin", "bytes");
        co_await upload.file("notes", path, "text/plain");
        (void)co_await asking.post("http://h/", std::move(upload));
    }());
    ASSERT_EQ(server.requests.size(), 2U);
    for (const std::string& sent : server.requests) {
        EXPECT_THAT(sent, AllOf(HasSubstr("Content-Type: multipart/form-data; boundary=patio-"),
                                HasSubstr("Content-Length: "), HasSubstr("a \"day\"\r\n"),
                                HasSubstr("filename=\"raw.bin\"\r\n"), HasSubstr("\r\nbytes\r\n"),
                                HasSubstr("filename=\"notes.txt\"\r\nContent-Type: text/plain"),
                                HasSubstr("\r\n\r\nthe file\r\n--patio-"), EndsWith("--\r\n")));
    }
}

TEST(multipart, refuses_names_that_cannot_be_sent) {
    patio::http::multipart upload;
    EXPECT_THROW(upload.field(std::string(1, '\0'), "x"), patio::error);
}

}  // namespace
