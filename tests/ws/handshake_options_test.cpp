// SPDX-License-Identifier: MIT

#include <patio/ws/handshake_options.hpp>

#include "support/trace.hpp"
#include "support/ws_pair.hpp"
#include "ws/opening.hpp"

#include <patio/patio.hpp>
#include <patio/testing/run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using patio::test_support::accept_websocket;
using patio::test_support::connect_websocket;
using patio::test_support::quiet;
using patio::wire::ws::field;
using patio::wire::ws::opening_request;
using patio::ws::accept_options;
using patio::ws::connect_options;
using patio::ws::connection_options;
using patio::ws::deflate_options;
using patio::ws::handshake_refused;
using patio::ws::detail::accept_opening;
using patio::ws::detail::agreement;
using patio::ws::detail::client_opening;
using patio::ws::detail::field_lines;
using patio::ws::detail::is_origin_allowed;
using patio::ws::detail::server_opening;
using testing::HasSubstr;
using testing::Pair;

std::vector<field> views_of(const field_lines& lines) {
    std::vector<field> all;
    for (const auto& [name, value] : lines)
        all.push_back({name, value});
    return all;
}

/// A request as a client makes it, to be spoiled.
struct request {
    explicit request(const connect_options& options = connect_options{}) {
        const client_opening opening{options};
        lines = opening.fields();
        lines.emplace_back("Host", "example.org");
    }
    request& with(const std::string& name, const std::string& value) {
        lines.emplace_back(name, value);
        return *this;
    }
    request& without(const std::string& name) {
        std::erase_if(lines, [&](const auto& line) { return line.first == name; });
        return *this;
    }
    [[nodiscard]] server_opening answer(const accept_options& options = accept_options{}) const {
        const std::vector<field> fields = views_of(lines);
        opening_request asked;
        asked.method = method;
        asked.http_version_minor = minor;
        asked.lines = fields;
        return accept_opening(asked, options);
    }

    std::string method = "GET";
    int minor = 1;
    field_lines lines;
};

// --- agreeing

TEST(the_handshake, ends_in_what_both_sides_can_do) {
    connect_options wanted;
    wanted.subprotocols({"chat.v2", "chat.v1"});
    accept_options spoken;
    spoken.subprotocols({"chat.v1", "other"});
    const client_opening client{wanted};
    request asked;
    asked.lines = client.fields();
    asked.with("Host", "example.org");
    const server_opening server = asked.answer(spoken);
    EXPECT_TRUE(server.is_accepted());
    EXPECT_EQ(server.agreed.subprotocol, "chat.v1");
    EXPECT_TRUE(server.agreed.compression.has_value());
    const std::vector<field> fields = views_of(server.fields);
    const agreement agreed = client.check(101, fields);
    EXPECT_EQ(agreed.subprotocol, "chat.v1");
    EXPECT_EQ(agreed.compression, server.agreed.compression);
    EXPECT_EQ(agreed.compression->client_window_bits, 12);
    EXPECT_EQ(agreed.compression->server_window_bits, 12);
    EXPECT_NE(agreed.self, server.agreed.self);
}

TEST(the_handshake, goes_on_without_what_only_one_side_knows) {
    connect_options wanted;
    wanted.subprotocols({"chat"});
    accept_options spoken;
    spoken.connection(connection_options{}.no_compression());
    const server_opening server = request{wanted}.answer(spoken);
    EXPECT_TRUE(server.is_accepted());
    EXPECT_EQ(server.agreed.subprotocol, "");
    EXPECT_FALSE(server.agreed.compression.has_value());
    for (const auto& [name, value] : server.fields)
        EXPECT_THAT(name, testing::AnyOf("Upgrade", "Connection", "Sec-WebSocket-Accept"));
}

TEST(the_handshake, uses_a_key_once) {
    EXPECT_NE(client_opening{connect_options{}}.fields()[2],
              client_opening{connect_options{}}.fields()[2]);
}

TEST(the_handshake, works_over_a_stream_and_leaves_what_comes_behind_it) {
    patio::testing::run([]() -> patio::async<> {
        auto [ours, theirs] = patio::testing::memory_streams();
        auto accepting = patio::create_task(accept_websocket(std::move(theirs), accept_options{}));
        auto client = co_await connect_websocket(std::move(ours), connect_options{});
        auto server = co_await std::move(accepting);
        co_await client.send("hello");
        const auto received = co_await server.receive();
        EXPECT_EQ(received->data, "hello");
    });
}

// --- refusing

TEST(a_server, refuses_what_asks_for_no_websocket) {
    const server_opening page = request{}.without("Upgrade").answer();
    EXPECT_EQ(page.status, 426);
    EXPECT_THAT(page.fields, testing::Contains(Pair("Upgrade", "websocket")));
    EXPECT_THAT(page.fields, testing::Contains(Pair("Connection", "Upgrade")));

    const server_opening old =
        request{}.without("Sec-WebSocket-Version").with("Sec-WebSocket-Version", "8").answer();
    EXPECT_EQ(old.status, 426);
    EXPECT_THAT(old.fields, testing::Contains(Pair("Sec-WebSocket-Version", "13")));

    EXPECT_EQ(request{}.without("Sec-WebSocket-Key").answer().status, 400);
    request post;
    post.method = "POST";
    EXPECT_EQ(post.answer().status, 400);
    EXPECT_NE(post.answer().text, "");
}

TEST(a_server, serves_its_own_pages_and_programs_by_default) {
    EXPECT_TRUE(request{}.answer().is_accepted()) << "a program sends no Origin";
    EXPECT_TRUE(request{}.with("Origin", "https://example.org").answer().is_accepted());
    EXPECT_TRUE(request{}.with("Origin", "http://EXAMPLE.org:80").answer().is_accepted());
    for (const char* other :
         {"https://evil.org", "https://example.org.evil.org", "null", "",
          "https://example.org:8443", "example.org", "https://", "https://evil.org/example.org"}) {
        const server_opening refused = request{}.with("Origin", other).answer();
        EXPECT_EQ(refused.status, 403) << other;
    }
    request twice;
    twice.with("Origin", "https://example.org").with("Origin", "https://example.org");
    EXPECT_EQ(twice.answer().status, 403);
}

TEST(a_server, compares_ports_of_hosts_that_have_some) {
    const auto status = [](const char* host, const char* origin) {
        return request{}.without("Host").with("Host", host).with("Origin", origin).answer().status;
    };
    EXPECT_EQ(status("example.org:8080", "http://example.org:8080"), 101);
    EXPECT_EQ(status("example.org:443", "https://example.org"), 101);
    EXPECT_EQ(status("example.org:8080", "http://example.org"), 403);
    EXPECT_EQ(status("[::1]:8080", "http://[::1]:8080"), 101);
    EXPECT_EQ(status("[::1]", "http://[::1]"), 101);
    EXPECT_EQ(status("[::1]", "http://[::2]"), 403);
}

TEST(a_server, serves_pages_of_the_origins_that_it_names) {
    accept_options options;
    options.origins({"https://app.example.com", "https://example.net"});
    EXPECT_TRUE(request{}.with("Origin", "https://app.example.com").answer(options).is_accepted());
    EXPECT_EQ(request{}.with("Origin", "https://example.org").answer(options).status, 403)
        << "its own must be named too";
    EXPECT_TRUE(request{}.answer(options).is_accepted());

    accept_options all;
    all.any_origin();
    EXPECT_TRUE(request{}.with("Origin", "null").answer(all).is_accepted());

    accept_options some;
    some.origins_if([](std::string_view origin) { return origin.ends_with(".example.com"); });
    EXPECT_TRUE(request{}.with("Origin", "https://a.example.com").answer(some).is_accepted());
    EXPECT_EQ(request{}.with("Origin", "https://a.example.org").answer(some).status, 403);
}

// --- being refused

std::string refusal(const client_opening& client, int status, const field_lines& lines,
                    int expected_status) {
    const std::vector<field> fields = views_of(lines);
    try {
        (void)client.check(status, fields);  // it throws, or the text says so
    } catch (const handshake_refused& refused) {
        EXPECT_EQ(refused.status(), expected_status);
        return refused.what();
    }
    return "nothing";
}

TEST(a_client, says_what_the_server_has_answered) {
    const client_opening client{connect_options{}};
    EXPECT_THAT(refusal(client, 403, {}, 403), HasSubstr("the server has answered with 403"));
}

TEST(a_client, refuses_an_answer_to_another_key) {
    const client_opening client{connect_options{}};
    const server_opening other = request{}.answer();
    EXPECT_THAT(refusal(client, 101, other.fields, 101), HasSubstr("Accept"));
}

TEST(a_client, refuses_to_ask_for_a_subprotocol_that_is_none) {
    connect_options options;
    options.subprotocols({"two words"});
    EXPECT_THROW(client_opening{options}, patio::error);
}

}  // namespace
