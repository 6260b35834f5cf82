// SPDX-License-Identifier: MIT

#include <patio/sql/from_row.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using patio::sql::bytes;
using patio::sql::conversion_error;
using patio::sql::from_row;
using patio::sql::row;
using patio::sql::row_type;
using patio::sql::value;

row make_row(std::vector<value> values) {
    patio::sql::column_names names;
    for (std::size_t index = 0; index < values.size(); ++index)
        names.push_back("c" + std::to_string(index));
    return row{std::make_shared<const patio::sql::column_names>(std::move(names)),
               std::move(values)};
}

struct user {
    std::int64_t id = 0;
    std::string name;
    std::optional<double> score;
    std::optional<std::string> note;
    bytes picture;
    bool is_admin = false;
};
struct single {
    int number = 0;
};
struct sixteen {
    int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p;
};
struct seventeen {
    int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q;
};
struct holder {
    std::unique_ptr<int> pointer;
};
class made_by_itself {
public:
    static made_by_itself from_row(const row& from) {
        return made_by_itself{from.get<int>("c0") * 2};
    }
    [[nodiscard]] int number() const { return number_; }

private:
    explicit made_by_itself(int number) : number_{number} {}
    int number_;
};

static_assert(row_type<row> && row_type<int> && row_type<std::optional<std::string>>);
static_assert(row_type<std::tuple<int, std::string>> && row_type<std::pair<int, bool>>);
static_assert(row_type<user> && row_type<single> && row_type<sixteen> && row_type<made_by_itself>);
static_assert(!row_type<seventeen>);
static_assert(!row_type<holder>);
static_assert(!row_type<std::tuple<int, std::unique_ptr<int>>>);

TEST(from_row, gives_structs_their_fields_in_order) {
    const user read =
        from_row<user>(make_row({value{std::int64_t{7}}, value{std::string{"Ada"}}, value{1.5},
                                 value{}, value{bytes{std::byte{1}}}, value{std::int64_t{1}}}));
    EXPECT_EQ(read.id, 7);
    EXPECT_EQ(read.name, "Ada");
    EXPECT_EQ(read.score, 1.5);
    EXPECT_EQ(read.note, std::nullopt);
    EXPECT_EQ(read.picture, bytes{std::byte{1}});
    EXPECT_TRUE(read.is_admin);
}

TEST(from_row, fills_structs_of_one_and_of_sixteen_fields) {
    EXPECT_EQ(from_row<single>(make_row({value{std::int64_t{3}}})).number, 3);
    std::vector<value> values;
    for (std::int64_t number = 0; number < 16; ++number)
        values.emplace_back(number);
    const auto read = from_row<sixteen>(make_row(std::move(values)));
    EXPECT_EQ(read.a, 0);
    EXPECT_EQ(read.p, 15);
}

TEST(from_row, gives_tuples_pairs_and_single_values) {
    const auto [number, text] = from_row<std::tuple<int, std::string>>(
        make_row({value{std::int64_t{3}}, value{std::string{"x"}}}));
    EXPECT_EQ(number, 3);
    EXPECT_EQ(text, "x");
    const auto both =
        from_row<std::pair<int, int>>(make_row({value{std::int64_t{1}}, value{std::int64_t{2}}}));
    EXPECT_EQ(both.second, 2);
    EXPECT_EQ(from_row<int>(make_row({value{std::int64_t{5}}})), 5);
    EXPECT_EQ(from_row<std::optional<int>>(make_row({value{}})), std::nullopt);
}

TEST(from_row, lets_classes_make_themselves) {
    EXPECT_EQ(from_row<made_by_itself>(make_row({value{std::int64_t{21}}})).number(), 42);
}

std::string failure_of_wide_row() {
    try {
        static_cast<void>(from_row<std::pair<int, int>>(make_row({value{}, value{}, value{}})));
    } catch (const conversion_error& error) {
        return error.what();
    }
    return "";
}

TEST(from_row, refuses_rows_of_another_width) {
    EXPECT_EQ(failure_of_wide_row(), "wanted a row of 2 columns, found 3: 'c0', 'c1', 'c2'");
}

TEST(from_row, names_the_column_that_does_not_fit) {
    try {
        static_cast<void>(
            from_row<std::pair<int, int>>(make_row({value{std::int64_t{1}}, value{}})));
        ADD_FAILURE() << "no exception";
    } catch (const conversion_error& error) {
        EXPECT_STREQ(error.column(), "c1");
        EXPECT_STREQ(error.what(), "column 'c1': wanted a 32-bit integer, found NULL");
    }
}

}  // namespace
