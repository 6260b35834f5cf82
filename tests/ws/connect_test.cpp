// SPDX-License-Identifier: MIT

// WebSockets between our client and our server, on real sockets.

#include <patio/ws/connect.hpp>

#include "support/drivers.hpp"
#include "support/tls_pair.hpp"

#include <patio/http/http.hpp>
#include <patio/patio.hpp>
#include <patio/ws/accept.hpp>
#include <patio/ws/connection_closed.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;
namespace http = patio::http;
namespace ws = patio::ws;
using patio::async;
using patio::endpoint;
using ::testing::HasSubstr;

const endpoint any_port = endpoint::parse("127.0.0.1:0");

async<> echo(ws::connection peer) {
    while (auto message = co_await peer.receive())
        co_await peer.send(std::move(*message));
}

http::response echo_site(http::request& asked) { return ws::accept(asked, echo); }

std::string url_of(const http::server& site, const std::string& scheme = "ws") {
    return scheme + "://127.0.0.1:" + std::to_string(site.port()) + "/ws";
}

class websockets : public patio::test_support::on_each_driver {
protected:
    std::vector<std::string> reports;
    patio::run_options keeping_reports() {
        return options().on_report(
            [this](const patio::report& what) { reports.emplace_back(what.text()); });
    }
};
PATIO_TEST_ON_EACH_DRIVER(websockets);

TEST_P(websockets, talk_through_an_http_server) {
    const auto main = []() -> async<> {
        http::server site = co_await http::start_server(echo_site, any_port);
        ws::connection peer = co_await ws::connect(url_of(site));
        for (const std::string text : {"one", "zwölf", ""}) {
            co_await peer.send(text);
            const auto heard = co_await peer.receive();
            EXPECT_EQ(heard.value().data, text);
        }
        const std::string large(200'000, 'x');
        const auto sent_and_heard = co_await patio::gather(peer.send_binary(large), peer.receive());
        EXPECT_EQ(std::get<1>(sent_and_heard).value().data, large);
        co_await peer.close(ws::close_code::normal, "enough");
        EXPECT_EQ(peer.close_code(), ws::close_code::normal);
        site.stop();
        co_await site.wait_closed();
    };
    patio::run(main(), options());
}

TEST_P(websockets, talk_over_tls) {
    const auto main = []() -> async<> {
        const auto context = patio::test_support::example_server();
        const auto trusting = patio::test_support::trusting_client();
        http::server site =
            co_await http::start_server(echo_site, any_port, http::serve_options{}.tls(context));
        ws::connection peer =
            co_await ws::connect(url_of(site, "wss"), {}, http::client_options{}.tls(trusting));
        co_await peer.send("hello");
        const auto heard = co_await peer.receive();
        EXPECT_EQ(heard.value().data, "hello");
        co_await peer.close();
    };
    patio::run(main(), options());
}

TEST_P(websockets, are_opened_with_a_clients_cookies_and_fields) {
    const auto main = []() -> async<> {
        std::string seen;
        const auto site = [&](http::request& asked) {
            if (asked.path() == "/login") {
                return http::response{"welcome"}.with("Set-Cookie", "who=ada");
            }
            seen = std::string{asked.cookie("who").value_or("nobody")} +
                   std::string{asked.header("X-From").value_or("")};
            return ws::accept(asked, echo);
        };
        http::server serving = co_await http::start_server(site, any_port);
        http::client client;
        const std::string where = "http://127.0.0.1:" + std::to_string(serving.port());
        const http::response welcome = co_await client.get(where + "/login");
        EXPECT_TRUE(welcome.ok());
        const http::headers fields{"X-From", "!"};
        ws::connection peer = co_await ws::connect(client, url_of(serving), {}, fields);
        EXPECT_EQ(seen, "ada!");
        co_await peer.close();
    };
    patio::run(main(), options());
}

TEST_P(websockets, are_refused_in_words) {
    const auto main = []() -> async<> {
        const auto plain = [](http::request&) { return http::response{"no WebSocket here"}; };
        http::server site = co_await http::start_server(plain, any_port);
        const auto refused = co_await patio::as_outcome(ws::connect(url_of(site)));
        EXPECT_FALSE(refused.has_value());
        EXPECT_THAT(refused.what(), HasSubstr("200"));

        http::server echoes = co_await http::start_server(echo_site, any_port);
        http::response asked = co_await http::get("http" + url_of(echoes).substr(2));
        EXPECT_EQ(asked.status(), 426);
        const http::headers foreign{"Origin", "https://evil.example"};
        http::client client;
        const auto from_elsewhere =
            co_await patio::as_outcome(ws::connect(client, url_of(echoes), {}, foreign));
        EXPECT_FALSE(from_elsewhere.has_value());
        EXPECT_THAT(from_elsewhere.what(), HasSubstr("403"));
    };
    patio::run(main(), options());
}

TEST_P(websockets, that_break_are_no_failures_of_their_server) {
    const auto main = []() -> async<> {
        patio::event has_ended;
        const auto site = [&](http::request& asked) {
            const auto talk = [&](ws::connection peer) -> async<> {
                struct at_end {
                    patio::event& ended;
                    ~at_end() { ended.set(); }
                };
                const at_end guard{has_ended};
                co_await echo(std::move(peer));
            };
            return ws::accept(asked, talk);
        };
        http::server serving = co_await http::start_server(site, any_port);
        {
            ws::connection peer = co_await ws::connect(url_of(serving));
            co_await peer.send("hello");
            const auto heard = co_await peer.receive();
            EXPECT_TRUE(heard.has_value());
        }  // without a goodbye
        co_await patio::timeout(10s, has_ended.wait());
        serving.stop();
        co_await serving.wait_closed();
    };
    patio::run(main(), keeping_reports());
    EXPECT_TRUE(reports.empty());
}

TEST(websocket_urls, begin_with_ws_or_wss) {
    EXPECT_THROW((void)ws::connect("http://example.org/"), patio::error);
    EXPECT_THROW((void)ws::connect("example"), patio::error);
}

}  // namespace
