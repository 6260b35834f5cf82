// SPDX-License-Identifier: MIT

#include "http/connection_pool.hpp"

#include "support/scripted_server.hpp"

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/http/client.hpp>
#include <patio/patio.hpp>
#include <patio/testing/run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::http::client;
using patio::http::request_error;
using patio::http::response;
using patio::test_support::ok;
using patio::test_support::read_request;
using patio::test_support::scripted_server;
using ::testing::ElementsAre;
using answers = scripted_server::answers;

/// Answers everything after a second.
async<> serve_slowly(patio::stream& peer) {
    for (;;) {
        const std::string request = co_await read_request(peer);
        if (request.empty()) co_return;
        co_await patio::sleep(1s);
        co_await peer.write(ok(request.substr(5, 1)));
    }
}

async<> ask(client& asking, std::string url, std::vector<std::string>& done) {
    response answer = co_await asking.get(url);
    const std::string text = co_await answer.text();
    done.push_back(text);
}

TEST(connection_pool, uses_a_connection_again_when_its_body_was_read) {
    scripted_server server;
    server.on_connection(answers(3, ok("x")));
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        for (int i = 0; i < 3; ++i) {
            response answer = co_await asking.get("http://h/");
            (void)co_await answer.text();
            EXPECT_EQ(asking.idle_connection_count(), 1U);
        }
    });
    EXPECT_EQ(server.opened.size(), 1U);
}

TEST(connection_pool, closes_a_connection_whose_response_is_dropped_in_the_middle) {
    scripted_server server;
    server.on_connection({"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"});
    server.on_connection(
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        (void)co_await asking.get("http://h/");
        EXPECT_EQ(asking.connection_count(), 0U);
        (void)co_await asking.get("http://h/");  // all of it has come
        EXPECT_EQ(asking.idle_connection_count(), 1U);
    });
}

TEST(connection_pool, keeps_no_connection_that_is_to_be_closed) {
    const std::string not_kept[] = {ok("x", "Connection: close\r\n"), ok("x") + "more",
                                    "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"};
    for (const std::string& answer : not_kept) {
        scripted_server server;
        server.on_connection({answer});
        patio::testing::run([&]() -> async<> {
            client asking{server.options()};
            (void)co_await asking.get("http://h/");
            EXPECT_EQ(asking.connection_count(), 0U) << answer;
        });
    }
}

TEST(connection_pool, closes_idle_connections_after_a_while_and_lets_the_program_end) {
    scripted_server server;
    server.on_connection({ok("x")}).on_connection({ok("y")});
    const auto ended = patio::testing::run([&]() -> async<patio::time_point> {
        client asking{server.options().idle_timeout(20s)};
        (void)co_await asking.get("http://a/");
        co_await patio::sleep(10s);
        (void)co_await asking.get("http://b/");
        co_await patio::sleep(9s);
        EXPECT_EQ(asking.idle_connection_count(), 2U);
        co_await patio::sleep(2s);
        EXPECT_EQ(asking.idle_connection_count(), 1U);
        EXPECT_EQ(server.open_count, 1U);
        co_return patio::this_thread_loop().now();
    });
    EXPECT_EQ(ended.since_origin(), patio::duration{21s});
}

TEST(connection_pool, does_not_use_a_connection_that_the_server_has_closed) {
    scripted_server server;
    server.on_connection([](patio::stream& peer) -> async<> {
        (void)co_await read_request(peer);
        co_await peer.write(ok("x"));
        co_await patio::sleep(1s);
    });
    server.on_connection([](patio::stream& peer) -> async<> {
        (void)co_await read_request(peer);
        co_await peer.write(ok("x"));
        co_await patio::sleep(1s);
        co_await peer.write("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
        co_await peer.read_all();
    });
    server.on_connection({ok("z")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        for (int i = 0; i < 3; ++i) {
            response answer = co_await asking.post("http://h/", "may not be repeated");
            EXPECT_EQ(answer.status(), 200);
            co_await patio::sleep(2s);
        }
    });
    EXPECT_EQ(server.opened.size(), 3U);
}

TEST(connection_pool, sends_again_what_met_a_closing_connection) {
    scripted_server server;
    server.on_connection({ok("x"), scripted_server::hang_up}).on_connection({ok("y")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        (void)co_await asking.get("http://h/");
        response answer = co_await asking.put("http://h/", "again");
        const std::string text = co_await answer.text();
        EXPECT_EQ(text, "y");
    });
    EXPECT_THAT(server.requests.back(), ::testing::EndsWith("\r\n\r\nagain"));
}

TEST(connection_pool, does_not_send_again_what_may_have_been_done) {
    scripted_server server;
    server.on_connection({ok("x"), scripted_server::hang_up}).on_connection({ok("y")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        (void)co_await asking.get("http://h/");
        auto asked = patio::as_outcome(asking.post("http://h/", "once"));
        const auto answer = co_await std::move(asked);
        EXPECT_FALSE(answer.has_value());
        EXPECT_EQ(asking.connection_count(), 0U);
    });
    EXPECT_EQ(server.requests.size(), 2U);
}

TEST(connection_pool, lets_those_who_wait_in_by_turn) {
    scripted_server server;
    server.on_connection(serve_slowly).on_connection(serve_slowly);
    std::vector<std::string> done;
    patio::testing::run([&]() -> async<> {
        client asking{server.options().origin_connections_max(2)};
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            for (const char* name : {"1", "2", "3", "4", "5"})
                group.spawn(ask(asking, std::string{"http://h/"} + name, done));
            co_return;
        });
        EXPECT_EQ(patio::this_thread_loop().now().since_origin(), patio::duration{3s});
    });
    EXPECT_THAT(done, ElementsAre("1", "2", "3", "4", "5"));
    EXPECT_EQ(server.opened.size(), 2U);
}

TEST(connection_pool, holds_nobody_up_for_another_origin) {
    scripted_server server;
    server.on_connection(serve_slowly).on_connection(serve_slowly);
    std::vector<std::string> done;
    patio::testing::run([&]() -> async<> {
        client asking{server.options().origin_connections_max(1)};
        co_await patio::gather(ask(asking, "http://a/1", done), ask(asking, "http://a/2", done),
                               ask(asking, "http://b/3", done));
    });
    EXPECT_THAT(done, ElementsAre("1", "3", "2"));
}

TEST(connection_pool, closes_an_idle_connection_to_make_room_for_another_origin) {
    scripted_server server;
    server.on_connection({ok("x")}).on_connection({ok("y")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().connections_max(1)};
        (void)co_await asking.get("http://a/");
        (void)co_await asking.get("http://b/");
        EXPECT_EQ(asking.connection_count(), 1U);
        co_await patio::yield();
        EXPECT_EQ(server.open_count, 1U);
    });
    EXPECT_THAT(server.opened, ElementsAre("a:80", "b:80"));
}

TEST(connection_pool, passes_the_place_of_a_failed_connection_on) {
    scripted_server server;
    server.on_connection({scripted_server::silence}).on_connection({ok("y")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().connections_max(1).response_timeout(5s)};
        std::vector<std::string> done;
        auto first = patio::as_outcome(asking.get("http://h/"));
        auto both = patio::gather(std::move(first), ask(asking, "http://i/", done));
        co_await std::move(both);
        EXPECT_THAT(done, ElementsAre("y"));
    });
}

TEST(connection_pool, outlives_its_client_as_long_as_a_response_needs_it) {
    scripted_server server;
    server.on_connection([](patio::stream& peer) -> async<> {
        (void)co_await read_request(peer);
        co_await peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na");
        co_await patio::sleep(1s);
        co_await peer.write("b");
        co_await peer.read_all();
    });
    patio::testing::run([&]() -> async<> {
        auto asking = std::make_unique<client>(server.options());
        response answer = co_await asking->get("http://h/");
        asking.reset();
        const std::string text = co_await answer.text();
        EXPECT_EQ(text, "ab");
        co_await patio::yield();
        EXPECT_EQ(server.open_count, 0U);
    });
}

TEST(connection_pool, closes_what_it_keeps_when_the_loop_ends) {
    scripted_server server;
    server.on_connection({ok("x")});
    std::unique_ptr<client> asking;
    response late;
    patio::testing::run([&]() -> async<> {
        asking = std::make_unique<client>(server.options());
        late = co_await asking->get("http://h/");
        EXPECT_EQ(asking->idle_connection_count(), 1U);
    });
    EXPECT_EQ(asking->connection_count(), 0U);
    asking.reset();
}

}  // namespace
