// SPDX-License-Identifier: MIT

#include <patio/sql/value.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using patio::sql::bytes;
using patio::sql::value;
using patio::sql::value_kind;

TEST(value, is_of_one_kind) {
    EXPECT_EQ(value{}.kind(), value_kind::null);
    EXPECT_EQ(value{std::int64_t{1}}.kind(), value_kind::integer);
    EXPECT_EQ(value{1.0}.kind(), value_kind::real);
    EXPECT_EQ(value{std::string{}}.kind(), value_kind::text);
    EXPECT_EQ(value{bytes{}}.kind(), value_kind::binary);
    EXPECT_EQ(value{1.0}.integer(), nullptr);
    EXPECT_NE(value{1.0}, value{std::int64_t{1}});
    EXPECT_STREQ(name_of(value_kind::binary), "bytes");
}

TEST(value, counts_what_its_text_takes) {
    EXPECT_EQ(value{std::string(1000, 'x')}.size_bytes(), 1000 + value{}.size_bytes());
    EXPECT_EQ(value{bytes(500)}.size_bytes(), 500 + value{}.size_bytes());
}

}  // namespace
