// SPDX-License-Identifier: MIT
// label: threads

// Values on their way into a table and back.

#include "database_suite.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

enum class colour : unsigned char { red = 1, blue = 200 };
class point {
public:
    point(int px, int py) : x{px}, y{py} {}
    friend bool operator==(const point&, const point&) = default;
    int x;
    int y;
};

/// A type of the program's own, kept as text.
template <>
struct patio::sql::codec<point> {
    static constexpr const char* name = "a point";
    static value encode(const point& p) {
        return value{std::to_string(p.x) + "," + std::to_string(p.y)};
    }
    static std::optional<point> decode(const value& from) {
        const std::string* text = from.text();
        const std::size_t comma = text == nullptr ? std::string::npos : text->find(',');
        if (comma == std::string::npos) return std::nullopt;
        return point{std::stoi(text->substr(0, comma)), std::stoi(text->substr(comma + 1))};
    }
};

namespace {

using namespace patio::test_support;
using patio::async;
using patio::sql::bytes;
using patio::sql::errc;
using patio::sqlite::connection;

class sqlite_types : public database_suite {
protected:
    template <class Main>
    static void run_with_table(Main main) {
        run([&]() -> async<> {
            connection db = co_await open_fast(":memory:");
            co_await db.execute("create table t (v)");
            auto work = main(db);
            co_await std::move(work);
        });
    }
};

/// Through a table and back.
template <class T>
async<std::optional<T>> pass(connection& db, T value) {
    co_await db.execute("delete from t");
    co_await db.execute("insert into t values (?)", value);
    auto asking = db.query_one<T>("select v from t");
    std::optional<T> back = co_await std::move(asking);
    co_return back;
}

template <class T>
async<> expect_same(connection& db, T value) {
    const std::optional<T> back = co_await pass(db, value);
    const bool is_same = back.has_value() && *back == value;
    EXPECT_TRUE(is_same);
}

template <class T>
async<> expect_extremes(connection& db) {
    co_await expect_same(db, std::numeric_limits<T>::min());
    co_await expect_same(db, std::numeric_limits<T>::max());
    co_await expect_same(db, T{0});
    co_await expect_same(db, static_cast<T>(-1));
}

TEST_F(sqlite_types, keep_integers_of_each_width) {
    run_with_table([](connection& db) -> async<> {
        co_await expect_extremes<std::int8_t>(db);
        co_await expect_extremes<std::uint8_t>(db);
        co_await expect_extremes<std::int16_t>(db);
        co_await expect_extremes<std::uint16_t>(db);
        co_await expect_extremes<std::int32_t>(db);
        co_await expect_extremes<std::uint32_t>(db);
        co_await expect_extremes<std::int64_t>(db);
        co_await expect_same(db, std::uint64_t{std::numeric_limits<std::int64_t>::max()});
        co_await expect_same(db, true);
        co_await expect_same(db, false);
        co_await expect_same(db, colour::blue);
    });
}

TEST_F(sqlite_types, refuse_integers_that_no_database_has) {
    run_with_table([](connection& db) -> async<> {
        const auto insert = [&]() -> async<> {
            co_await db.execute("insert into t values (?)",
                                std::numeric_limits<std::uint64_t>::max());
        };
        const bool is_refused = co_await fails_with(insert(), errc::out_of_range);
        EXPECT_TRUE(is_refused);
    });
}

TEST_F(sqlite_types, keep_real_numbers_but_refuse_nan) {
    run_with_table([](connection& db) -> async<> {
        using limits = std::numeric_limits<double>;
        const std::array numbers{0.1,
                                 1.0,
                                 limits::max(),
                                 -limits::max(),
                                 limits::min(),
                                 limits::denorm_min(),
                                 limits::infinity(),
                                 -limits::infinity(),
                                 1.0 / 3};
        for (const double number : numbers)
            co_await expect_same(db, number);
        const std::optional<double> zero = co_await pass(db, -0.0);
        EXPECT_EQ(zero, 0.0);
        co_await expect_same(db, 0.1F);
        const auto insert = [&]() -> async<> {
            co_await db.execute("insert into t values (?)", limits::quiet_NaN());
        };
        const std::string failure = co_await failure_of(insert());
        EXPECT_EQ(failure, "parameter 1 is not a number (NaN), which SQLite would make NULL");
        const auto whole = co_await db.query_one<double>("select 2");
        EXPECT_EQ(whole, 2.0) << "an integer is a real number too";
    });
}

TEST_F(sqlite_types, keep_texts_and_bytes_whatever_is_in_them) {
    run_with_table([](connection& db) -> async<> {
        const std::array texts{
            std::string{},        std::string{"plain"},       std::string("a\0b\0", 4),
            std::string{"äöü🙂"}, std::string("\xff\xfe", 2), std::string(1'000'000, 'x')};
        for (const std::string& text : texts)
            co_await expect_same(db, text);
        bytes all;
        for (int byte = 0; byte < 256; ++byte)
            all.push_back(static_cast<std::byte>(byte));
        co_await expect_same(db, all);
        co_await expect_same(db, bytes{});
        const auto kind = co_await db.query_one<std::string>("select typeof(v) from t");
        EXPECT_EQ(kind, "blob") << "no bytes are not NULL";
    });
}

TEST_F(sqlite_types, keep_null_as_an_empty_optional) {
    run_with_table([](connection& db) -> async<> {
        co_await expect_same(db, std::optional<int>{});
        co_await expect_same(db, std::optional<int>{5});
        co_await expect_same(db, std::optional<std::string>{""});
        co_await expect_same(db, std::optional<bytes>{});
        const auto nulls = co_await db.query_one<std::pair<bool, bool>>(
            "select ? is null, ? is null", nullptr, std::nullopt);
        EXPECT_EQ(nulls, std::pair(true, true));
    });
}

TEST_F(sqlite_types, take_views_and_copy_what_they_show) {
    run_with_table([](connection& db) -> async<> {
        std::string text = "before";
        const std::vector<std::byte> content{std::byte{1}, std::byte{2}};
        auto inserting = db.query_one<std::tuple<std::string, std::string, bytes>>(
            "select ?, ?, ?", std::string_view{text}, text.c_str(), patio::byte_view{content});
        text = "behind";
        const auto got = co_await std::move(inserting);
        EXPECT_EQ(got, std::tuple(std::string{"before"}, std::string{"before"}, content));
    });
}

TEST_F(sqlite_types, may_be_of_the_programs_own) {
    run_with_table([](connection& db) -> async<> {
        co_await expect_same(db, point{3, -4});
        co_await expect_same(db, std::optional<point>{point{1, 2}});
        const auto wrong = [&]() -> async<> {
            static_cast<void>(co_await db.query_one<point>("select 'none' as p"));
        };
        const std::string failure = co_await failure_of(wrong());
        EXPECT_EQ(failure, "column 'p': wanted a point, found a text");
    });
}

TEST_F(sqlite_types, keep_random_values) {
    run_with_table([](connection& db) -> async<> {
        const unsigned seed = std::random_device{}();
        std::mt19937_64 random{seed};
        for (int round = 0; round < 200; ++round) {
            const auto number = static_cast<std::int64_t>(random());
            const double real =
                std::ldexp(static_cast<double>(number), static_cast<int>(random() % 1800) - 900);
            std::string text(random() % 100, '\0');
            for (char& each : text)
                each = static_cast<char>(random());
            bytes content(random() % 100);
            for (std::byte& each : content)
                each = static_cast<std::byte>(random());
            using all = std::tuple<std::int64_t, double, std::string, bytes, bool>;
            const auto back = co_await db.query_one<all>("select ?, ?, ?, ?, ?", number, real, text,
                                                         content, round % 2 == 0);
            EXPECT_TRUE(back == all(number, real, text, content, round % 2 == 0))
                << "seed " << seed << ", round " << round;
        }
    });
}

}  // namespace
