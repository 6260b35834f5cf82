// SPDX-License-Identifier: MIT

#include <patio/core/error.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string>

namespace {

using patio::errc;
using patio::error;

TEST(error, says_what_was_done_and_why_it_failed) {
    const error refused = error::from_errno(ECONNREFUSED, "connecting to 192.0.2.1:80");
    EXPECT_STREQ(refused.what(), "connecting to 192.0.2.1:80: Connection refused");
    EXPECT_EQ(refused.code(), std::errc::connection_refused);
    EXPECT_EQ(refused.code().value(), ECONNREFUSED);
    const error closed{errc::closed, "reading"};
    EXPECT_STREQ(closed.what(), "reading: it was closed on this side");
    EXPECT_EQ(closed.code(), errc::closed);
    EXPECT_NE(closed.code(), errc::end_of_stream);
}

TEST(error, has_words_of_its_own_for_each_code) {
    std::set<std::string> said;
    for (int code = 1; code <= static_cast<int>(errc::refused); ++code)
        said.insert(patio::error_category().message(code));
    EXPECT_EQ(said.size(), static_cast<std::size_t>(errc::refused));
    EXPECT_FALSE(said.contains("unknown error"));
    EXPECT_EQ(patio::error_category().message(0), "unknown error");
    EXPECT_STREQ(patio::error_category().name(), "patio");
}

TEST(error, is_caught_as_what_the_standard_library_knows) {
    EXPECT_THROW(throw error(errc::malformed, "reading a port"), std::system_error);
    const std::error_code code = errc::malformed;
    EXPECT_EQ(&code.category(), &patio::error_category());
}

TEST(limit_exceeded, names_the_limit) {
    const patio::limit_exceeded failure{"line_bytes_max", 65536};
    EXPECT_STREQ(failure.name(), "line_bytes_max");
    EXPECT_EQ(failure.limit(), 65536U);
    EXPECT_STREQ(failure.what(), "line_bytes_max = 65536: more came than the limit allows");
    EXPECT_EQ(failure.code(), errc::limit_exceeded);
}

}  // namespace
