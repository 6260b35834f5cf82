// SPDX-License-Identifier: MIT

#include <patio/ws/connection.hpp>

#include "support/trace.hpp"
#include "support/ws_pair.hpp"

#include <patio/patio.hpp>
#include <patio/testing/run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <system_error>
#include <vector>

namespace {

using namespace std::chrono_literals;
using patio::test_support::client_end;
using patio::test_support::from_client;
using patio::test_support::from_server;
using patio::test_support::open_ws_pair;
using patio::test_support::quiet;
using patio::test_support::server_end;
using patio::test_support::ws_end;
using patio::test_support::ws_pair;
using patio::testing::memory_options;
using patio::ws::close_code;
using patio::ws::connection;
using patio::ws::message;
using patio::ws::message_kind;
using test::what_of;

constexpr unsigned text_frame = 0x81;
constexpr unsigned close_frame = 0x88;
constexpr unsigned ping_frame = 0x89;

template <class F>
void run(F body) {
    patio::testing::run(body);
}

/// All that comes, up to the end of the connection.
patio::async<std::string> receive_all(connection& from) {
    std::string all;
    while (auto next = co_await from.receive())
        all += (all.empty() ? "" : " ") + next->data;
    co_return all;
}

// --- messages

TEST(a_connection, carries_texts_and_bytes_both_ways) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        co_await ends.client.send("hello");
        const std::string zeros(3, '\0');
        co_await ends.client.send_binary(zeros);
        auto first = co_await ends.server.receive();
        EXPECT_EQ(first, message::text("hello"));
        auto second = co_await ends.server.receive();
        EXPECT_EQ(second, message::binary(zeros));
        co_await ends.server.send(std::move(*first));
        const auto echo = co_await ends.client.receive();
        EXPECT_EQ(echo, message::text("hello"));
    });
}

TEST(a_connection, carries_messages_of_every_length_however_the_line_cuts_them) {
    for (const std::size_t slice : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
        run([slice]() -> patio::async<> {
            memory_options line;
            line.slice_bytes(slice);
            ws_pair ends = co_await open_ws_pair(line);
            for (const std::size_t size :
                 {0U, 1U, 125U, 126U, 127U, 4096U, 4097U, 65'535U, 65'536U}) {
                const std::string sent(size, 'x');
                auto both = patio::gather(ends.client.send(sent), ends.server.receive());
                auto there = co_await std::move(both);
                EXPECT_EQ(std::get<1>(there), message::text(sent));
                auto back = patio::gather(ends.server.send(sent), ends.client.receive());
                auto here = co_await std::move(back);
                EXPECT_EQ(std::get<1>(here), message::text(sent));
            }
        });
    }
}

TEST(a_connection, gives_a_message_in_frames_as_one) {
    run([]() -> patio::async<> {
        ws_end end = server_end();
        const std::string bytes = from_client(0x01, "one ") + from_client(ping_frame, "?") +
                                  from_client(0x00, "two ") + from_client(0x80, "three");
        co_await end.theirs.write(bytes);
        const auto whole = co_await end.ours.receive();
        EXPECT_EQ(whole, message::text("one two three"));
        const std::string pong = co_await end.theirs.read_exactly(3);
        EXPECT_EQ(pong, "\x8a\x01?");
    });
}

TEST(a_connection, refuses_to_send_a_text_that_is_no_utf_8_and_goes_on) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        const std::string failure = co_await what_of(ends.client.send("\xff"));
        EXPECT_THAT(failure, testing::HasSubstr("the text is not UTF-8"));
        co_await ends.client.send("good");
        const auto next = co_await ends.server.receive();
        EXPECT_EQ(next->data, "good");
    });
}

TEST(a_connection, lets_many_send_at_once_in_the_order_in_which_they_came) {
    run([]() -> patio::async<> {
        memory_options line;
        line.buffer_bytes(16);
        ws_pair ends = co_await open_ws_pair(line);
        std::string received;
        const auto all = [&](patio::task_group& group) -> patio::async<> {
            for (char name = 'a'; name < 'a' + 10; ++name)
                group.spawn(ends.client.send(message::text(std::string(100, name))));
            for (int i = 0; i < 10; ++i) {
                const auto next = co_await ends.server.receive();
                EXPECT_EQ(next->data, std::string(100, next->data[0]));
                received += next->data[0];
            }
        };
        co_await patio::with_task_group(all);
        EXPECT_EQ(received, "abcdefghij");
    });
}

TEST(a_connection, makes_its_sender_wait_for_a_slow_reader) {
    run([]() -> patio::async<> {
        memory_options line;
        line.buffer_bytes(1000);
        ws_pair ends = co_await open_ws_pair(line);
        const std::string text(5000, 'x');
        auto sent = patio::create_task(ends.client.send(text));
        co_await patio::sleep(1h);
        EXPECT_FALSE(sent.done());
        const auto received = co_await ends.server.receive();
        EXPECT_EQ(received->data, text);
        co_await sent;
    });
}

TEST(a_connection, lets_one_task_at_a_time_receive) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        auto first = patio::create_task(ends.server.receive());
        co_await patio::yield();
        const std::string failure = co_await what_of(ends.server.receive());
        EXPECT_THAT(failure, testing::HasSubstr("two tasks receive"));
        co_await ends.client.send("for the first");
        const auto received = co_await first;
        EXPECT_EQ(received->data, "for the first");
    });
}

// --- parts

TEST(a_connection, sends_a_message_part_by_part) {
    run([]() -> patio::async<> {
        ws_end end = server_end();
        auto out = co_await end.ours.begin_message(message_kind::text);
        co_await out.write("a\xc3");
        co_await out.write("\xa9z");
        co_await out.end();
        const std::string bytes = co_await end.theirs.read_exactly(10);
        EXPECT_EQ(bytes, std::string("\x01\x02"
                                     "a\xc3"
                                     "\x00\x02\xa9z"
                                     "\x80\x00",
                                     10));
    });
}

TEST(a_connection, lets_others_wait_until_a_message_in_parts_has_ended) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        auto out = co_await ends.client.begin_message(message_kind::text);
        auto other = patio::create_task(ends.client.send("other"));
        co_await out.write("in ");
        co_await patio::sleep(1s);
        co_await out.write("parts");
        co_await out.end();
        co_await other;
        auto received = co_await ends.server.receive();
        EXPECT_EQ(received->data, "in parts");
        received = co_await ends.server.receive();
        EXPECT_EQ(received->data, "other");
    });
}

TEST(a_connection, answers_pings_between_the_parts_of_a_message) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        auto out = co_await ends.client.begin_message(message_kind::text);
        co_await out.write("half");
        auto client = patio::create_task(receive_all(ends.client));
        auto server = patio::create_task(receive_all(ends.server));
        const patio::duration took = co_await ends.server.ping();
        EXPECT_EQ(took, patio::duration{});
        co_await out.end();
        co_await ends.client.close();
        const std::string received = co_await server;
        EXPECT_EQ(received, "half");
        co_await client;
    });
}

TEST(a_connection, is_aborted_by_a_message_that_is_not_ended) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        {
            auto out = co_await ends.client.begin_message(message_kind::text);
            co_await out.write("half");
        }
        const std::string failure = co_await what_of(ends.client.send("more"));
        EXPECT_THAT(failure, testing::HasSubstr("a message was begun and not ended"));
        const std::string seen = co_await what_of(ends.server.receive());
        EXPECT_THAT(seen, testing::HasSubstr("the stream ended without a Close frame"));
    });
}

TEST(a_connection, forgets_a_message_of_which_nothing_was_sent) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        { auto out = co_await ends.client.begin_message(message_kind::text); }
        co_await ends.client.send("next");
        const auto received = co_await ends.server.receive();
        EXPECT_EQ(received->data, "next");
    });
}

TEST(a_connection, wakes_those_who_wait_behind_a_message_when_it_ends) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        auto out = co_await ends.client.begin_message(message_kind::text);
        auto other = patio::create_task(what_of(ends.client.send("other")));
        co_await patio::yield();
        ends.client.abort();
        const std::string failure = co_await other;
        EXPECT_THAT(failure, testing::HasSubstr("the connection was aborted"));
    });
}

TEST(a_connection, refuses_a_text_in_parts_that_ends_within_a_character) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        auto out = co_await ends.client.begin_message(message_kind::text);
        co_await out.write("a\xc3");
        const std::string failure = co_await what_of(out.end());
        EXPECT_THAT(failure, testing::HasSubstr("ends in a character"));
        EXPECT_FALSE(ends.client.is_open());
    });
}

// --- pings

TEST(a_connection, measures_how_long_a_pong_takes) {
    run([]() -> patio::async<> {
        memory_options line;
        line.latency(30ms);
        ws_pair ends = co_await open_ws_pair(line);
        auto client = patio::create_task(receive_all(ends.client));
        auto server = patio::create_task(receive_all(ends.server));
        const patio::duration took = co_await ends.client.ping();
        EXPECT_EQ(took, patio::duration{60ms});
        co_await ends.client.close();
        co_await client;
        co_await server;
    });
}

TEST(a_connection, answers_many_pings_with_one_pong_where_it_cannot_send) {
    run([]() -> patio::async<> {
        memory_options line;
        line.buffer_bytes(4000);
        ws_end end = server_end(line);
        const std::string text(8000, 'x');
        auto sent = patio::create_task(end.ours.send(text));
        auto received = patio::create_task(receive_all(end.ours));
        for (int i = 0; i < 2000; ++i) {  // more than the line and the buffers hold
            const std::string ping = from_client(ping_frame, std::to_string(i));
            co_await end.theirs.write(ping);
        }
        const std::string pings_are_read = from_client(text_frame, "on");
        co_await end.theirs.write(pings_are_read);
        co_await patio::sleep(1s);
        EXPECT_FALSE(sent.done());
        const std::string frame = co_await end.theirs.read_exactly(4 + 8000);
        EXPECT_EQ(frame.substr(4), text);
        const std::string pong = co_await end.theirs.read_exactly(6);
        EXPECT_EQ(pong,
                  "\x8a\x04"
                  "1999");
        const std::string goodbye = from_client(close_frame, "\x03\xe8");
        co_await end.theirs.write(goodbye);
        const std::string all = co_await received;
        EXPECT_EQ(all, "on");
        const std::string rest = co_await end.theirs.read_all();
        EXPECT_EQ(rest, "\x88\x02\x03\xe8") << "one pong was enough";
    });
}

TEST(a_connection, reads_on_while_its_pong_has_no_room) {
    run([]() -> patio::async<> {
        memory_options line;
        line.buffer_bytes(50);
        ws_end end = server_end(line);
        const std::string full(48, 'x');
        co_await end.ours.send(full);  // 50 bytes with its head
        auto received = patio::create_task(end.ours.receive());
        const std::string ping = from_client(ping_frame, "?");
        co_await end.theirs.write(ping);
        co_await patio::sleep(1s);
        const std::string text = from_client(text_frame, "read");
        co_await end.theirs.write(text);
        const auto next = co_await received;
        EXPECT_EQ(next->data, "read");
        auto more = patio::create_task(receive_all(end.ours));
        const std::string all = co_await end.theirs.read_exactly(53);
        EXPECT_EQ(all.substr(50), "\x8a\x01?");
        end.ours.abort();
        const std::string failure = co_await what_of(std::move(more));
        EXPECT_THAT(failure, testing::HasSubstr("aborted"));
    });
}

TEST(a_connection, ignores_pongs_that_it_has_not_asked_for) {
    run([]() -> patio::async<> {
        ws_end end = client_end();
        const std::string bytes =
            from_server(0x8a, "") + from_server(0x8a, "12345678") + from_server(text_frame, "text");
        co_await end.theirs.write(bytes);
        const auto next = co_await end.ours.receive();
        EXPECT_EQ(next->data, "text");
    });
}

// --- the closing handshake

TEST(a_connection, ends_with_an_empty_message_where_the_peer_closes) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        auto server = patio::create_task(receive_all(ends.server));
        co_await ends.client.send("last");
        co_await ends.client.close(close_code::going_away, "the page is left");
        const std::string all = co_await server;
        EXPECT_EQ(all, "last");
        EXPECT_EQ(ends.server.close_code(), close_code::going_away);
        EXPECT_EQ(ends.server.close_reason(), "the page is left");
        EXPECT_EQ(ends.client.close_code(), close_code::going_away);
        EXPECT_FALSE(ends.client.is_open());
        EXPECT_FALSE(ends.server.is_open());
        const auto again = co_await ends.server.receive();
        EXPECT_FALSE(again.has_value());
    });
}

TEST(a_connection, closes_from_either_side_while_the_other_receives_or_closes_too) {
    for (const bool is_server_first : {false, true}) {
        for (const bool closes_too : {false, true}) {
            run([=]() -> patio::async<> {
                memory_options line;
                line.latency(10ms);
                ws_pair ends = co_await open_ws_pair(line);
                connection& first = is_server_first ? ends.server : ends.client;
                connection& second = is_server_first ? ends.client : ends.server;
                auto other = closes_too ? patio::create_task(second.close())
                                        : patio::create_task([&]() -> patio::async<> {
                                              co_await receive_all(second);
                                          });
                co_await first.close();
                co_await other;
                EXPECT_EQ(first.close_code(), close_code::normal);
                EXPECT_EQ(second.close_code(), close_code::normal);
                EXPECT_LE(patio::now().since_origin(), patio::duration{100ms});
            });
        }
    }
}

TEST(a_connection, gives_messages_that_still_come_to_the_one_who_receives) {
    run([]() -> patio::async<> {
        memory_options line;
        line.latency(10ms);
        ws_pair ends = co_await open_ws_pair(line);
        co_await ends.server.send("on its way");
        auto client = patio::create_task(receive_all(ends.client));
        auto server = patio::create_task(receive_all(ends.server));
        co_await patio::yield();
        co_await ends.client.close();
        const std::string all = co_await client;
        EXPECT_EQ(all, "on its way");
        co_await server;
    });
}

TEST(a_connection, closes_once_however_often_it_is_asked) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        auto server = patio::create_task(receive_all(ends.server));
        auto both = patio::gather(ends.client.close(), ends.client.close());
        co_await std::move(both);
        co_await ends.client.close();
        co_await server;
        EXPECT_EQ(ends.server.close_code(), close_code::normal);
    });
}

TEST(a_connection, closes_behind_the_messages_that_are_being_sent) {
    run([]() -> patio::async<> {
        memory_options line;
        line.buffer_bytes(100);
        ws_pair ends = co_await open_ws_pair(line);
        const std::string text(1000, 'x');
        auto first = patio::create_task(ends.client.send(text));
        auto second = patio::create_task(ends.client.send("second"));
        co_await patio::yield();
        auto closed = patio::create_task(ends.client.close());
        const std::string all = co_await receive_all(ends.server);
        EXPECT_EQ(all, text + " second");
        co_await first;
        co_await second;
        co_await closed;
    });
}

TEST(a_connection, gives_a_peer_that_does_not_answer_ten_seconds) {
    run([]() -> patio::async<> {
        ws_end end = client_end();
        co_await end.ours.close(close_code::going_away, "goodbye");
        EXPECT_EQ(patio::now().since_origin(), patio::duration{10s});
        EXPECT_EQ(end.ours.close_code(), close_code::abnormal);
        const std::string failure = co_await what_of(end.ours.receive());
        EXPECT_THAT(failure, testing::HasSubstr("was closed on this side, code 1001: goodbye"));
    });
}

TEST(a_connection, gives_a_server_that_keeps_the_stream_open_ten_seconds) {
    run([]() -> patio::async<> {
        ws_end end = client_end();
        const std::string goodbye = from_server(close_frame, "");
        co_await end.theirs.write(goodbye);
        const auto none = co_await end.ours.receive();
        EXPECT_FALSE(none.has_value());
        EXPECT_EQ(end.ours.close_code(), close_code::none);
        EXPECT_EQ(patio::now().since_origin(), patio::duration{10s});
    });
}

TEST(a_connection, cuts_a_message_in_parts_when_it_closes) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        auto server = patio::create_task(receive_all(ends.server));
        auto out = co_await ends.client.begin_message(message_kind::binary);
        co_await out.write("half");
        co_await ends.client.close();
        co_await server;
        const std::string failure = co_await what_of(out.write("more"));
        EXPECT_THAT(failure, testing::HasSubstr("was closed on this side"));
    });
}

TEST(a_connection, refuses_codes_that_must_not_be_sent) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        const std::string failure = co_await what_of(ends.client.close(close_code::abnormal));
        EXPECT_THAT(failure, testing::HasSubstr("may not be sent"));
        EXPECT_TRUE(ends.client.is_open());
    });
}

TEST(a_connection, is_aborted_by_its_destructor_also_while_it_is_used) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair();
        auto received = patio::create_task(what_of(ends.client.receive()));
        auto pinged = patio::create_task(what_of(ends.client.ping()));
        co_await patio::yield();
        { const connection gone = std::move(ends.client); }
        const std::string failure = co_await received;
        EXPECT_THAT(failure, testing::HasSubstr("the connection was aborted"));
        const std::string no_pong = co_await pinged;
        EXPECT_THAT(no_pong, testing::HasSubstr("waiting for a pong"));
        const std::string seen = co_await what_of(ends.server.receive());
        EXPECT_THAT(seen, testing::HasSubstr("without a Close frame"));
    });
}

}  // namespace
