// SPDX-License-Identifier: MIT

// What is kept, in memory and in files.

#include "store.hpp"

#include "full_disk.hpp"
#include "limits.hpp"

#include "support/scratch.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/sqlite/connection.hpp>
#include <patio/testing/run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using chat::draft;
using patio::async;

draft saying(const std::string& text, const std::string& person = "ann") {
    return {"lobby", person, "Ann", text, 1'000, "key-of-" + text.substr(0, 50)};
}
async<std::int64_t> say(chat::store& in, draft what) {
    std::vector<draft> one;
    one.push_back(std::move(what));
    const auto receipts = co_await in.add(std::move(one));
    co_return receipts.at(0).id;
}
async<> say_many(chat::store& in, int count, std::string text) {
    std::vector<draft> all;
    for (int i = 0; i < count; ++i)
        all.push_back(saying(std::to_string(i) + text));
    co_await in.add(std::move(all));
}

TEST(a_store, gives_increasing_ids) {
    const auto main = []() -> async<> {
        chat::store kept = co_await chat::store::open(":memory:");
        const std::int64_t first = co_await say(kept, saying("one"));
        const std::int64_t second = co_await say(kept, saying("two"));
        EXPECT_GT(second, first);
        const chat::page seen = co_await kept.latest("lobby");
        EXPECT_EQ(seen.messages.size(), 2U);
        EXPECT_EQ(seen.messages.at(0).text, "one");
        EXPECT_EQ(seen.messages.at(1).id, second);
        EXPECT_FALSE(seen.has_older);
    };
    patio::testing::run(main);
}

TEST(a_store, keeps_a_message_that_is_sent_again_once) {
    const auto main = []() -> async<> {
        chat::store kept = co_await chat::store::open(":memory:");
        const std::int64_t first = co_await say(kept, saying("one"));
        std::vector<draft> both;
        both.push_back(saying("one"));
        both.push_back(saying("one", "ben"));  // a key counts together with its person
        const auto receipts = co_await kept.add(std::move(both));
        EXPECT_EQ(receipts.at(0).id, first);
        EXPECT_TRUE(receipts.at(0).is_repeated);
        EXPECT_FALSE(receipts.at(1).is_repeated);
        const auto found = co_await kept.find("ann", "lobby", "key-of-one");
        EXPECT_EQ(found.value().id, first);
        const auto missing = co_await kept.find("ann", "other", "key-of-one");
        EXPECT_FALSE(missing);
    };
    patio::testing::run(main);
}

TEST(a_store, gives_pages) {
    const auto main = []() -> async<> {
        chat::store kept = co_await chat::store::open(":memory:");
        co_await say_many(kept, 120, "m");
        const chat::page last = co_await kept.latest("lobby");
        EXPECT_EQ(last.messages.size(), 50U);
        EXPECT_TRUE(last.has_older);
        EXPECT_EQ(last.messages.back().text, "119m");
        const chat::page middle = co_await kept.before("lobby", last.messages.front().id);
        const chat::page first = co_await kept.before("lobby", middle.messages.front().id);
        EXPECT_EQ(first.messages.size(), 20U);
        EXPECT_EQ(first.messages.front().text, "0m");
        EXPECT_FALSE(first.has_older);
    };
    patio::testing::run(main);
}

TEST(a_store, gives_what_was_missed_or_says_that_it_is_too_much) {
    const auto main = []() -> async<> {
        chat::store kept = co_await chat::store::open(":memory:");
        const std::int64_t seen = co_await say(kept, saying("seen"));
        co_await say_many(kept, 200, "m");
        const auto missed = co_await kept.since("lobby", seen);
        EXPECT_EQ(missed.value().messages.size(), 200U);
        EXPECT_EQ(missed.value().messages.front().text, "0m");
        const auto nothing = co_await kept.since("lobby", missed.value().messages.back().id);
        EXPECT_TRUE(nothing.value().messages.empty());
        const std::int64_t one_more = co_await say(kept, saying("more"));
        EXPECT_GT(one_more, seen);
        const auto too_much = co_await kept.since("lobby", seen);
        EXPECT_FALSE(too_much);
    };
    patio::testing::run(main);
}

TEST(a_store, keeps_pages_short) {
    const auto main = []() -> async<> {
        chat::store kept = co_await chat::store::open(":memory:");
        co_await say_many(kept, 50, std::string(3'900, '"'));
        const chat::page some = co_await kept.latest("lobby");
        EXPECT_TRUE(some.has_older);
        EXPECT_LE(chat::write_history("lobby", 1, some).size(), chat::page_bytes_max + 100);
        EXPECT_FALSE(some.messages.empty());
    };
    patio::testing::run(main);
}

TEST(a_store, gives_a_name_to_one_person_in_a_room) {
    const auto main = []() -> async<> {
        chat::store kept = co_await chat::store::open(":memory:");
        const bool first = co_await kept.claim("lobby", "Ann", "a", 0);
        const bool other = co_await kept.claim("lobby", "aNN", "b", 1);
        const bool elsewhere = co_await kept.claim("den", "Ann", "b", 1);
        EXPECT_TRUE(first);
        EXPECT_FALSE(other);
        EXPECT_TRUE(elsewhere);
        const bool same = co_await kept.claim("lobby", "ANN", "a", 2);
        EXPECT_TRUE(same);
        const auto name = co_await kept.name_of("lobby", "a", 3);
        EXPECT_EQ(name.value(), "ANN");
        const bool renamed = co_await kept.claim("lobby", "Anna", "a", 4);
        const bool is_free = co_await kept.claim("lobby", "Ann", "b", 5);
        EXPECT_TRUE(renamed);
        EXPECT_TRUE(is_free);
    };
    patio::testing::run(main);
}

TEST(a_store, gives_a_name_away_after_30_days_without_a_visit) {
    const auto main = []() -> async<> {
        chat::store kept = co_await chat::store::open(":memory:");
        const bool first = co_await kept.claim("lobby", "Ann", "a", 0);
        const auto visit = co_await kept.name_of("lobby", "a", chat::day_ms);
        const bool too_early = co_await kept.claim("lobby", "Ann", "b", chat::name_kept_ms);
        const bool late =
            co_await kept.claim("lobby", "Ann", "b", chat::name_kept_ms + chat::day_ms);
        EXPECT_TRUE(first && visit && !too_early && late);
    };
    patio::testing::run(main);
}

TEST(a_store, drops_old_messages_beyond_so_many) {
    const auto main = []() -> async<> {
        chat::store kept = co_await chat::store::open(":memory:");
        co_await say_many(kept, 30, "m");
        co_await kept.prune(10, 1'000 + chat::day_ms);  // of a day
        const chat::page all = co_await kept.latest("lobby");
        EXPECT_EQ(all.messages.size(), 30U);
        co_await kept.prune(10, 1'001 + chat::day_ms);
        const chat::page rest = co_await kept.latest("lobby");
        EXPECT_EQ(rest.messages.size(), 10U);
        EXPECT_EQ(rest.messages.back().text, "29m");
    };
    patio::testing::run(main);
}

TEST(a_store, in_a_file_goes_on_where_it_was) {
    const patio::test_support::scratch_directory place;
    const std::string path = place / "chat.db";
    const auto main = [path]() -> async<> {
        chat::store before = co_await chat::store::open(path);
        const std::string epoch = before.epoch();
        const std::int64_t first = co_await say(before, saying("one"));
        const bool is_claimed = co_await before.claim("lobby", "Ann", "a", 0);
        EXPECT_TRUE(is_claimed);
        co_await before.close();
        chat::store after = co_await chat::store::open(path);
        EXPECT_EQ(after.epoch(), epoch);
        const std::int64_t second = co_await say(after, saying("two"));
        EXPECT_GT(second, first);
        const auto name = co_await after.name_of("lobby", "a", 1);
        EXPECT_EQ(name.value_or(""), "Ann");
        const auto rooms = co_await after.rooms();
        EXPECT_EQ(rooms.at(0), std::pair(std::string{"lobby"}, second));
    };
    patio::testing::run(main);
}

TEST(a_store, adds_nothing_to_the_file_of_another_program) {
    const patio::test_support::scratch_directory place;
    const std::string path = place / "other.db";
    const auto main = [path]() -> async<> {
        patio::sqlite::connection other = co_await patio::sqlite::open(path);
        co_await other.execute("create table message (words)");
        const auto refused = co_await patio::as_outcome(chat::store::open(path));
        EXPECT_THAT(refused.what(), ::testing::HasSubstr("belongs to another program"));
        const auto tables = co_await other.query_one<int>("select count(*) from sqlite_schema");
        EXPECT_EQ(tables, 1);
    };
    patio::testing::run(main);
}

TEST(a_store, on_a_full_disk_stores_nothing_and_can_be_read) {
    const patio::test_support::scratch_directory place;
    const std::string path = place / "chat.db";
    const auto main = [path]() -> async<> {
        chat::store kept = co_await chat::store::open(path);
        const bool is_claimed = co_await kept.claim("lobby", "Ann", "a", 0);
        EXPECT_TRUE(is_claimed);
        const std::int64_t first = co_await say(kept, saying("one"));
        {
            const chat_test::full_disk none{4'096};
            const auto said = co_await patio::as_outcome(say(kept, saying("two")));
            EXPECT_FALSE(said.has_value());
            const auto claimed = co_await patio::as_outcome(kept.claim("lobby", "Ben", "b", 1));
            EXPECT_FALSE(claimed.has_value());
            // Somebody who comes back.
            const bool is_still = co_await kept.claim("lobby", "Ann", "a", 1);
            EXPECT_TRUE(is_still);
            const auto name = co_await kept.name_of("lobby", "a", 1);
            EXPECT_EQ(name.value_or(""), "Ann");
            const chat::page seen = co_await kept.latest("lobby");
            EXPECT_EQ(seen.messages.size(), 1U);
        }
        const std::int64_t second = co_await say(kept, saying("two"));
        EXPECT_GT(second, first);
    };
    patio::testing::run(main);
}

TEST(a_store, belongs_to_one_server) {
    const patio::test_support::scratch_directory place;
    const std::string path = place / "chat.db";
    const auto main = [path]() -> async<> {
        chat::store first = co_await chat::store::open(path);
        const std::int64_t id = co_await say(first, saying("one"));
        EXPECT_GT(id, 0);
        const auto second = co_await patio::as_outcome(chat::store::open(path));
        EXPECT_FALSE(second.has_value());
        EXPECT_THAT(second.what(), ::testing::HasSubstr("locked"));
    };
    patio::testing::run(main);
}

}  // namespace
