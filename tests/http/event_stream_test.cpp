// SPDX-License-Identifier: MIT

#include <patio/http/event_stream.hpp>

#include "http/answers.hpp"

#include <patio/core/error.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::async_generator;
using patio::duration;
using patio::http::event_stream;
using patio::http::response;
using patio::http::server_event;

TEST(server_event, has_a_line_for_each_line_of_its_data) {
    EXPECT_EQ(server_event{"a"}.to_string(), "data: a\n\n");
    EXPECT_EQ(server_event{"a\nb\r\nc\rd"}.to_string(), "data: a\ndata: b\ndata: c\ndata: d\n\n");
    EXPECT_EQ(server_event{"a\n"}.to_string(), "data: a\ndata: \n\n");
    EXPECT_EQ(server_event{""}.to_string(), "data: \n\n");
    EXPECT_EQ(server_event{}.to_string(), "\n");
}

TEST(server_event, may_have_a_name_an_id_and_a_time) {
    const auto made = server_event{}.name("price").data("12").id("7").retry(1500ms);
    EXPECT_EQ(made.to_string(), "event: price\nid: 7\nretry: 1500\ndata: 12\n\n");
    EXPECT_EQ(server_event{}.id("").to_string(), "id: \n\n");
}

TEST(server_event, refuses_names_and_ids_that_would_be_more) {
    EXPECT_THROW(server_event{}.name("a\nb"), patio::error);
    EXPECT_THROW(server_event{}.id("a\rb"), patio::error);
    EXPECT_THROW(server_event{}.id(std::string("a\0b", 3)), patio::error);
}

async_generator<server_event> three(duration apart) {
    for (const char* data : {"1", "2", "3"}) {
        co_await patio::sleep(apart);
        co_yield server_event{data};
    }
}

async<std::string> read_one(response& from) {
    auto reading = from.body().read_some(1000);
    std::string piece = co_await std::move(reading);
    co_return piece;
}

TEST(event_stream, sends_each_event_when_it_happens) {
    const auto main = []() -> async<> {
        response made = event_stream(three(1s));
        EXPECT_EQ(made.header("Content-Type"), "text/event-stream");
        EXPECT_EQ(made.header("Cache-Control"), "no-store");
        EXPECT_EQ(made.body().length(), std::nullopt);
        for (const char* expected : {"data: 1\n\n", "data: 2\n\n", "data: 3\n\n", "", ""}) {
            auto reading = read_one(made);
            const std::string piece = co_await std::move(reading);
            EXPECT_EQ(piece, expected);
        }
        EXPECT_EQ(patio::now().since_origin(), duration{3s});
    };
    patio::testing::run(main);
}

TEST(event_stream, sends_comments_while_nothing_happens) {
    const auto main = []() -> async<> {
        response made = event_stream(three(25s), 10s);
        std::string all;
        auto reading = made.text();
        all = co_await std::move(reading);
        EXPECT_EQ(all, ":\n\n:\n\ndata: 1\n\n:\n\n:\n\ndata: 2\n\n:\n\n:\n\ndata: 3\n\n");
        EXPECT_EQ(patio::now().since_origin(), duration{75s});
    };
    patio::testing::run(main);
}

TEST(event_stream, loses_no_event_that_comes_with_the_comment) {
    const auto main = []() -> async<> {
        response made = event_stream(three(10s), 10s);
        auto reading = made.text();
        std::string all = co_await std::move(reading);
        std::string events;
        for (std::size_t at = 0; at < all.size();) {
            const std::size_t end = all.find("\n\n", at) + 2;
            if (all[at] != ':') events.append(all, at, end - at);
            at = end;
        }
        EXPECT_EQ(events, "data: 1\n\ndata: 2\n\ndata: 3\n\n");
    };
    patio::testing::run(main);
}

TEST(event_stream, can_do_without_comments) {
    const auto main = []() -> async<> {
        response made = event_stream(three(1h), duration::forever());
        auto reading = made.text();
        const std::string all = co_await std::move(reading);
        EXPECT_EQ(all, "data: 1\n\ndata: 2\n\ndata: 3\n\n");
    };
    patio::testing::run(main);
}

async_generator<server_event> broken() {
    co_yield server_event{"1"};
    throw std::runtime_error{"broken"};
}

TEST(event_stream, fails_as_its_generator_does) {
    for (const duration keep_alive : {duration{10s}, duration::forever()}) {
        const auto main = [keep_alive]() -> async<> {
            response made = event_stream(broken(), keep_alive);
            auto first = read_one(made);
            const std::string piece = co_await std::move(first);
            EXPECT_EQ(piece, "data: 1\n\n");
            auto second = read_one(made);
            (void)co_await std::move(second);
        };
        EXPECT_THROW(patio::testing::run(main), std::runtime_error);
    }
}

async_generator<server_event> holding(std::shared_ptr<int> held) {
    co_await patio::sleep(1h);
    co_yield server_event{std::to_string(*held)};
}

TEST(event_stream, cancels_its_generator_when_it_is_dropped) {
    const auto main = []() -> async<> {
        const auto held = std::make_shared<int>(1);
        std::optional<response> made = event_stream(holding(held), 10s);
        auto reading = read_one(*made);
        const std::string piece = co_await std::move(reading);
        EXPECT_EQ(piece, ":\n\n");
        EXPECT_EQ(held.use_count(), 2);
        made.reset();
        co_await patio::sleep(0s);
        co_await patio::sleep(0s);
        EXPECT_EQ(held.use_count(), 1);
    };
    patio::testing::run(main);
}

TEST(event_stream, may_be_dropped_unread_and_after_its_loop) {
    { const response unread = event_stream(three(1s)); }
    std::optional<response> kept;
    const auto main = [&kept]() -> async<> {
        kept = event_stream(three(1h), 10s);
        auto reading = read_one(*kept);
        (void)co_await std::move(reading);
    };
    patio::testing::run(main);
    kept.reset();
}

TEST(event_stream, can_be_cancelled_everywhere) {
    for (const duration keep_alive : {duration{10s}, duration::forever()}) {
        const auto main = [keep_alive]() -> async<> {
            response made = event_stream(three(15s), keep_alive);
            auto reading = made.text();
            (void)co_await std::move(reading);
        };
        EXPECT_GT(patio::testing::cancel_everywhere(main), 3U);
    }
}

}  // namespace
