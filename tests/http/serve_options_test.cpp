// SPDX-License-Identifier: MIT

// What a server does with clients that ask too much, take too long, or go away.

#include <patio/http/serve_options.hpp>

#include "support/http_talk.hpp"

#include <patio/patio.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/testing/run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;
namespace http = patio::http;
using patio::async;
using patio::stream;
using patio::test_support::http_talk;
using patio::test_support::request_of;
using patio::test_support::without_date;
using patio::testing::memory_options;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A text that names what was asked for.
http::response name_it(http::request& asked) {
    return http::response{asked.method() + " " + std::string{asked.target()} + "\n"};
}

/// Reads all, and says how much that was.
async<http::response> count(http::request& asked) {
    const std::string text = co_await asked.text();
    co_return http::response{std::to_string(text.size()) + "\n"};
}

std::string ok(const std::string& body, const std::string& more = "") {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
}

constexpr const char* last = "Connection: close\r\n";

std::string last_request(std::string line, std::string_view body = {}) {
    return request_of(std::move(line) + "\r\nConnection: close", body);
}

// --- limits

TEST(server_limits, refuses_heads_beyond_their_limits) {
    const auto options =
        http::serve_options{}.start_line_bytes_max(100).header_bytes_max(200).header_count_max(3);
    struct {
        std::string said;
        const char* status;
    } cases[] = {
        {request_of("GET /" + std::string(200, 'x') + " HTTP/1.1"), "HTTP/1.1 414 "},
        {request_of("GET / HTTP/1.1\r\nX: " + std::string(200, 'x')), "HTTP/1.1 431 "},
        {request_of("GET / HTTP/1.1\r\nA: b\r\nC: d\r\nE: f"), "HTTP/1.1 431 "},
    };
    for (const auto& each : cases) {
        http_talk talk{name_it, options};
        EXPECT_THAT(talk.answers_to(each.said), StartsWith(each.status)) << each.said;
    }
}

TEST(server_limits, refuses_a_body_that_is_said_to_be_too_large_before_its_handler) {
    bool was_asked = false;
    const auto site = [&](http::request&) {
        was_asked = true;
        return http::response{};
    };
    http_talk talk{site, http::serve_options{}.body_bytes_max(10)};
    EXPECT_THAT(talk.answers_to(request_of("POST / HTTP/1.1", "12345678901")),
                StartsWith("HTTP/1.1 413 "));
    EXPECT_FALSE(was_asked);
}

TEST(server_limits, refuses_a_body_that_becomes_too_large) {
    http_talk fits{count, http::serve_options{}.body_bytes_max(10)};
    EXPECT_THAT(fits.answers_to(last_request("POST / HTTP/1.1\r\nTransfer-Encoding: chunked") +
                                "a\r\n1234567890\r\n0\r\n\r\n"),
                EndsWith("10\n"));
    http_talk talk{count, http::serve_options{}.body_bytes_max(10)};
    EXPECT_THAT(talk.answers_to(request_of("POST / HTTP/1.1\r\nTransfer-Encoding: chunked") +
                                "b\r\n12345678901\r\n0\r\n\r\n"),
                StartsWith("HTTP/1.1 413 "));
    EXPECT_TRUE(talk.reports.empty());
}

TEST(server_limits, closes_an_idle_connection_without_a_word) {
    std::string heard = "?";
    http_talk talk{name_it, http::serve_options{}.idle_timeout(10s)};
    talk.with([&](stream& peer) -> async<> {
        co_await peer.write(request_of("GET / HTTP/1.1"));
        co_await patio::sleep(9s);
        co_await peer.write(request_of("GET / HTTP/1.1"));  // begins the time anew
        const auto start = patio::now();
        heard = co_await peer.read_all();
        EXPECT_EQ(patio::now() - start, 10s);
    });
    EXPECT_EQ(without_date(heard), ok("GET /\n") + ok("GET /\n"));
}

TEST(server_limits, gives_a_head_its_time_however_it_trickles) {
    const auto options = http::serve_options{}.header_timeout(10s);
    std::string heard;
    http_talk talk{name_it, options};
    talk.with([&](stream& peer) -> async<> {
        co_await patio::sleep(30s);  // idle is another limit
        const auto start = patio::now();
        const auto trickle = [](stream& to) -> async<> {
            co_await to.write("GET / HTTP/1.1\r\nHost: a\r\n");
            for (int i = 0; i < 9; ++i) {
                co_await patio::sleep(1s);
                co_await to.write("X: y\r\n");
            }
        };
        co_await trickle(peer);
        heard = co_await peer.read_all();
        EXPECT_EQ(patio::now() - start, 10s);
    });
    EXPECT_THAT(heard, StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
}

TEST(server_limits, says_so_also_if_it_has_answered_before) {
    http_talk talk{name_it, http::serve_options{}.header_timeout(10s)};
    talk.with([&](stream& peer) -> async<> {
        co_await peer.write(request_of("GET / HTTP/1.1") + "GET / HT");
        const std::string heard = co_await peer.read_all();
        EXPECT_THAT(heard, HasSubstr("HTTP/1.1 408 Request Timeout\r\n"));
    });
}

TEST(server_limits, gives_a_body_its_time_and_more_for_what_has_come) {
    const auto options = http::serve_options{}.body_timeout(10s).transfer_rate_min(100);
    std::string heard;
    http_talk talk{count, options};
    talk.with([&](stream& peer) -> async<> {
        const auto start = patio::now();
        co_await peer.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
        co_await patio::sleep(5s);
        co_await peer.write(std::string(500, 'x'));
        heard = co_await peer.read_all();
        EXPECT_EQ(patio::now() - start, 15s);
    });
    EXPECT_THAT(heard, StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
}

TEST(server_limits, cuts_off_a_client_that_reads_too_slowly) {
    const auto options = http::serve_options{}.write_timeout(10s).transfer_rate_min(100'000);
    http_talk talk{[](http::request&) { return http::response{std::string(1'000'000, 'x')}; },
                   options};
    talk.with([](stream& peer) -> async<> {
        const auto start = patio::now();
        co_await peer.write(request_of("GET / HTTP/1.1"));
        std::size_t count = 0;
        for (;;) {
            const std::string piece = co_await peer.read_some(1000);
            if (piece.empty()) break;
            count += piece.size();
            co_await patio::sleep(1s);
        }
        EXPECT_LT(count, 1'000'000U);
        // 10 s and those for the first block; then there are only the bytes that were underway.
        EXPECT_LT(patio::now() - start, 100s);
    });
    EXPECT_TRUE(talk.reports.empty());
}

TEST(server_limits, lets_a_handler_take_its_time) {
    const auto site = [](http::request& asked) -> async<http::response> {
        co_await patio::sleep(1h);
        co_return name_it(asked);
    };
    http_talk talk{site};
    EXPECT_EQ(talk.answers_to(last_request("GET / HTTP/1.1")), ok("GET /\n", last));
}

TEST(server_limits, answers_no_more_than_the_client_takes) {
    int asked_count = 0;
    const auto site = [&](http::request&) {
        ++asked_count;
        return http::response{std::string(10'000, 'x')};
    };
    http_talk talk{site};
    talk.with([&](stream& peer) -> async<> {
        std::string many;
        for (int i = 0; i < 1000; ++i)
            many += request_of("GET / HTTP/1.1");
        auto writing = patio::move_on_after(1s, peer.write(many));
        co_await std::move(writing);
        // What the line holds, what the server holds, and what the parser has before it.
        EXPECT_LT(asked_count, 20);
    });
}

// --- clients that go away

/// Says that it was destroyed.
class witness {
public:
    explicit witness(bool& gone) noexcept : gone_{gone} {}
    witness(const witness&) = delete;
    witness& operator=(const witness&) = delete;
    ~witness() { gone_ = true; }

private:
    bool& gone_;
};

TEST(server_limits, cancels_the_handler_of_a_client_that_has_gone) {
    bool is_gone = false;
    const auto site = [&](http::request&) -> async<http::response> {
        const witness here{is_gone};
        co_await patio::sleep(1h);
        co_return http::response{};
    };
    http_talk talk{site};
    talk.with([&](stream& peer) -> async<> {
        const auto start = patio::now();
        co_await peer.write(request_of("GET / HTTP/1.1"));
        co_await patio::sleep(1s);
        EXPECT_FALSE(is_gone);
        peer.abort();
        co_await patio::sleep(0s);
        co_await patio::sleep(0s);
        EXPECT_TRUE(is_gone);
        EXPECT_EQ(patio::now() - start, 1s);
    });
    EXPECT_TRUE(talk.reports.empty());
}

TEST(server_limits, cancels_a_body_that_nobody_reads_any_more) {
    bool is_gone = false;
    const auto endless = [&]() -> patio::async_generator<std::string> {
        const witness here{is_gone};
        for (;;) {
            co_yield "again";
            co_await patio::sleep(1h);
        }
    };
    http_talk talk{[&](http::request&) { return http::response{http::body{endless()}}; }};
    talk.with([&](stream& peer) -> async<> {
        co_await peer.write(request_of("GET / HTTP/1.1"));
        co_await peer.read_until("again");
        peer.abort();
        co_await patio::sleep(0s);
        co_await patio::sleep(0s);
        EXPECT_TRUE(is_gone);
    });
    EXPECT_TRUE(talk.reports.empty());
}

TEST(server_limits, answers_a_client_that_has_ended_its_half_if_it_shall) {
    const auto site = [](http::request& asked) -> async<http::response> {
        co_await patio::sleep(1s);
        co_return name_it(asked);
    };
    http_talk talk{site, http::serve_options{}.serve_half_closed()};
    talk.with([](stream& peer) -> async<> {
        co_await peer.write(request_of("GET / HTTP/1.1"));
        co_await patio::sleep(500ms);
        co_await peer.shutdown();
        const std::string all = co_await peer.read_all();
        EXPECT_EQ(without_date(all), ok("GET /\n"));
    });
}

TEST(server_limits, reports_nothing_when_a_client_goes_in_the_middle_of_a_body) {
    http_talk talk{count};
    talk.with([](stream& peer) -> async<> {
        co_await peer.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
        co_await patio::sleep(1s);
        peer.abort();
        co_await patio::sleep(1s);
    });
    EXPECT_TRUE(talk.reports.empty());
}

}  // namespace
