// SPDX-License-Identifier: MIT

// One connection of a server, over memory and on virtual time.

#include "http/server_connection.hpp"

#include "support/http_talk.hpp"

#include <patio/http/server.hpp>
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

/// Sends back what it gets, as it comes.
async<http::response> echo(http::request& asked) {
    co_return http::response{std::move(asked.body())};
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

// --- order

TEST(server_connection, answers_one_request_after_the_other) {
    http_talk talk{name_it};
    EXPECT_EQ(talk.answers_to(request_of("GET /a HTTP/1.1") + last_request("PUT /b?c HTTP/1.1")),
              ok("GET /a\n") + ok("PUT /b?c\n", last));
}

TEST(server_connection, answers_the_same_however_the_bytes_come) {
    http_talk talk{name_it, {}, memory_options{}.slice_bytes(1)};
    EXPECT_EQ(talk.answers_to(request_of("GET /a HTTP/1.1") + last_request("PUT /b?c HTTP/1.1")),
              ok("GET /a\n") + ok("PUT /b?c\n", last));
}

TEST(server_connection, sends_what_is_ready_before_a_handler_waits) {
    const auto site = [](http::request& asked) -> async<http::response> {
        if (asked.path() == "/slow") co_await patio::sleep(10s);
        co_return name_it(asked);
    };
    http_talk talk{site};
    talk.with([](stream& peer) -> async<> {
        const auto start = patio::now();
        co_await peer.write(request_of("GET /quick HTTP/1.1") + request_of("GET /slow HTTP/1.1"));
        const std::string first =
            co_await peer.read_exactly(ok("GET /quick\n").size() + sizeof "Date: " - 1 + 29 + 2);
        EXPECT_THAT(first, EndsWith("GET /quick\n"));
        EXPECT_LT(patio::now() - start, 1s);
    });
}

TEST(server_connection, ends_when_the_client_does) {
    http_talk talk{name_it};
    talk.with([](stream& peer) -> async<> {
        co_await peer.write(request_of("GET / HTTP/1.1"));
        co_await peer.shutdown();
        const std::string all = co_await peer.read_all();
        EXPECT_EQ(without_date(all), ok("GET /\n"));
    });
}

TEST(server_connection, keeps_a_connection_of_http_1_0_only_if_asked) {
    http_talk once{name_it};
    EXPECT_EQ(once.answers_to(request_of("GET / HTTP/1.0")), ok("GET /\n", last));
    http_talk twice{name_it};
    EXPECT_EQ(twice.answers_to(request_of("GET /1 HTTP/1.0\r\nConnection: keep-alive") +
                               request_of("GET /2 HTTP/1.0")),
              ok("GET /1\n", "Connection: keep-alive\r\n") + ok("GET /2\n", last));
}

TEST(server_connection, closes_if_the_handler_says_so) {
    http_talk talk{
        [](http::request&) { return http::response{"bye"}.with("Connection", "close"); }};
    EXPECT_EQ(talk.answers_to(request_of("GET / HTTP/1.1") + request_of("GET / HTTP/1.1")),
              ok("bye", last));
}

// --- requests

TEST(server_connection, gives_the_handler_all_that_was_asked) {
    const auto site = [](http::request& asked) {
        EXPECT_EQ(asked.method(), "GET");
        EXPECT_EQ(asked.path(), "/a%20b");
        EXPECT_EQ(asked.query("x"), "1 2");
        EXPECT_EQ(asked.query("y"), std::nullopt);
        EXPECT_EQ(asked.url().href(), "http://example.org/a%20b?x=1+2");
        EXPECT_EQ(asked.header("accept"), "text/html");
        EXPECT_EQ(asked.cookie("two"), "2");
        EXPECT_EQ(asked.cookie("three"), std::nullopt);
        EXPECT_FALSE(asked.is_secure());
        EXPECT_FALSE(asked.body().has_value());
        return http::response{"fine"};
    };
    http_talk talk{site};
    EXPECT_EQ(talk.answers_to(last_request("GET /a%20b?x=1+2 HTTP/1.1\r\nAccept: text/html\r\n"
                                           "Cookie: one=1; two=2")),
              ok("fine", last));
}

TEST(server_connection, takes_the_host_of_a_target_that_is_a_whole_url) {
    const auto site = [](http::request& asked) { return http::response{asked.url().href()}; };
    http_talk talk{site};
    EXPECT_EQ(talk.answers_to(last_request("GET http://other.example/x?y HTTP/1.1")),
              ok("http://other.example/x?y", last));
}

TEST(server_connection, forgets_one_request_before_the_next) {
    const auto site = [](http::request& asked) -> async<http::response> {
        const std::string text = co_await asked.text();
        co_return http::response{std::to_string(asked.headers().size()) + text + "\n"};
    };
    http_talk talk{site};
    const std::string heard = talk.answers_to(request_of("POST / HTTP/1.1\r\nX: y", "body") +
                                              last_request("GET / HTTP/1.1"));
    EXPECT_EQ(heard, ok("3body\n") + ok("2\n", last));
}

TEST(server_connection, reads_a_body_of_known_length) {
    http_talk talk{count};
    EXPECT_EQ(talk.answers_to(last_request("POST / HTTP/1.1", std::string(100'000, 'x'))),
              ok("100000\n", last));
}

TEST(server_connection, reads_a_body_in_chunks_and_its_trailers) {
    const auto site = [](http::request& asked) -> async<http::response> {
        EXPECT_EQ(asked.body().length(), std::nullopt);
        std::string text = co_await asked.text();
        const http::headers* trailers = asked.body().trailers();
        EXPECT_NE(trailers, nullptr);
        if (trailers != nullptr) text.append(trailers->get("Sum").value_or("none"));
        co_return http::response{text};
    };
    http_talk talk{site, {}, memory_options{}.slice_bytes(3)};
    EXPECT_EQ(talk.answers_to(last_request("POST / HTTP/1.1\r\nTransfer-Encoding: chunked") +
                              "5\r\nhello\r\n6\r\n world\r\n0\r\nSum: 11\r\n\r\n"),
              ok("hello world11", last));
}

TEST(server_connection, streams_a_body_back_while_it_comes) {
    http_talk talk{echo};
    talk.with([](stream& peer) -> async<> {
        co_await peer.write(request_of("POST / HTTP/1.1\r\nTransfer-Encoding: chunked"));
        co_await peer.write("3\r\none\r\n");
        auto head = co_await peer.read_until("\r\n\r\n");
        EXPECT_THAT(head.value(), HasSubstr("Transfer-Encoding: chunked"));
        const std::string one = co_await peer.read_exactly(8);
        EXPECT_EQ(one, "3\r\none\r\n");
        co_await peer.write("3\r\ntwo\r\n0\r\n\r\n");
        const std::string two = co_await peer.read_exactly(13);
        EXPECT_EQ(two, "3\r\ntwo\r\n0\r\n\r\n");
    });
}

TEST(server_connection, says_continue_when_the_body_is_wanted_and_not_before) {
    const auto site = [](http::request& asked) -> async<http::response> {
        co_await patio::sleep(1s);
        const std::string text = co_await asked.text();
        co_return http::response{text};
    };
    http_talk talk{site};
    talk.with([](stream& peer) -> async<> {
        const auto start = patio::now();
        co_await peer.write(
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
            "Content-Length: 3\r\n\r\n");
        const auto line = co_await peer.read_until("\r\n\r\n");
        EXPECT_EQ(line, "HTTP/1.1 100 Continue\r\n\r\n");
        EXPECT_EQ(patio::now() - start, 1s);
        co_await peer.write("abc" + last_request("POST / HTTP/1.1", "def"));
        const std::string rest = co_await peer.read_all();
        EXPECT_EQ(without_date(rest), ok("abc") + ok("def", last));
    });
}

TEST(server_connection, says_continue_before_an_answer_that_streams_the_body_back) {
    http_talk talk{echo};
    talk.with([](stream& peer) -> async<> {
        co_await peer.write(
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
            "Content-Length: 3\r\nConnection: close\r\n\r\n");
        const auto line = co_await peer.read_until("\r\n\r\n");
        EXPECT_EQ(line, "HTTP/1.1 100 Continue\r\n\r\n");
        co_await peer.write("abc");
        const std::string rest = co_await peer.read_all();
        EXPECT_EQ(without_date(rest),
                  "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
    });
}

TEST(server_connection, closes_behind_an_answer_whose_body_was_not_asked_for) {
    http_talk talk{name_it};
    EXPECT_EQ(talk.answers_to("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                              "Content-Length: 3\r\n\r\n"),
              ok("POST /\n", last));
}

TEST(server_connection, skips_what_the_handler_has_left_of_a_body) {
    http_talk talk{name_it};
    EXPECT_EQ(talk.answers_to(request_of("POST /1 HTTP/1.1", std::string(100'000, 'x')) +
                              last_request("POST /2 HTTP/1.1", "y")),
              ok("POST /1\n") + ok("POST /2\n", last));
}

TEST(server_connection, closes_rather_than_skip_too_much) {
    http_talk talk{name_it};
    talk.with([](stream& peer) -> async<> {
        co_await peer.write("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
        const auto head = co_await peer.read_until("\r\n\r\n");
        EXPECT_THAT(head.value(), StartsWith("HTTP/1.1 200 OK\r\n"));
        auto writing = [](stream& to) -> async<> { co_await to.write(std::string(600'000, 'x')); };
        auto written = co_await patio::as_outcome(writing(peer));
        (void)written;  // it may fail: the server reads no more at some point
        auto rest = co_await patio::as_outcome(peer.read_all());
        if (rest.has_value()) {
            EXPECT_EQ(rest.value(), "POST /1\n");
        }
    });
}

// --- responses

TEST(server_connection, sends_no_body_to_head) {
    http_talk talk{name_it};
    EXPECT_EQ(talk.answers_to(request_of("HEAD / HTTP/1.1") + last_request("GET / HTTP/1.1")),
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
              "Content-Length: 7\r\n\r\n" +
                  ok("GET /\n", last));
}

TEST(server_connection, sends_no_length_where_none_may_be) {
    http_talk talk{[](http::request&) { return http::response{204}; }};
    EXPECT_EQ(talk.answers_to(last_request("GET / HTTP/1.1")),
              "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    http_talk unchanged{[](http::request&) { return http::response{304}.with("ETag", "\"1\""); }};
    EXPECT_EQ(unchanged.answers_to(last_request("GET / HTTP/1.1")),
              "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nConnection: close\r\n\r\n");
}

TEST(server_connection, frames_the_body_itself_whatever_the_handler_says) {
    http_talk talk{[](http::request&) {
        return http::response{"four"}
            .with("Content-Length", "5")
            .with("Transfer-Encoding", "chunked")
            .with("Content-Type", "text/x");
    }};
    EXPECT_EQ(talk.answers_to(last_request("GET / HTTP/1.1")),
              "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 4\r\n"
              "Connection: close\r\n\r\nfour");
}

patio::async_generator<std::string> three_pieces() {
    co_yield "one";
    co_await patio::sleep(1s);
    co_yield "";
    co_yield "two";
    co_await patio::sleep(1s);
    co_yield "three";
}

TEST(server_connection, sends_pieces_as_they_are_made) {
    http_talk talk{[](http::request&) { return http::response{http::body{three_pieces()}}; }};
    talk.with([](stream& peer) -> async<> {
        const auto start = patio::now();
        co_await peer.write(request_of("GET / HTTP/1.1"));
        const auto head = co_await peer.read_until("\r\n\r\n");
        EXPECT_EQ(without_date(head.value()),
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        const std::string one = co_await peer.read_exactly(8);
        EXPECT_EQ(one, "3\r\none\r\n");
        EXPECT_EQ(patio::now() - start, 0s);
        const std::string two = co_await peer.read_exactly(8);
        EXPECT_EQ(two, "3\r\ntwo\r\n");
        EXPECT_EQ(patio::now() - start, 1s);
        const std::string three = co_await peer.read_exactly(15);
        EXPECT_EQ(three, "5\r\nthree\r\n0\r\n\r\n");
    });
}

TEST(server_connection, sends_the_head_before_a_body_that_begins_late) {
    const auto late = []() -> patio::async_generator<std::string> {
        co_await patio::sleep(1h);
        co_yield "late";
    };
    http_talk talk{[&](http::request&) { return http::response{http::body{late()}}; }};
    talk.with([](stream& peer) -> async<> {
        const auto start = patio::now();
        co_await peer.write(request_of("GET / HTTP/1.1"));
        const auto head = co_await peer.read_until("\r\n\r\n");
        EXPECT_TRUE(head.has_value());
        EXPECT_EQ(patio::now() - start, 0s);
    });
}

TEST(server_connection, ends_a_body_of_unknown_length_with_the_connection_for_http_1_0) {
    http_talk talk{[](http::request&) { return http::response{http::body{three_pieces()}}; }};
    EXPECT_EQ(talk.answers_to(request_of("GET / HTTP/1.0\r\nConnection: keep-alive")),
              "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nonetwothree");
}

TEST(server_connection, sends_a_generated_body_of_known_length) {
    http_talk talk{[](http::request&) { return http::response{http::body{three_pieces(), 11}}; }};
    EXPECT_EQ(talk.answers_to(last_request("GET / HTTP/1.1")),
              "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\nonetwothree");
}

TEST(server_connection, breaks_off_where_a_body_is_shorter_than_it_was_said_to_be) {
    http_talk talk{[](http::request&) { return http::response{http::body{three_pieces(), 12}}; }};
    EXPECT_EQ(talk.answers_to(request_of("GET / HTTP/1.1")),
              "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nonetwothree");
    ASSERT_EQ(talk.reports.size(), 1U);
    EXPECT_THAT(talk.reports[0].text, HasSubstr("answering GET / failed"));
}

TEST(server_connection, sends_large_bodies_whole) {
    const std::string large(3'000'000, 'x');
    http_talk talk{[&](http::request&) { return http::response{large}; }};
    EXPECT_EQ(talk.answers_to(last_request("GET / HTTP/1.1")), ok(large, last));
}

// --- failures

TEST(server_connection, answers_with_the_status_that_a_handler_throws) {
    const auto site = [](http::request&) -> async<http::response> {
        throw http::status_error{404, "no such note"};
        co_return http::response{};
    };
    http_talk talk{site};
    EXPECT_THAT(talk.answers_to(last_request("GET / HTTP/1.1")),
                StartsWith("HTTP/1.1 404 Not Found\r\n"));
    EXPECT_TRUE(talk.reports.empty());
}

TEST(server_connection, reports_a_handler_that_fails_and_goes_on) {
    const auto site = [](http::request& asked) -> async<http::response> {
        if (asked.path() == "/bug") throw std::runtime_error{"secret"};
        co_return name_it(asked);
    };
    http_talk talk{site};
    const std::string heard =
        talk.answers_to(request_of("GET /bug HTTP/1.1") + last_request("GET / HTTP/1.1"));
    EXPECT_THAT(heard, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
    EXPECT_THAT(heard, EndsWith(ok("GET /\n", last)));
    EXPECT_THAT(heard, Not(HasSubstr("secret")));
    ASSERT_EQ(talk.reports.size(), 1U);
    EXPECT_EQ(talk.reports[0].text, "answering GET /bug failed: secret");
}

TEST(server_connection, refuses_what_is_no_http) {
    for (const char* said : {
             "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
             "GET / HTTP/1.1\r\n\r\n",
             "GET / HTTP/1.1\nHost: a\n\n",
             "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n folded\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
             "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
             "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na",
         }) {
        http_talk talk{name_it};
        const std::string heard = talk.answers_to(said);
        EXPECT_THAT(heard, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << said;
        EXPECT_THAT(heard, HasSubstr("Connection: close\r\n")) << said;
        EXPECT_TRUE(talk.reports.empty()) << said;
    }
}

TEST(server_connection, refuses_a_bad_chunk_that_the_handler_meets) {
    http_talk talk{count};
    const std::string heard =
        talk.answers_to(request_of("POST / HTTP/1.1\r\nTransfer-Encoding: chunked") + "x\r\n");
    EXPECT_THAT(heard, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_TRUE(talk.reports.empty());
}

// --- other protocols

TEST(server_connection, hands_the_connection_over_behind_a_101) {
    const auto site = [](http::request&) {
        return http::response::switch_protocol("shout", [](stream peer) -> async<> {
            while (auto line = co_await peer.read_line())
                co_await peer.write(*line, "!\n");
        });
    };
    http_talk talk{site};
    talk.with([](stream& peer) -> async<> {
        // What comes with the request is for the other protocol already.
        co_await peer.write(request_of("GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: shout") +
                            "one\ntw");
        const auto head = co_await peer.read_until("\r\n\r\n");
        EXPECT_EQ(without_date(head.value()),
                  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                  "Upgrade: shout\r\n\r\n");
        co_await peer.write("o\n");
        const auto one = co_await peer.read_line();
        EXPECT_EQ(one, "one!");
        const auto two = co_await peer.read_line();
        EXPECT_EQ(two, "two!");
    });
}

// --- cancellation

TEST(server_connection, can_be_cancelled_everywhere) {
    patio::testing::cancel_everywhere([](patio::testing::probe& marked) -> async<> {
        auto [client, server] = patio::testing::memory_streams(memory_options{}.slice_bytes(30));
        stream peer = std::move(client);
        auto serving = http::serve_connection(std::move(server), echo);
        const auto talk = [&]() -> async<> {
            co_await peer.write(request_of("POST / HTTP/1.1\r\nTransfer-Encoding: chunked") +
                                "5\r\nhello\r\n0\r\n\r\n" + last_request("POST / HTTP/1.1", "x"));
            co_await peer.read_all();  // however it ends: it ends
        };
        auto both = patio::gather_settled(marked.cancelled(std::move(serving)), talk());
        co_await std::move(both);
    });
}

TEST(server_connection, says_that_a_body_is_closed_once_its_request_was_answered) {
    http::body kept;
    const auto site = [&](http::request& asked) {
        if (asked.method() == "POST") kept = std::move(asked.body());
        return http::response{"kept"};
    };
    http_talk talk{site};
    talk.with([&](stream& peer) -> async<> {
        co_await peer.write(request_of("POST / HTTP/1.1", "abc") + last_request("GET / HTTP/1.1"));
        const std::string all = co_await peer.read_all();
        EXPECT_EQ(without_date(all), ok("kept") + ok("kept", last));
        auto late = co_await patio::as_outcome(kept.text());
        EXPECT_FALSE(late.has_value());
    });
}

}  // namespace
