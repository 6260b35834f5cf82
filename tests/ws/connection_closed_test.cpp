// SPDX-License-Identifier: MIT

#include <patio/ws/connection_closed.hpp>

#include "support/ws_pair.hpp"

#include <patio/patio.hpp>
#include <patio/testing/run.hpp>
#include <patio/ws/connection.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <system_error>

namespace {

using namespace std::chrono_literals;
using patio::test_support::client_end;
using patio::test_support::from_client;
using patio::test_support::from_server;
using patio::test_support::open_ws_pair;
using patio::test_support::server_end;
using patio::test_support::ws_end;
using patio::test_support::ws_pair;
using patio::testing::memory_fault;
using patio::testing::memory_options;
using patio::ws::close_code;
using patio::ws::closed_by;
using patio::ws::connection_closed;
using testing::HasSubstr;

/// How an operation fails: what it throws, or nothing.
template <class A>
patio::async<std::optional<connection_closed>> failure_of(A operation) {
    try {
        co_await std::move(operation);
    } catch (const connection_closed& failure) {
        co_return failure;
    }
    co_return std::nullopt;
}

patio::async<> receive_all(patio::ws::connection& from) {
    while (const auto dropped = co_await from.receive()) {}
}

TEST(the_end, is_told_to_who_sends_after_the_peer_has_closed) {
    patio::testing::run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        auto closing = patio::create_task(
            ends.client.close(static_cast<close_code>(4001), "enough for today"));
        co_await receive_all(ends.server);
        co_await closing;
        const auto failure = co_await failure_of(ends.server.send("too late"));
        EXPECT_EQ(failure->code(), patio::errc::closed);
        EXPECT_EQ(failure->close_code(), static_cast<close_code>(4001));
        EXPECT_STREQ(failure->reason(), "enough for today");
        EXPECT_EQ(failure->closed_by(), closed_by::peer);
        EXPECT_THAT(failure->what(), HasSubstr("sending a WebSocket message: the peer has closed "
                                               "the connection, code 4001: enough for today"));
        const auto here = co_await failure_of(ends.client.send("too late"));
        EXPECT_EQ(here->closed_by(), closed_by::this_side);
        EXPECT_EQ(here->close_code(), static_cast<close_code>(4001));
    });
}

TEST(the_end, without_a_close_frame_is_a_failure) {
    for (const bool is_within_message : {false, true}) {
        patio::testing::run([is_within_message]() -> patio::async<> {
            ws_end end = server_end();
            const std::string half = from_client(0x01, "half of a message");
            if (is_within_message) co_await end.theirs.write(half);
            end.theirs.abort();
            const auto failure = co_await failure_of(end.ours.receive());
            EXPECT_EQ(failure->code(), patio::errc::end_of_stream);
            EXPECT_EQ(failure->close_code(), close_code::abnormal);
            EXPECT_EQ(failure->closed_by(), closed_by::nobody);
            const auto again = co_await failure_of(end.ours.receive());
            EXPECT_EQ(again->code(), patio::errc::end_of_stream);
            const auto ping = co_await failure_of(end.ours.ping());
            EXPECT_EQ(ping->code(), patio::errc::end_of_stream);
        });
    }
}

TEST(the_end, comes_wherever_the_line_breaks) {
    for (const memory_fault how : {memory_fault::truncation, memory_fault::reset}) {
        for (std::size_t bytes = 0; bytes < 40; ++bytes) {
            patio::testing::run([=]() -> patio::async<> {
                ws_pair ends = co_await open_ws_pair();
                patio::testing::break_off_after(ends.line, bytes, how);
                auto server = patio::create_task(failure_of(receive_all(ends.server)));
                for (bool goes_on = true; goes_on;) {
                    const auto failure = co_await failure_of(ends.client.send("a message"));
                    goes_on = !failure.has_value();
                    co_await patio::yield();
                }
                const auto failure = co_await failure_of(ends.client.receive());
                EXPECT_TRUE(failure.has_value());
                const auto there = co_await server;
                EXPECT_TRUE(there.has_value());
                const bool is_reset = how == memory_fault::reset;
                EXPECT_EQ(there->code() == std::errc::connection_reset, is_reset);
                EXPECT_EQ(there->code() == patio::errc::end_of_stream, !is_reset);
            });
        }
    }
}

TEST(the_end, is_what_the_peer_has_said_also_where_sending_has_failed_before) {
    patio::testing::run([]() -> patio::async<> {
        ws_end end = server_end();
        const std::string goodbye = from_client(0x88, "\x03\xe9gone");
        co_await end.theirs.write(goodbye);
        end.theirs.abort();
        auto failure = co_await failure_of(end.ours.send("nobody reads this"));
        EXPECT_EQ(failure->code(), std::errc::broken_pipe);
        const auto none = co_await end.ours.receive();
        EXPECT_FALSE(none.has_value());
        EXPECT_EQ(end.ours.close_code(), close_code::going_away);
        failure = co_await failure_of(end.ours.send("nor this"));
        EXPECT_STREQ(failure->reason(), "gone");
    });
}

struct mistake {
    std::string bytes;
    close_code code;
    const char* what;
};

TEST(the_end, is_told_to_a_peer_that_breaks_the_protocol) {
    const mistake all[] = {
        {from_client(0x81, "\xff"), close_code::invalid_data, "UTF-8"},
        {from_client(0x83, ""), close_code::protocol_error, "opcode"},
        {from_client(0xc1, ""), close_code::protocol_error, "reserved"},
        {from_server(0x81, "no mask"), close_code::protocol_error, "mask"},
        {from_client(0x80, ""), close_code::protocol_error, "continu"},
        {from_client(0x88, "\x03"), close_code::protocol_error, "one byte"},
    };
    for (const mistake& each : all) {
        patio::testing::run([&each]() -> patio::async<> {
            ws_end end = server_end();
            co_await end.theirs.write(each.bytes);
            co_await end.theirs.shutdown();
            const auto failure = co_await failure_of(end.ours.receive());
            EXPECT_EQ(failure->code(), patio::errc::malformed) << failure->what();
            EXPECT_EQ(failure->close_code(), each.code);
            EXPECT_EQ(failure->closed_by(), closed_by::this_side);
            EXPECT_THAT(failure->what(), HasSubstr(each.what));
            const std::string answer = co_await end.theirs.read_all();
            const auto code = static_cast<unsigned>(each.code);
            EXPECT_EQ(answer[0], '\x88');
            EXPECT_EQ(answer[2], static_cast<char>(code >> 8));
            EXPECT_EQ(answer[3], static_cast<char>(code & 0xff));
        });
    }
}

TEST(the_end, is_a_limit_of_ours_with_its_name) {
    patio::testing::run([]() -> patio::async<> {
        ws_end end = server_end();
        const std::string bytes = from_client(0x82, std::string((1 << 20) + 1, 'x'));
        auto sent = patio::create_task(end.theirs.write(bytes));
        const auto failure = co_await failure_of(end.ours.receive());
        EXPECT_EQ(failure->code(), patio::errc::limit_exceeded);
        EXPECT_EQ(failure->close_code(), close_code::too_big);
        co_await sent;
    });
}

TEST(the_end, of_a_failed_connection_comes_after_what_was_received_before) {
    patio::testing::run([]() -> patio::async<> {
        ws_end end = server_end();
        const std::string bytes = from_client(0x81, "good") + from_client(0x83, "bad");
        co_await end.theirs.write(bytes);
        co_await end.theirs.shutdown();
        const auto good = co_await end.ours.receive();
        EXPECT_EQ(good->data, "good");
        const auto failure = co_await failure_of(end.ours.receive());
        EXPECT_EQ(failure->close_code(), close_code::protocol_error);
    });
}

TEST(the_end, is_an_error_that_says_that_this_side_has_aborted) {
    patio::testing::run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        auto received = patio::create_task(failure_of(ends.client.receive()));
        co_await patio::yield();
        ends.client.abort();
        const auto failure = co_await received;
        EXPECT_EQ(failure->code(), patio::errc::closed);
        EXPECT_EQ(failure->closed_by(), closed_by::this_side);
        EXPECT_EQ(failure->close_code(), close_code::abnormal);
    });
}

}  // namespace
