// SPDX-License-Identifier: MIT

// What a request for a WebSocket is answered, without a connection.

#include <patio/ws/accept.hpp>

#include <patio/http/request.hpp>
#include <patio/http/response.hpp>
#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

namespace {

namespace http = patio::http;
namespace ws = patio::ws;

patio::async<> leave(ws::connection) { co_return; }

/// What RFC 6455 shows in section 1.2.
http::request opening() {
    http::request asked{"GET", "http://example.org/chat"};
    asked.with("Host", "example.org")
        .with("Upgrade", "websocket")
        .with("Connection", "Upgrade")
        .with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
        .with("Sec-WebSocket-Version", "13");
    return asked;
}

TEST(accept, switches_protocols_with_the_key_of_the_request) {
    const http::response answer = ws::accept(opening(), leave);
    EXPECT_EQ(answer.status(), 101);
    EXPECT_EQ(answer.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT_EQ(answer.header("Connection"), "Upgrade");
}

TEST(accept, asks_for_an_upgrade_where_none_is_wanted) {
    http::request plain{"GET", "http://example.org/chat"};
    plain.with("Host", "example.org");
    const http::response answer = ws::accept(plain, leave);
    EXPECT_EQ(answer.status(), 426);
    EXPECT_EQ(answer.header("Upgrade"), "websocket");
}

TEST(accept, says_which_version_it_speaks) {
    const http::response answer = ws::accept(opening().with("Sec-WebSocket-Version", "8"), leave);
    EXPECT_EQ(answer.status(), 426);
    EXPECT_EQ(answer.header("Sec-WebSocket-Version"), "13");
}

TEST(accept, refuses_a_key_that_is_none) {
    EXPECT_EQ(ws::accept(opening().with("Sec-WebSocket-Key", "short"), leave).status(), 400);
}

TEST(accept, serves_pages_of_its_own_origin_and_those_it_is_told) {
    const auto status_for = [](std::string_view origin, ws::accept_options options = {}) {
        return ws::accept(opening().with("Origin", origin), leave, std::move(options)).status();
    };
    EXPECT_EQ(status_for("http://example.org"), 101);
    EXPECT_EQ(status_for("https://evil.example"), 403);
    EXPECT_EQ(status_for("https://friend.example",
                         ws::accept_options{}.origins({"https://friend.example"})),
              101);
    EXPECT_EQ(status_for("https://evil.example", ws::accept_options{}.any_origin()), 101);
}

}  // namespace
