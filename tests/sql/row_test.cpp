// SPDX-License-Identifier: MIT

#include <patio/sql/row.hpp>

#include <patio/core/sendable.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using patio::sql::column_names;
using patio::sql::conversion_error;
using patio::sql::row;
using patio::sql::value;

static_assert(patio::sendable<row>);

row make_row() {
    std::vector<value> values;
    values.emplace_back(std::int64_t{7});
    values.emplace_back(std::string{"Ada"});
    values.emplace_back();
    values.emplace_back(std::int64_t{8});
    return row{std::make_shared<const column_names>(column_names{"id", "name", "twice", "twice"}),
               std::move(values)};
}

template <class F>
std::string failure_of(F call) {
    try {
        call();
    } catch (const conversion_error& error) {
        return error.what();
    }
    return "";
}

TEST(row, gives_values_by_number_and_by_name) {
    const row made = make_row();
    EXPECT_EQ(made.size(), 4U);
    EXPECT_EQ(made.get<int>(0), 7);
    EXPECT_EQ(made.get<std::string>("name"), "Ada");
    EXPECT_EQ(made.name(1), "name");
    EXPECT_TRUE(made[2].is_null());
    EXPECT_EQ(row{}.size(), 0U);
}

TEST(row, moves_values_out_on_demand) {
    row made = make_row();
    EXPECT_EQ(made.take<std::string>(1), "Ada");
    EXPECT_EQ(made.get<std::string>(1), "");
}

TEST(row, says_what_it_has_instead) {
    const row made = make_row();
    EXPECT_EQ(failure_of([&] { static_cast<void>(made.get<int>("none")); }),
              "the row has no column 'none', but: 'id', 'name', 'twice', 'twice'");
    EXPECT_EQ(failure_of([&] { static_cast<void>(made.get<int>("twice")); }),
              "the row has several columns named 'twice': ask by number, or rename with AS");
    EXPECT_EQ(failure_of([&] { static_cast<void>(made.get<int>(4)); }),
              "the row has no column 4, but 4 columns, counted from 0");
    EXPECT_EQ(failure_of([&] { static_cast<void>(made.get<int>(1)); }),
              "column 'name': wanted a 32-bit integer, found a text");
    EXPECT_EQ(failure_of([&] { static_cast<void>(made.get<int>(2)); }),
              "column 'twice': wanted a 32-bit integer, found NULL");
}

}  // namespace
