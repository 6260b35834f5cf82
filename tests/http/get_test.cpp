// SPDX-License-Identifier: MIT

#include <patio/http/get.hpp>

#include "support/scripted_server.hpp"

#include <patio/core/sleep.hpp>
#include <patio/testing/run.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::http::response;
using patio::test_support::ok;
using patio::test_support::scripted_server;

TEST(get, asks_once_and_leaves_the_body_to_be_read) {
    scripted_server server;
    server.on_connection([](patio::stream& peer) -> async<> {
        co_await patio::test_support::read_request(peer);
        co_await peer.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
        co_await patio::sleep(1s);
        co_await peer.write("def");
        co_await peer.read_all();
    });
    patio::testing::run([&]() -> async<> {
        response answer = co_await patio::http::get("http://h/", server.options());
        const std::string text = co_await answer.text();
        EXPECT_EQ(text, "abcdef");
        co_await patio::yield();
        EXPECT_EQ(server.open_count, 0U);
    });
}

TEST(get, has_a_sister_for_each_method) {
    scripted_server server;
    for (int i = 0; i < 6; ++i)
        server.on_connection({"HTTP/1.1 204 No Content\r\n\r\n"});
    patio::testing::run([&]() -> async<> {
        (void)co_await patio::http::head("http://h/", server.options());
        (void)co_await patio::http::post("/b", "x", server.options().base_url("http://h"));
        (void)co_await patio::http::put("http://h/", "x", server.options());
        (void)co_await patio::http::patch("http://h/", "x", server.options());
        (void)co_await patio::http::del("http://h/", server.options());
        (void)co_await patio::http::send(patio::http::request{"OPTIONS", "http://h/"},
                                         server.options());
    });
    std::string methods;
    for (const std::string& each : server.requests)
        methods += each.substr(0, each.find(' ') + 1);
    EXPECT_EQ(methods, "HEAD POST PUT PATCH DELETE OPTIONS ");
}

}  // namespace
