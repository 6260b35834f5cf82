// SPDX-License-Identifier: MIT

// The whole server over real sockets: what it serves and refuses, and that it keeps up.

#include "serve.hpp"

#include "talker.hpp"

#include "support/drivers.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/core/task_group.hpp>
#include <patio/http/client.hpp>
#include <patio/io/run.hpp>
#include <patio/ws/connect.hpp>
#include <patio/ws/connection_closed.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace http = patio::http;
namespace ws = patio::ws;
using chat_test::async;
using chat_test::json;
using chat_test::talker;
using ::testing::HasSubstr;

constexpr int guest_count = 60;
constexpr int speaker_count = 20;
constexpr int rounds = 2;

class servers : public patio::test_support::on_each_driver {
protected:
    /// Runs a server in memory; `visit` gets its HOST:PORT.
    static void run_with_server(const std::function<async<>(std::string)>& visit,
                                std::size_t per_address_max = 0) {
        const auto main = [&]() -> async<> {
            chat::options how;
            how.listen = patio::endpoint::parse("127.0.0.1:0");
            how.data = ":memory:";
            how.per_address_max = per_address_max;
            patio::event stop;
            patio::event ready;
            std::string at;
            const auto body = [&](patio::task_group& group) -> async<> {
                const auto on_ready = [&](const patio::endpoint& where) {
                    at = where.to_string();
                    ready.set();
                };
                group.spawn(chat::serve(how, stop, on_ready));
                co_await ready.wait();
                auto visiting = visit(at);
                co_await std::move(visiting);
                stop.set();
            };
            auto running = patio::with_task_group(body);
            co_await std::move(running);
        };
        patio::run(main(), options());
    }
};
PATIO_TEST_ON_EACH_DRIVER(servers);

TEST_P(servers, serve_the_page_and_nothing_else) {
    run_with_server([](std::string at) -> async<> {
        http::client client;
        http::response page = co_await client.get("http://" + at + "/");
        const std::string text = co_await page.text();
        EXPECT_THAT(text, HasSubstr("chat.js"));
        EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
        EXPECT_THAT(std::string{page.header("Content-Security-Policy").value_or("")},
                    HasSubstr("default-src 'self'"));
        for (const std::string name : {"chat.js", "chat.css", "session.js", "icon.svg"}) {
            const http::response file = co_await client.get("http://" + at + "/" + name);
            EXPECT_EQ(file.status(), 200) << name;
            EXPECT_EQ(file.header("X-Content-Type-Options"), "nosniff");
        }
        const std::string tag{page.header("ETag").value_or("")};
        http::request again{"GET", "http://" + at + "/"};
        again.with("If-None-Match", tag);
        const http::response same = co_await client.send(std::move(again));
        EXPECT_EQ(same.status(), 304);
        for (const std::string path : {"/nothing", "/../chat.db", "/%2e%2e/chat.db", "/chat.db"}) {
            const http::response none = co_await client.get("http://" + at + path);
            EXPECT_EQ(none.status(), 404) << path;
            EXPECT_TRUE(none.headers().contains("Content-Security-Policy"));
        }
    });
}

TEST_P(servers, refuse_pages_of_others) {
    run_with_server([](std::string at) -> async<> {
        http::client client;
        const http::headers own{"Origin", "http://" + at};
        auto opening = ws::connect(client, "ws://" + at + "/ws", {}, own);
        ws::connection allowed = co_await std::move(opening);
        co_await allowed.close();
        const http::headers foreign{"Origin", "http://elsewhere.example"};
        auto refusing = ws::connect(client, "ws://" + at + "/ws", {}, foreign);
        const auto refused = co_await patio::as_outcome(std::move(refusing));
        EXPECT_FALSE(refused.has_value());
        EXPECT_THAT(refused.what(), HasSubstr("403"));
    });
}

TEST_P(servers, refuse_frames_that_are_too_long) {
    run_with_server([](std::string at) -> async<> {
        ws::connection peer = co_await ws::connect("ws://" + at + "/ws");
        const std::string large(20'000, 'x');
        co_await peer.send(large);
        const auto heard = co_await patio::as_outcome(peer.receive());
        EXPECT_TRUE(!heard || !heard.value());
        EXPECT_EQ(peer.close_code(), ws::close_code::too_big);
    });
}

TEST_P(servers, take_so_many_connections_from_one_address) {
    const auto visit = [](std::string at) -> async<> {
        ws::connection first = co_await ws::connect("ws://" + at + "/ws");
        ws::connection second = co_await ws::connect("ws://" + at + "/ws");
        const auto third = co_await patio::as_outcome(ws::connect("ws://" + at + "/ws"));
        EXPECT_FALSE(third.has_value());
    };
    run_with_server(visit, 2);
}

// --- many

/// Hears all that is said, in order. Speaks in each round if it is one of those who do.
class guest {
public:
    guest(int number, std::string at) : number_{number}, at_{std::move(at)} {}

    async<> come() {
        auto connecting = ws::connect("ws://" + at_ + "/ws");
        self_.emplace(talker{co_await std::move(connecting)});
        auto joining = self_->join("g" + std::to_string(number_));
        co_await std::move(joining);
    }
    async<> listen() {
        while (heard < speaker_count * rounds) {
            auto hearing = self_->hear("message");
            const json message = co_await std::move(hearing);
            const std::int64_t id = message["id"];
            is_in_order = is_in_order && id > last_;
            last_ = id;
            ++heard;
        }
    }
    async<> speak(int round) {
        auto writing = self_->write(number_ * 100 + round, "round " + std::to_string(round));
        co_await std::move(writing);
    }

    int heard = 0;
    bool is_in_order = true;

private:
    int number_;
    std::string at_;
    std::int64_t last_ = 0;
    std::optional<talker> self_;
};

async<> speak_in_turn(std::vector<guest>& all) {
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < speaker_count; ++i) {
            auto speaking = all[static_cast<std::size_t>(i)].speak(round);
            co_await std::move(speaking);
        }
    }
}

TEST_P(servers, bring_what_20_people_say_to_60_in_one_order) {
    run_with_server([](std::string at) -> async<> {
        std::vector<guest> all;
        for (int i = 0; i < guest_count; ++i)
            all.emplace_back(i, at);
        for (guest& each : all)
            co_await each.come();
        const auto body = [&](patio::task_group& group) -> async<> {
            for (guest& each : all)
                group.spawn(each.listen());
            auto speaking = speak_in_turn(all);
            co_await std::move(speaking);
        };
        auto running = patio::with_task_group(body);
        co_await std::move(running);
        for (const guest& each : all) {
            EXPECT_EQ(each.heard, speaker_count * rounds);
            EXPECT_TRUE(each.is_in_order);
        }
    });
}

}  // namespace
