// SPDX-License-Identifier: MIT

#include <patio/ws/connection_options.hpp>

#include "support/trace.hpp"
#include "support/ws_pair.hpp"
#include "wire_ws/deflate.hpp"

#include <patio/patio.hpp>
#include <patio/testing/run.hpp>
#include <patio/ws/connection.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using patio::test_support::client_end;
using patio::test_support::from_client;
using patio::test_support::open_ws_pair;
using patio::test_support::quiet;
using patio::test_support::server_end;
using patio::test_support::ws_end;
using patio::test_support::ws_pair;
using patio::testing::memory_fault;
using patio::testing::memory_options;
using patio::ws::close_code;
using patio::ws::connection;
using patio::ws::connection_options;
using patio::ws::deflate_options;
using patio::ws::message;
using patio::ws::message_kind;
using test::what_of;

template <class F>
void run(F body) {
    patio::testing::run(body);
}

patio::async<> receive_all(connection& from) {
    while (const auto dropped = co_await from.receive()) {}
}

// --- keep-alive

TEST(keep_alive, keeps_a_silent_connection_open_for_ever) {
    run([]() -> patio::async<> {
        const connection_options options;
        ws_pair ends = co_await open_ws_pair({}, options, options);
        auto client = patio::create_task(receive_all(ends.client));
        auto server = patio::create_task(receive_all(ends.server));
        co_await patio::sleep(24h);
        EXPECT_FALSE(client.done());
        EXPECT_FALSE(server.done());
        co_await ends.client.close();
        co_await client;
        co_await server;
    });
}

TEST(keep_alive, fails_a_connection_whose_line_has_gone_silent) {
    run([]() -> patio::async<> {
        connection_options options = quiet();
        options.ping_interval(20s).ping_timeout(7s);
        ws_pair ends = co_await open_ws_pair({}, options, quiet());
        patio::testing::break_off(ends.line, memory_fault::silence);
        const std::string failure = co_await what_of(ends.client.receive());
        EXPECT_THAT(failure, testing::HasSubstr("the peer has not answered a ping in time"));
        EXPECT_EQ(patio::now().since_origin(), patio::duration{27s});
        EXPECT_EQ(ends.client.close_code(), close_code::abnormal);
    });
}

TEST(keep_alive, ends_a_send_that_a_silent_peer_has_blocked) {
    run([]() -> patio::async<> {
        memory_options line;
        line.buffer_bytes(10);
        ws_end end = server_end(line, connection_options{}.no_compression());
        auto sent =
            patio::create_task(what_of(end.ours.send(message::text("more than ten bytes"))));
        const std::string failure = co_await what_of(end.ours.receive());
        EXPECT_THAT(failure, testing::HasSubstr("the peer has not answered a ping in time"));
        EXPECT_EQ(patio::now().since_origin(), patio::duration{40s});
        const std::string blocked = co_await sent;
        EXPECT_THAT(blocked, testing::HasSubstr("the peer has not answered a ping in time"));
    });
}

TEST(keep_alive, counts_the_time_of_receives_that_are_given_up) {
    run([]() -> patio::async<> {
        ws_end end = server_end({}, connection_options{}.no_compression());
        for (int i = 0; i < 39; ++i) {
            const auto none = co_await patio::move_on_after(1s, end.ours.receive());
            EXPECT_FALSE(none.has_value());
        }
        EXPECT_EQ(end.theirs.buffered().size(), 0U);
        const std::string ping = co_await end.theirs.read_exactly(2 + 8);
        EXPECT_EQ(ping[0], '\x89');
        const std::string failure = co_await what_of(end.ours.receive());
        EXPECT_THAT(failure, testing::HasSubstr("the peer has not answered a ping in time"));
        EXPECT_EQ(patio::now().since_origin(), patio::duration{40s});
    });
}

TEST(keep_alive, does_not_count_the_time_in_which_nobody_receives) {
    run([]() -> patio::async<> {
        const connection_options options = connection_options{}.no_compression();
        ws_pair ends = co_await open_ws_pair({}, options, quiet());
        co_await patio::sleep(1h);
        auto server = patio::create_task(receive_all(ends.server));
        auto none = co_await patio::move_on_after(25s, ends.client.receive());
        EXPECT_FALSE(none.has_value());
        co_await patio::sleep(1h);  // the pong has come, and lies unread
        none = co_await patio::move_on_after(1h, ends.client.receive());
        EXPECT_FALSE(none.has_value()) << "it is alive";
        co_await ends.client.close();
        co_await server;
    });
}

TEST(keep_alive, takes_any_bytes_for_a_sign_of_life) {
    run([]() -> patio::async<> {
        ws_end end = server_end({}, connection_options{}.no_compression());
        auto received = patio::create_task(receive_all(end.ours));
        for (int i = 0; i < 20; ++i) {
            co_await patio::sleep(30s);
            const std::string text = from_client(0x81, "busy");
            co_await end.theirs.write(text);
        }
        EXPECT_FALSE(received.done());
        end.theirs.abort();
        const std::string failure = co_await what_of(std::move(received));
        EXPECT_THAT(failure, testing::HasSubstr("without a Close frame"));
    });
}

// --- limits

TEST(the_limits, refuse_a_message_that_is_too_long_and_say_so_to_the_peer) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair({}, quiet(), quiet().message_bytes_max(100));
        const std::string good(100, 'x');
        co_await ends.client.send(good);
        auto next = co_await ends.server.receive();
        EXPECT_EQ(next->data, good);
        const std::string bad(101, 'x');
        co_await ends.client.send(bad);
        auto client = patio::create_task(receive_all(ends.client));
        const std::string failure = co_await what_of(ends.server.receive());
        EXPECT_THAT(failure, testing::HasSubstr("message_bytes_max"));
        EXPECT_EQ(ends.server.close_code(), close_code::too_big);
        co_await client;
        EXPECT_EQ(ends.client.close_code(), close_code::too_big);
        EXPECT_THAT(ends.client.close_reason(), testing::HasSubstr("message_bytes_max"));
    });
}

TEST(the_limits, count_for_frames_and_for_their_number) {
    for (const bool is_by_size : {true, false}) {
        run([is_by_size]() -> patio::async<> {
            connection_options options = quiet();
            if (is_by_size) options.frame_bytes_max(3);
            if (!is_by_size) options.fragments_max(2);
            ws_pair ends = co_await open_ws_pair({}, quiet(), options);
            auto client = patio::create_task(receive_all(ends.client));
            auto out = co_await ends.client.begin_message(message_kind::binary);
            co_await out.write("123");
            co_await out.write(is_by_size ? "4567" : "456");
            co_await out.end();
            const std::string failure = co_await what_of(ends.server.receive());
            EXPECT_THAT(failure,
                        testing::HasSubstr(is_by_size ? "frame_bytes_max" : "fragments_max"));
            co_await client;
        });
    }
}

TEST(the_limits, wait_one_second_for_a_peer_that_goes_on_after_it_was_told) {
    run([]() -> patio::async<> {
        ws_end end = server_end({}, quiet().message_bytes_max(100));
        const std::string bad = from_client(0x82, std::string(101, 'x'));
        co_await end.theirs.write(bad);
        const std::string failure = co_await what_of(end.ours.receive());
        EXPECT_THAT(failure, testing::HasSubstr("message_bytes_max"));
        EXPECT_EQ(patio::now().since_origin(), patio::duration{1s});
        const std::string goodbye = co_await end.theirs.read_all();
        EXPECT_EQ(goodbye.substr(0, 4).substr(2), "\x03\xf1");
    });
}

// --- compression

connection_options compressing(deflate_options how = {}) {
    return quiet().compression(how.threshold_bytes(0));
}

TEST(compression, carries_messages_of_every_length) {
    for (const bool is_kept : {true, false}) {
        run([is_kept]() -> patio::async<> {
            const connection_options options =
                compressing(deflate_options{}.context_takeover(is_kept));
            ws_pair ends = co_await open_ws_pair({}, options, options);
            EXPECT_TRUE(ends.client.is_compressed());
            const std::string noise = patio::test_support::noise(300'000);
            for (const std::size_t size : {0U, 1U, 126U, 4096U, 40'000U, 300'000U}) {
                auto both =
                    patio::gather(ends.client.send_binary(patio::byte_view{noise}.first(size)),
                                  ends.server.receive());
                auto there = co_await std::move(both);
                EXPECT_TRUE(std::get<1>(there)->data == noise.substr(0, size)) << size;
                auto back =
                    patio::gather(ends.server.send(std::string(size, 'x')), ends.client.receive());
                auto here = co_await std::move(back);
                EXPECT_TRUE(std::get<1>(here)->data == std::string(size, 'x')) << size;
            }
        });
    }
}

TEST(compression, makes_messages_smaller_than_the_line_would_hold) {
    run([]() -> patio::async<> {
        memory_options line;
        line.buffer_bytes(1000);
        ws_pair ends = co_await open_ws_pair(line, compressing(), compressing());
        const std::string text(100'000, 'x');
        co_await ends.client.send(text);
        const auto next = co_await ends.server.receive();
        EXPECT_TRUE(next->data == text);
    });
}

TEST(compression, leaves_short_messages_as_they_are) {
    run([]() -> patio::async<> {
        ws_pair ends = co_await open_ws_pair({}, quiet(), connection_options{});
        EXPECT_FALSE(ends.client.is_compressed()) << "the client has not asked for it";
        const connection_options options = quiet().compression(deflate_options{});
        ws_pair others = co_await open_ws_pair({}, options, options);
        EXPECT_TRUE(others.client.is_compressed());
        const std::string text(1023, 'x');
        co_await others.client.send(text);
        const auto next = co_await others.server.receive();
        EXPECT_EQ(next->data, text);
    });
}

TEST(compression, works_for_messages_in_parts) {
    run([]() -> patio::async<> {
        memory_options line;
        line.slice_bytes(3);
        ws_pair ends = co_await open_ws_pair(line, compressing(), compressing());
        std::string all;
        const auto both = [&](patio::task_group& group) -> patio::async<> {
            group.spawn([&]() -> patio::async<> {
                auto out = co_await ends.client.begin_message(message_kind::text);
                for (int i = 0; i < 3000; ++i) {
                    const std::string part = std::to_string(i * i) + "é";
                    all += part;
                    co_await out.write(part);
                }
                co_await out.end();
            });
            const auto next = co_await ends.server.receive();
            EXPECT_TRUE(next->data == all);
        };
        co_await patio::with_task_group(both);
        co_await ends.client.send("and another one");
        const auto next = co_await ends.server.receive();
        EXPECT_EQ(next->data, "and another one");
    });
}

TEST(compression, makes_no_more_of_a_bomb_than_the_limit_allows) {
    run([]() -> patio::async<> {
        ws_pair ends =
            co_await open_ws_pair({}, compressing(), compressing().message_bytes_max(1000));
        auto client = patio::create_task(receive_all(ends.client));
        const std::string bomb(10'000'000, 'x');
        auto sent = patio::create_task(what_of(ends.client.send(bomb)));
        const std::string failure = co_await what_of(ends.server.receive());
        EXPECT_THAT(failure, testing::HasSubstr("message_bytes_max"));
        co_await sent;
        co_await client;
        EXPECT_EQ(ends.client.close_code(), close_code::too_big);
    });
}

TEST(compression, does_not_refer_to_a_message_that_was_not_sent) {
    run([]() -> patio::async<> {
        memory_options line;
        line.buffer_bytes(40);
        ws_pair ends = co_await open_ws_pair(line, compressing(), compressing());
        const std::string noise = "0123456789abcdefgh";
        co_await ends.client.send(noise);  // fills most of the line
        const std::string other = "zyxwvutsrqponmlkjihgfedcba";
        auto filling = patio::create_task(ends.client.send(other));
        co_await patio::yield();
        const auto was_sent = co_await patio::move_on_after(1s, ends.client.send("given up"));
        EXPECT_FALSE(was_sent);
        auto next = co_await ends.server.receive();
        EXPECT_EQ(next->data, noise);
        next = co_await ends.server.receive();
        EXPECT_EQ(next->data, other);
        co_await filling;
        co_await ends.client.send("given up, and again");
        next = co_await ends.server.receive();
        EXPECT_EQ(next->data, "given up, and again");
    });
}

}  // namespace
