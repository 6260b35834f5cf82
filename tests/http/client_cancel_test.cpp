// SPDX-License-Identifier: MIT

// Cancelling a client's requests wherever they wait.

#include "support/scripted_server.hpp"

#include <patio/core/sleep.hpp>
#include <patio/http/client.hpp>
#include <patio/patio.hpp>
#include <patio/testing/cancel_everywhere.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::http::client;
using patio::http::client_options;
using patio::http::response;
using patio::test_support::ok;
using patio::test_support::read_request;
using patio::test_support::redirect;
using patio::test_support::scripted_server;
using patio::testing::cancel_everywhere;
using patio::testing::probe;

/// Answers whatever comes, in small pieces.
async<> serve(patio::stream& peer) {
    for (;;) {
        const std::string request = co_await read_request(peer);
        if (request.empty()) co_return;
        std::string answer = ok("hello");
        if (request.starts_with("CONNECT")) answer = "HTTP/1.1 200 OK\r\n\r\n";
        if (request.find("/elsewhere ") != std::string::npos) answer = redirect(307, "/x");
        if (request.find("/later ") != std::string::npos)
            answer = "HTTP/1.1 503 Later\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
        for (const char each : answer) {
            co_await patio::sleep(1ms);
            co_await peer.write(patio::byte_view{&each, 1});
        }
    }
}

using use = std::function<async<>(client&)>;

/// Cancels `using_it` at each point, and then everything must be as ever.
void cancel_each(const use& using_it, const std::function<void(client_options&)>& set_up = {}) {
    const auto body = [&](probe& marked) -> async<> {
        scripted_server server;
        server.line(patio::testing::memory_options{}.buffer_bytes(100));
        for (int i = 0; i < 10; ++i)
            server.on_connection(serve);
        client_options options = server.options().connections_max(1).retries(1);
        if (set_up) set_up(options);
        {
            client asking{options};
            auto trying = marked.cancelled(using_it(asking));
            co_await std::move(trying);
            EXPECT_EQ(asking.connection_count(), asking.idle_connection_count());
            response answer = co_await asking.get("http://h/after");
            const std::string text = co_await answer.text();
            EXPECT_EQ(text, "hello");
        }
        co_await patio::sleep(1s);
        EXPECT_EQ(server.open_count, 0U);
    };
    EXPECT_GT(cancel_everywhere(body), 10U);
}

async<> get(client& asking) {
    response answer = co_await asking.get("http://h/");
    const std::string text = co_await answer.text();
    EXPECT_EQ(text, "hello");
}
async<> post_much(client& asking) {
    response answer = co_await asking.post("http://h/", std::string(20'000, 'x'));
    const std::string text = co_await answer.text();
    EXPECT_EQ(text, "hello");
}
async<> post_pieces(client& asking) {
    const auto pieces = []() -> patio::async_generator<std::string> {
        for (int i = 0; i < 3; ++i) {
            co_await patio::sleep(1ms);
            co_yield "piece";
        }
    };
    response answer = co_await asking.post("http://h/", patio::http::body{pieces()});
    (void)co_await answer.text();
}
async<> follow(client& asking) {
    response answer = co_await asking.put("http://h/elsewhere", "text");
    (void)co_await answer.text();
}
async<> ask_later(client& asking) {
    response answer = co_await asking.get("http://h/later");
    EXPECT_EQ(answer.status(), 503);
}
async<> get_beside_another(client& asking) {
    co_await patio::gather(get(asking), get(asking), get(asking));
}
async<> take_tunnel(client& asking) {
    response answer = co_await asking.send(patio::http::request{"CONNECT", "http://inner:99"});
    patio::stream line = answer.take_connection();
    EXPECT_FALSE(line.is_closed());
}

TEST(client_cancel, leaves_nothing_of_a_get) { cancel_each(get); }
TEST(client_cancel, leaves_nothing_of_an_upload) {
    cancel_each(post_much);
    cancel_each(post_pieces);
}
TEST(client_cancel, leaves_nothing_of_an_upload_that_is_to_be_wanted) {
    cancel_each(post_much, [](client_options& options) { options.expect_bytes_min(1); });
}
TEST(client_cancel, leaves_nothing_of_a_redirect) { cancel_each(follow); }
TEST(client_cancel, leaves_nothing_of_a_retry) { cancel_each(ask_later); }
TEST(client_cancel, leaves_no_place_in_the_line_taken) { cancel_each(get_beside_another); }
TEST(client_cancel, leaves_nothing_of_a_tunnel) {
    cancel_each(take_tunnel);
    cancel_each(take_tunnel, [](client_options& options) { options.proxy("http://proxy:1"); });
}

}  // namespace
