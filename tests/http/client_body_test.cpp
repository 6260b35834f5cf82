// SPDX-License-Identifier: MIT

#include "http/coding.hpp"
#include "http/received_body.hpp"
#include "support/scratch.hpp"
#include "support/scripted_server.hpp"

#include <patio/core/sleep.hpp>
#include <patio/http/client.hpp>
#include <patio/patio.hpp>
#include <patio/testing/run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::http::body;
using patio::http::client;
using patio::http::content;
using patio::http::headers;
using patio::http::request_error;
using patio::http::response;
using patio::test_support::ok;
using patio::test_support::read_request;
using patio::test_support::scripted_server;
using patio::testing::memory_options;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

std::string encoded(patio::http::coding with, const std::string& text) {
    patio::http::encoder machine{with};
    std::string all(text.size() + 1000, '\0');
    const auto step = machine.encode(patio::byte_view{text}, patio::byte_span{all},
                                     patio::http::coding_end::finish);
    all.resize(step.written);
    return all;
}

patio::async_generator<std::string> pieces(int count) {
    for (int i = 0; i < count; ++i) {
        co_await patio::sleep(1s);
        co_yield "piece " + std::to_string(i) + ";";
    }
}

// --- responses

TEST(client_body, comes_while_it_is_read) {
    scripted_server server;
    server.on_connection([](patio::stream& peer) -> async<> {
        (void)co_await read_request(peer);
        co_await peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 3; ++i) {
            co_await patio::sleep(10s);
            co_await peer.write("2\r\nab\r\n");
        }
        co_await peer.write("0\r\n\r\n");
        co_await peer.read_all();
    });
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        response answer = co_await asking.get("http://h/");
        EXPECT_EQ(answer.elapsed(), patio::duration{});
        for (int i = 0; i < 3; ++i) {
            const std::string piece = co_await answer.body().read_some(100);
            EXPECT_EQ(piece, "ab");
        }
        const std::string last = co_await answer.body().read_some(100);
        EXPECT_EQ(last, "");
        EXPECT_EQ(asking.idle_connection_count(), 1U);
    });
}

TEST(client_body, is_the_same_however_the_bytes_come) {
    const std::string text = patio::test_support::pattern(100'000);
    for (const bool is_chunked : {false, true}) {
        for (const std::size_t slice : {1U, 7U, 5000U, 100'000U}) {
            scripted_server server;
            server.line(memory_options{}.slice_bytes(slice));
            server.on_connection({is_chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                                               "\r\n186a0\r\n" +
                                                   text + "\r\n0\r\n\r\n"
                                             : ok(text)});
            patio::testing::run([&]() -> async<> {
                client asking{server.options()};
                response answer = co_await asking.get("http://h/");
                const std::string came = co_await answer.text();
                EXPECT_TRUE(came == text);
                EXPECT_EQ(asking.idle_connection_count(), 1U);
            });
        }
    }
}

TEST(client_body, is_decompressed) {
    const std::string text = patio::test_support::pattern(50'000);
    for (const auto with :
         {patio::http::coding::gzip, patio::http::coding::br, patio::http::coding::zstd}) {
        scripted_server server;
        const std::string fields =
            "Content-Encoding: " + std::string{patio::http::name_of(with)} + "\r\n";
        server.on_connection({ok(encoded(with, text), fields), ok(encoded(with, text), fields)});
        patio::testing::run([&]() -> async<> {
            client asking{server.options()};
            response answer = co_await asking.get("http://h/");
            EXPECT_FALSE(answer.header("Content-Encoding").has_value());
            EXPECT_FALSE(answer.header("Content-Length").has_value());
            EXPECT_FALSE(answer.body().length().has_value());
            const std::string came = co_await answer.text();
            EXPECT_TRUE(came == text);
            EXPECT_EQ(asking.idle_connection_count(), 1U);
        });
    }
}

TEST(client_body, is_left_compressed_for_who_wants_that) {
    const std::string coded = encoded(patio::http::coding::gzip, "text");
    scripted_server server;
    server.on_connection({ok(coded, "Content-Encoding: gzip\r\n")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().without_decompression()};
        response answer = co_await asking.get("http://h/");
        EXPECT_EQ(answer.header("Content-Encoding"), "gzip");
        const std::string came = co_await answer.text();
        EXPECT_TRUE(came == coded);
    });
    EXPECT_THAT(server.requests[0], Not(HasSubstr("Accept-Encoding")));
}

TEST(client_body, fails_if_it_is_a_bomb_or_no_such_coding) {
    const std::string bomb = encoded(patio::http::coding::gzip, std::string(1'000'000, 'x'));
    scripted_server server;
    server.on_connection({ok(bomb, "Content-Encoding: gzip\r\n")});
    server.on_connection({ok("no gzip at all", "Content-Encoding: gzip\r\n")});
    server.on_connection({ok(bomb.substr(0, bomb.size() - 9), "Content-Encoding: gzip\r\n")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().decoded_bytes_max(100'000).idle_timeout(0s)};
        std::error_code codes[3];
        for (std::error_code& code : codes) {
            response answer = co_await asking.get("http://h/");
            try {
                co_await answer.body().discard();
            } catch (const request_error& thrown) {
                code = thrown.code();
            }
        }
        EXPECT_EQ(codes[0], patio::errc::limit_exceeded);
        EXPECT_EQ(codes[1], patio::errc::malformed);
    });
}

// --- requests

TEST(client_body, is_sent_with_its_length_or_in_chunks) {
    scripted_server server;
    server.on_connection({ok(""), ok(""), ok("")});
    const std::string large = patio::test_support::pattern(300'000);
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        (void)co_await asking.post("http://h/", body{pieces(2)});
        (void)co_await asking.post("http://h/", body{pieces(2), 16});
        (void)co_await asking.post("http://h/", large);
        EXPECT_EQ(asking.idle_connection_count(), 1U);
    });
    ASSERT_EQ(server.requests.size(), 3U);
    EXPECT_THAT(server.requests[0],
                AllOf(HasSubstr("Transfer-Encoding: chunked\r\n"),
                      EndsWith("\r\n\r\n8\r\npiece 0;\r\n8\r\npiece 1;\r\n0\r\n\r\n")));
    EXPECT_THAT(server.requests[1],
                AllOf(HasSubstr("Content-Length: 16\r\n"), EndsWith("\r\n\r\npiece 0;piece 1;")));
    EXPECT_TRUE(server.requests[2].ends_with(large));
}

TEST(client_body, fails_with_what_its_source_throws) {
    scripted_server server;
    server.on_connection({ok("")}).on_connection({ok("")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        const auto failing = []() -> patio::async_generator<std::string> {
            co_yield "x";
            throw std::runtime_error{"the caller's own"};
        };
        auto posting = asking.post("http://h/", body{failing()});
        try {
            (void)co_await std::move(posting);
            ADD_FAILURE();
        } catch (const std::runtime_error& thrown) {
            EXPECT_STREQ(thrown.what(), "the caller's own");
        }
        auto too_short = patio::as_outcome(asking.post("http://h/", body{pieces(1), 100}));
        const auto answer = co_await std::move(too_short);
        EXPECT_FALSE(answer.has_value());
        EXPECT_EQ(asking.connection_count(), 0U);
    });
}

TEST(client_body, is_given_up_when_the_answer_comes_early) {
    scripted_server server;
    server.line(memory_options{}.buffer_bytes(1000));
    server.on_connection([](patio::stream& peer) -> async<> {
        (void)co_await peer.read_until("\r\n\r\n");
        co_await patio::sleep(5s);
        co_await peer.write("HTTP/1.1 413 Too Large\r\nContent-Length: 6\r\n\r\nsmall!");
        co_await peer.read_all();
    });
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        response answer = co_await asking.post("http://h/", std::string(500'000, 'x'));
        EXPECT_EQ(answer.status(), 413);
        const std::string text = co_await answer.text();
        EXPECT_EQ(text, "small!");
        EXPECT_EQ(asking.connection_count(), 0U);  // half a request is no place for another one
    });
}

TEST(client_body, waits_until_a_large_one_is_wanted) {
    scripted_server server;
    std::string early;
    server.on_connection([&](patio::stream& peer) -> async<> {
        auto head = co_await peer.read_until("\r\n\r\n");
        EXPECT_THAT(head.value_or(""), HasSubstr("Expect: 100-continue\r\n"));
        co_await patio::sleep(500ms);
        early.assign(reinterpret_cast<const char*>(peer.buffered().data()), peer.buffered().size());
        co_await peer.write("HTTP/1.1 100 Continue\r\n\r\n");
        const std::string all = co_await peer.read_exactly(2000);
        co_await peer.write(ok(all.substr(0, 2)));
        co_await peer.read_all();
    });
    patio::testing::run([&]() -> async<> {
        client asking{server.options().expect_bytes_min(2000)};
        response answer = co_await asking.post("http://h/", std::string(2000, 'x'));
        EXPECT_EQ(answer.elapsed(), patio::duration{500ms});
        EXPECT_EQ(asking.idle_connection_count(), 1U);
    });
    EXPECT_EQ(early, "");
}

TEST(client_body, is_sent_after_a_second_to_servers_that_do_not_answer) {
    scripted_server server;
    server.on_connection({ok("")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().expect_bytes_min(1)};
        response answer = co_await asking.post("http://h/", "x");
        EXPECT_EQ(answer.elapsed(), patio::duration{1s});
    });
}

TEST(client_body, counts_the_time_for_an_answer_from_its_last_piece) {
    scripted_server server;
    server.on_connection({scripted_server::silence});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().response_timeout(3s)};
        try {
            (void)co_await asking.post("http://h/", body{pieces(10)});
            ADD_FAILURE();
        } catch (const request_error& thrown) {
            EXPECT_EQ(thrown.elapsed(), patio::duration{13s});
            EXPECT_EQ(thrown.phase(), patio::http::request_phase::waiting);
        }
    });
}

}  // namespace
