// SPDX-License-Identifier: MIT

#include "io/resolver_files.hpp"

#include <patio/core/error.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

using patio::detail::find_in_hosts;
using patio::detail::find_service;
using patio::detail::read_patience;

std::vector<std::string> found(std::string_view text, std::string_view name) {
    std::vector<std::string> texts;
    for (const patio::ip_address& each : find_in_hosts(text, name))
        texts.push_back(each.to_string());
    return texts;
}

using texts = std::vector<std::string>;

TEST(hosts_file, gives_all_addresses_of_a_name_in_its_order) {
    const char* text =
        "192.0.2.1 db.test db\n"
        "192.0.2.2\tother.test\n"
        "2001:db8::1   web.test  db\n"
        "192.0.2.1 db";
    EXPECT_EQ(found(text, "db"), (texts{"192.0.2.1", "2001:db8::1"}));
    EXPECT_EQ(found(text, "other.test"), (texts{"192.0.2.2"}));
    EXPECT_EQ(found(text, "d"), texts{});
    EXPECT_EQ(found(text, "192.0.2.1"), texts{});
    EXPECT_EQ(found("", "db"), texts{});
}

TEST(hosts_file, may_be_as_untidy_as_people_write_it) {
    const char* text =
        "# 192.0.2.9 db\n"
        "\n"
        "   \t \n"
        "192.0.2.1\n"
        "nonsense db\n"
        "  192.0.2.2 DB.Test#comment\r\n"
        "192.0.2.3 x # db\n"
        "fe80::1%1 link\r\n";
    EXPECT_EQ(found(text, "db"), texts{});
    EXPECT_EQ(found(text, "db.test"), (texts{"192.0.2.2"}));
    EXPECT_EQ(found(text, "link"), (texts{"fe80::1%1"}));
}

TEST(resolver_patience, is_that_of_the_c_library_unless_told_otherwise) {
    EXPECT_EQ(read_patience("").timeout_seconds, 5);
    EXPECT_EQ(read_patience("").attempts, 2);
    const auto told = read_patience(
        "nameserver 192.0.2.1\n"
        "options ndots:2 timeout:1\n"
        "# options timeout:9\n"
        "options\tattempts:4 rotate ; timeout:8\n");
    EXPECT_EQ(told.timeout_seconds, 1);
    EXPECT_EQ(told.attempts, 4);
}

TEST(resolver_patience, has_bounds) {
    const auto much = read_patience("options timeout:1000000 attempts:99\n");
    EXPECT_EQ(much.timeout_seconds, 30);
    EXPECT_EQ(much.attempts, 5);
    const auto little = read_patience("options timeout:0 attempts:-1 timeout: attempts:x\n");
    EXPECT_EQ(little.timeout_seconds, 1);
    EXPECT_EQ(little.attempts, 1);
    const auto beyond = read_patience("options timeout:99999999999999999999\n");
    EXPECT_EQ(beyond.timeout_seconds, 5);
}

TEST(services, have_numbers_and_names) {
    EXPECT_EQ(find_service("0"), 0);
    EXPECT_EQ(find_service("65535"), 65535);
    EXPECT_EQ(find_service("http"), 80);
    EXPECT_EQ(find_service("domain"), 53);
    EXPECT_EQ(find_service("tftp"), 69) << "UDP only";
    for (const char* text : {"", "65536", "-1", "80x", " 80", "no-such-service"})
        EXPECT_FALSE(find_service(text)) << text;
}

TEST(small_files, are_read_whole_or_the_error_names_them) {
    std::string long_text(10'000, 'x');
    long_text += "end";
    const std::string path = ::testing::TempDir() + "patio_small_file";
    std::FILE* file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs(long_text.c_str(), file);
    std::fclose(file);
    EXPECT_EQ(patio::detail::read_small_file(path), long_text);
    std::remove(path.c_str());
    try {
        (void)patio::detail::read_small_file(path);
        ADD_FAILURE();
    } catch (const patio::error& e) {
        EXPECT_EQ(e.code(), std::errc::no_such_file_or_directory);
        EXPECT_NE(std::string{e.what()}.find(path), std::string::npos) << e.what();
    }
    EXPECT_THROW((void)patio::detail::read_small_file("/"), patio::error);
}

}  // namespace
