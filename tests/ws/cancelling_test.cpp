// SPDX-License-Identifier: MIT

// Operations of a connection that are cancelled at every point where they can be.

#include "support/trace.hpp"
#include "support/ws_pair.hpp"

#include <patio/patio.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>
#include <patio/ws/connection.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace {

using namespace std::chrono_literals;
using patio::test_support::from_client;
using patio::test_support::open_ws_pair;
using patio::test_support::quiet;
using patio::test_support::server_end;
using patio::test_support::ws_end;
using patio::test_support::ws_pair;
using patio::testing::cancel_everywhere;
using patio::testing::memory_options;
using patio::testing::probe;
using patio::ws::connection;
using patio::ws::connection_closed;
using patio::ws::connection_options;
using patio::ws::deflate_options;
using patio::ws::message;
using patio::ws::message_kind;

memory_options slow_line(std::size_t buffer_bytes = 7) {
    memory_options line;
    line.buffer_bytes(buffer_bytes).slice_bytes(3).latency(1ms);
    return line;
}

patio::async<> receive_into(std::string& all, connection& from) {
    while (auto next = co_await from.receive())
        all += next->data + ' ';
}

/// The same where the connection may break.
patio::async<> receive_what_comes(std::string& all, connection& from) {
    try {
        co_await receive_into(all, from);
    } catch (const connection_closed&) {
        all += "broken";
    }
}

TEST(a_cancelled_receive, loses_nothing) {
    const auto body = [](probe& marked) -> patio::async<> {
        ws_pair ends = co_await open_ws_pair(slow_line());
        std::string all;
        auto sending = patio::create_task([&]() -> patio::async<> {
            co_await ends.client.send("one");
            auto out = co_await ends.client.begin_message(message_kind::text);
            co_await out.write("t");
            co_await out.write("wo");
            co_await out.end();
            co_await ends.client.close();
        });
        co_await marked.cancelled(receive_into(all, ends.server));
        co_await receive_into(all, ends.server);
        EXPECT_EQ(all, "one two ");
        co_await sending;
    };
    EXPECT_GT(cancel_everywhere(body), 10U);
}

TEST(a_cancelled_receive, leaves_the_pongs_that_it_owes_whole) {
    const auto body = [](probe& marked) -> patio::async<> {
        ws_end end = server_end(slow_line());
        const auto peer = [&end]() -> patio::async<> {
            const std::string text = from_client(0x89, "first ping") + from_client(0x81, "x") +
                                     from_client(0x89, "other ping") + from_client(0x88, "");
            co_await end.theirs.write(text);
            std::string answers = co_await end.theirs.read_all();
            const std::string other = "\x8a\x0aother ping";
            const std::string first =
                "\x8a\x0a"
                "first ping";
            const std::string goodbye("\x88\x00", 2);
            if (answers.starts_with(first)) answers.erase(0, first.size());
            if (answers.starts_with(other)) answers.erase(0, other.size());
            EXPECT_EQ(answers, goodbye) << "the Close frame may come before a pong is sent";
        };
        auto there = patio::create_task(peer);
        std::string all;
        co_await marked.cancelled(receive_into(all, end.ours));
        co_await receive_into(all, end.ours);
        EXPECT_EQ(all, "x ");
        co_await there;
    };
    EXPECT_GT(cancel_everywhere(body), 10U);
}

TEST(a_cancelled_send, has_sent_all_or_nothing_or_ends_the_connection) {
    for (const bool is_compressed : {false, true}) {
        for (const bool is_from_server : {false, true}) {
            const auto body = [=](probe& marked) -> patio::async<> {
                connection_options options = quiet();
                if (is_compressed) options.compression(deflate_options{}.threshold_bytes(0));
                ws_pair ends = co_await open_ws_pair(slow_line(100), options, options);
                connection& from = is_from_server ? ends.server : ends.client;
                connection& to = is_from_server ? ends.client : ends.server;
                std::string all;
                auto receiving = patio::create_task(receive_what_comes(all, to));
                const std::string before(150, 'a');
                const std::string text(300, 'b');
                auto first = patio::create_task(from.send(message::text(before)));
                co_await marked.cancelled(from.send(text));
                co_await first;
                try {
                    co_await from.send("after");
                } catch (const connection_closed&) {
                    EXPECT_TRUE(marked.was_cancelled());
                }
                if (from.is_open()) co_await from.close();
                co_await receiving;
                const bool was_sent = all == before + ' ' + text + " after ";
                const bool was_not = all == before + " after ";
                const bool is_broken = all == before + " broken";
                EXPECT_TRUE(was_sent || was_not || is_broken) << all;
                EXPECT_TRUE(was_sent || marked.was_cancelled());
            };
            EXPECT_GT(cancel_everywhere(body), 3U);
        }
    }
}

TEST(a_cancelled_send, between_the_frames_of_a_compressed_message_ends_the_connection) {
    const std::string noise = patio::test_support::noise(40'000);
    std::size_t broken = 0;
    const auto body = [&](probe& marked) -> patio::async<> {
        const connection_options options =
            quiet().compression(deflate_options{}.threshold_bytes(0));
        memory_options line;
        line.buffer_bytes(5000);
        ws_pair ends = co_await open_ws_pair(line, options, options);
        std::string all;
        auto receiving = patio::create_task(receive_what_comes(all, ends.client));
        co_await marked.cancelled(ends.server.send_binary(noise));
        if (ends.server.is_open()) {
            co_await ends.server.send("after");
            co_await ends.server.close();
            co_await receiving;
            EXPECT_TRUE(all == "after " || all == noise + " after ");
        } else {
            co_await receiving;
            EXPECT_EQ(all, "broken");
            ++broken;
        }
    };
    EXPECT_GT(cancel_everywhere(body), 5U);
    EXPECT_GT(broken, 3U);
}

TEST(a_cancelled_send, that_waits_for_its_turn_has_sent_nothing) {
    patio::testing::run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        auto out = co_await ends.client.begin_message(message_kind::text);
        const bool was_sent = co_await patio::move_on_after(1s, ends.client.send("given up"));
        EXPECT_FALSE(was_sent);
        co_await out.write("first");
        co_await out.end();
        co_await ends.client.send("last");
        auto next = co_await ends.server.receive();
        EXPECT_EQ(next->data, "first");
        next = co_await ends.server.receive();
        EXPECT_EQ(next->data, "last");
    });
}

TEST(a_cancelled_send, that_finds_no_room_for_its_first_byte_has_sent_nothing) {
    patio::testing::run([]() -> patio::async<> {
        memory_options line;
        line.buffer_bytes(10);
        ws_pair ends = co_await open_ws_pair(line);
        co_await ends.server.send("8 bytes.");
        const bool was_sent = co_await patio::move_on_after(1s, ends.server.send("given up"));
        EXPECT_FALSE(was_sent);
        auto next = co_await ends.client.receive();
        EXPECT_EQ(next->data, "8 bytes.");
        co_await ends.server.send("goes on");
        next = co_await ends.client.receive();
        EXPECT_EQ(next->data, "goes on");
    });
}

TEST(a_cancelled_send, within_a_frame_aborts_the_connection) {
    patio::testing::run([]() -> patio::async<> {
        memory_options line;
        line.buffer_bytes(10);
        ws_pair ends = co_await open_ws_pair(line);
        const bool was_sent =
            co_await patio::move_on_after(1s, ends.server.send("more than ten bytes"));
        EXPECT_FALSE(was_sent);
        EXPECT_FALSE(ends.server.is_open());
        const std::string failure = co_await test::what_of(ends.server.send("next"));
        EXPECT_THAT(failure, testing::HasSubstr("a send was cancelled in the middle"));
        const std::string there = co_await test::what_of(ends.client.receive());
        EXPECT_THAT(there, testing::HasSubstr("without a Close frame"));
    });
}

TEST(a_cancelled_ping, leaves_the_connection_as_it_was) {
    const auto body = [](probe& marked) -> patio::async<> {
        ws_pair ends = co_await open_ws_pair(slow_line());
        std::string here;
        std::string there;
        auto client = patio::create_task(receive_into(here, ends.client));
        auto server = patio::create_task(receive_into(there, ends.server));
        co_await marked.cancelled(ends.client.ping());
        co_await ends.client.ping();
        co_await ends.client.send("text");
        co_await ends.client.close();
        co_await client;
        co_await server;
        EXPECT_EQ(there, "text ");
    };
    EXPECT_GT(cancel_everywhere(body), 5U);
}

TEST(a_cancelled_close, ends_the_connection) {
    for (const bool is_server : {false, true}) {
        const auto body = [is_server](probe& marked) -> patio::async<> {
            ws_pair ends = co_await open_ws_pair(slow_line());
            connection& here = is_server ? ends.server : ends.client;
            connection& peer = is_server ? ends.client : ends.server;
            std::string there;
            auto receiving = patio::create_task(receive_what_comes(there, peer));
            co_await marked.cancelled(here.close());
            co_await here.close();
            EXPECT_FALSE(here.is_open());
            here.abort();  // where it was cancelled before it began
            co_await receiving;
        };
        EXPECT_GT(cancel_everywhere(body), 5U);
    }
}

TEST(a_conversation, can_be_cancelled_anywhere_as_a_whole) {
    const auto body = []() -> patio::async<> {
        const connection_options options =
            quiet().compression(deflate_options{}.threshold_bytes(0));
        ws_pair ends = co_await open_ws_pair(slow_line(50), options, options);
        std::string there;
        const auto both = [&](patio::task_group& group) -> patio::async<> {
            group.spawn(receive_what_comes(there, ends.server));
            group.spawn([&]() -> patio::async<> { co_await ends.server.send("to the client"); });
            const auto next = co_await ends.client.receive();
            EXPECT_EQ(next->data, "to the client");
            const std::string text(200, 'x');
            co_await ends.client.send(text);
            co_await ends.client.close();
        };
        co_await patio::with_task_group(both);
    };
    EXPECT_GT(cancel_everywhere(body), 20U);
}

}  // namespace
