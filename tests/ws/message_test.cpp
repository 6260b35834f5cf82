// SPDX-License-Identifier: MIT

#include <patio/ws/message.hpp>

#include "support/trace.hpp"
#include "support/ws_pair.hpp"

#include <patio/patio.hpp>
#include <patio/testing/run.hpp>
#include <patio/ws/connection.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using namespace std::chrono_literals;
using patio::test_support::from_client;
using patio::test_support::open_ws_pair;
using patio::test_support::quiet;
using patio::test_support::server_end;
using patio::test_support::ws_end;
using patio::test_support::ws_pair;
using patio::testing::memory_options;
using patio::ws::message;
using patio::ws::message_kind;
using patio::ws::message_piece;
using test::what_of;

TEST(a_message, is_a_kind_and_bytes) {
    EXPECT_TRUE(message::text("a").is_text());
    EXPECT_FALSE(message::binary("a").is_text());
    EXPECT_EQ(message::text("a").data, "a");
    EXPECT_NE(message::text("a"), message::binary("a"));
    EXPECT_NE(message::text("a"), message::text("b"));
}

TEST(a_message_in_pieces, is_read_no_faster_than_it_is_asked_for) {
    patio::testing::run([]() -> patio::async<> {
        memory_options line;
        line.buffer_bytes(1000);
        const auto unlimited = quiet().message_bytes_max(UINT64_MAX);
        ws_pair ends = co_await open_ws_pair(line, unlimited, unlimited);
        const std::string text(50'000'000, 'x');
        auto sent = patio::create_task(ends.client.send(text));
        std::size_t received = 0;
        std::size_t largest = 0;
        for (bool is_last = false; !is_last;) {
            co_await patio::sleep(1s);
            EXPECT_FALSE(sent.done() && received + 2'000 < text.size());
            const auto piece = co_await ends.server.receive_piece();
            received += piece->data.size();
            largest = std::max(largest, piece->data.size());
            is_last = piece->is_last;
        }
        EXPECT_EQ(received, text.size());
        EXPECT_LE(largest, 65'536U);
        co_await sent;
    });
}

TEST(a_message_in_pieces, ends_with_a_piece_that_says_so_and_the_next_one_begins) {
    patio::testing::run([]() -> patio::async<> {
        ws_end end = server_end();
        const std::string first = from_client(0x01, "one ");
        co_await end.theirs.write(first);
        auto piece = co_await end.ours.receive_piece();
        EXPECT_EQ(piece->data, "one ");
        EXPECT_FALSE(piece->is_last);
        const std::string rest = from_client(0x80, "two") + from_client(0x82, "three");
        co_await end.theirs.write(rest);
        piece = co_await end.ours.receive_piece();
        EXPECT_EQ(piece->data, "two");
        EXPECT_TRUE(piece->is_last);
        EXPECT_TRUE(piece->is_text());
        const auto whole = co_await end.ours.receive();
        EXPECT_EQ(whole, message::binary("three"));
    });
}

TEST(a_message_in_pieces, cannot_be_received_as_a_whole) {
    patio::testing::run([]() -> patio::async<> {
        ws_end end = server_end();
        const std::string bytes = from_client(0x01, "one ");
        co_await end.theirs.write(bytes);
        const auto piece = co_await end.ours.receive_piece();
        EXPECT_EQ(piece->data, "one ");
        const std::string failure = co_await what_of(end.ours.receive());
        EXPECT_THAT(failure, testing::HasSubstr("received in pieces"));
    });
}

TEST(a_message_in_pieces, begins_with_what_a_receive_that_was_given_up_has_got) {
    patio::testing::run([]() -> patio::async<> {
        ws_end end = server_end();
        const std::string first = from_client(0x01, "kept ");
        co_await end.theirs.write(first);
        const auto none = co_await patio::move_on_after(1s, end.ours.receive());
        EXPECT_FALSE(none.has_value());
        const auto piece = co_await end.ours.receive_piece();
        EXPECT_EQ(piece->data, "kept ");
    });
}

TEST(a_message_in_pieces, is_empty_once_the_peer_has_closed) {
    patio::testing::run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        auto closed = patio::create_task(ends.client.close());
        const auto piece = co_await ends.server.receive_piece();
        EXPECT_FALSE(piece.has_value());
        co_await closed;
    });
}

}  // namespace
