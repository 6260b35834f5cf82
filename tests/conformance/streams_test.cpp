// SPDX-License-Identifier: MIT

// Streams, servers and sockets: cases of CPython's test_asyncio and trio's tests, by their names.

#include "io/file_descriptor.hpp"
#include "support/drivers.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::endpoint;
using patio::listener;
using patio::server;
using patio::stream;

const endpoint any_port = endpoint::parse("127.0.0.1:0");

patio::async<> echo(stream peer) {
    while (auto line = co_await peer.read_line())
        co_await peer.write(*line, "\n");
}

patio::async<stream> connect_to(const server& to) {
    return patio::open_connection(to.endpoints().front());
}

class sockets : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(sockets);

// --- EventLoopTestsMixin

TEST_P(sockets, test_prompt_cancellation) {
    const auto main = []() -> patio::async<> {
        listener door = listener::open(any_port);
        auto accepting = patio::create_task(door.accept());
        co_await patio::yield();
        const std::uint64_t before = patio::this_thread_loop().turn_count();
        accepting.cancel();
        try {
            co_await std::move(accepting);
        } catch (const patio::task_cancelled&) {  // the expected way
        }
        EXPECT_LE(patio::this_thread_loop().turn_count() - before, 3U) << "nothing is waited for";
    };
    patio::run(main(), options());
}

TEST_P(sockets, test_timeout_rounding) {
    // Sleeps that are no whole milliseconds must not make the loop spin in front of the deadline.
    const auto main = []() -> patio::async<> {
        const std::uint64_t before = patio::this_thread_loop().turn_count();
        for (const auto length : {100us, 1us, 500us, 1001us})
            co_await patio::sleep(length);
        EXPECT_LE(patio::this_thread_loop().turn_count() - before, 4U * 6U);
    };
    patio::run(main(), options());
}

TEST_P(sockets, test_remove_fds_after_closing) {
    // A number that another file has got hears nothing of the one that had it before.
    const auto main = []() -> patio::async<> {
        server echoes = co_await patio::start_server(echo, any_port);
        int number = -1;
        for (int i = 0; i < 20; ++i) {
            stream peer = co_await connect_to(echoes);
            EXPECT_TRUE(number < 0 || peer.native_handle() == number) << "it is not reused";
            number = peer.native_handle();
            const auto nothing = co_await patio::move_on_after(10us, peer.read_line());
            EXPECT_FALSE(nothing.has_value());
            co_await peer.write("unread\n");
            while (echoes.connection_count() > 1)
                co_await patio::yield();
        }
    };
    patio::run(main(), options());
}

// --- test_server

TEST_P(sockets, test_wait_closed_race) {
    // Stopping and the end of the last connection meet in one turn.
    const auto main = []() -> patio::async<> {
        server echoes = co_await patio::start_server(echo, any_port);
        stream peer = co_await connect_to(echoes);
        co_await peer.write("x\n");
        co_await peer.read_line();
        auto closed = patio::create_task(echoes.wait_closed());
        echoes.stop();
        peer.abort();
        co_await closed;
        EXPECT_EQ(echoes.connection_count(), 0U);
    };
    patio::run(main(), options());
}

TEST_P(sockets, test_close_clients) {
    const auto main = []() -> patio::async<> {
        server echoes = co_await patio::start_server(echo, any_port);
        stream peer = co_await connect_to(echoes);
        co_await peer.write("x\n");
        co_await peer.read_line();
        echoes.stop();
        auto closed = patio::create_task(echoes.wait_closed());
        co_await patio::sleep(1ms);
        EXPECT_FALSE(closed.done()) << "the connection is still served";
        echoes.stop(0s);
        co_await closed;
        const auto end = co_await peer.read_line();
        EXPECT_FALSE(end.has_value());
    };
    patio::run(main(), options());
}

// --- test_sock_lowlevel

TEST_P(sockets, test_sock_client_racing) {
    // The peer goes away while the client still connects and writes.
    const auto main = []() -> patio::async<> {
        for (int i = 0; i < 50; ++i) {
            listener door = listener::open(any_port);
            auto accepting = patio::create_task([](listener& from) -> patio::async<> {
                const stream peer = co_await from.accept();
            }(door));
            try {
                stream peer = co_await patio::open_connection(door.local_endpoint());
                co_await peer.write(std::string(static_cast<std::size_t>(i) * 1000, 'x'));
                co_await peer.read_all();
            } catch (const patio::error& e) {
                EXPECT_TRUE(e.code() == std::errc::connection_reset ||
                            e.code() == std::errc::broken_pipe)
                    << e.what();
            }
            co_await accepting;
        }
    };
    patio::run(main(), options());
}

TEST_P(sockets, test_huge_content) {
    const auto main = []() -> patio::async<> {
        const auto count_bytes = [](stream peer) -> patio::async<> {
            std::size_t sum = 0;
            std::vector<char> buffer(1 << 16);
            while (const std::size_t count = co_await peer.read_some(buffer))
                sum += count;
            co_await peer.write(std::to_string(sum));
        };
        server counts = co_await patio::start_server(count_bytes, any_port);
        stream peer = co_await connect_to(counts);
        const std::string content(16 << 20, 'x');
        co_await peer.write(content);
        co_await peer.shutdown();
        const std::string sum = co_await peer.read_all();
        EXPECT_EQ(sum, std::to_string(content.size()));
    };
    patio::run(main(), options());
}

// --- test_streams

TEST_P(sockets, test_eof_after_peer_has_written_and_closed_at_once) {
    // The data and the end come together, in one event.
    const auto main = []() -> patio::async<> {
        listener door = listener::open(any_port);
        for (int i = 0; i < 20; ++i) {
            stream ours = co_await patio::open_connection(door.local_endpoint());
            stream theirs = co_await door.accept();
            const auto nothing = co_await patio::move_on_after(10us, ours.read_line());
            EXPECT_FALSE(nothing.has_value());
            co_await theirs.write("bye");
            theirs.abort();
            char buffer[64];
            std::size_t count = co_await ours.read_some(buffer);
            EXPECT_EQ(count, 3U);
            count = co_await ours.read_some(buffer);
            EXPECT_EQ(count, 0U) << "the end behind a short read";
        }
    };
    patio::run(main(), options());
}

TEST_P(sockets, test_wait_closed_on_close_with_unread_data) {
    const auto main = []() -> patio::async<> {
        listener door = listener::open(any_port);
        stream ours = co_await patio::open_connection(door.local_endpoint());
        stream theirs = co_await door.accept();
        co_await theirs.write("line\nunread\n");
        co_await ours.read_line();
        co_await ours.close();
        EXPECT_TRUE(ours.is_closed());
    };
    patio::run(main(), options());
}

// --- trio's test_io

TEST_P(sockets, test_double_read) {
    const auto main = []() -> patio::async<> {
        listener door = listener::open(any_port);
        stream ours = co_await patio::open_connection(door.local_endpoint());
        stream theirs = co_await door.accept();
        auto first = patio::create_task(ours.read_line());
        co_await patio::yield();
        EXPECT_FALSE(first.done());
        try {
            co_await ours.read_line();
            ADD_FAILURE() << "two tasks read at once";
        } catch (const patio::usage_error&) {  // the expected way
        }
        co_await theirs.write("x\n");
        const auto line = co_await std::move(first);
        EXPECT_EQ(line, "x");
    };
    patio::run(main(), options());
}

TEST_P(sockets, test_interrupted_by_close) {
    const auto main = []() -> patio::async<> {
        listener door = listener::open(any_port);
        stream ours = co_await patio::open_connection(door.local_endpoint());
        stream theirs = co_await door.accept();
        auto reading = patio::create_task(ours.read_line());
        const std::string flood(32 << 20, 'x');
        auto writing = patio::create_task(ours.write(flood));
        co_await patio::sleep(1ms);
        EXPECT_FALSE(reading.done() || writing.done());
        ours.abort();
        int closed_count = 0;
        try {
            co_await std::move(reading);
        } catch (const patio::error& e) {
            if (e.code() == patio::errc::closed) ++closed_count;
        }
        try {
            co_await std::move(writing);
        } catch (const patio::error& e) {
            if (e.code() == patio::errc::closed) ++closed_count;
        }
        EXPECT_EQ(closed_count, 2);
    };
    patio::run(main(), options());
}

TEST_P(sockets, that_outlive_their_loop_are_closed_quietly) {
    stream survivor;
    std::vector<stream> more(200);  // more than one block of files
    const auto main = [&]() -> patio::async<> {
        server echoes = co_await patio::start_server(echo, any_port);
        survivor = co_await connect_to(echoes);
        for (stream& one : more)
            one = co_await connect_to(echoes);
    };
    patio::run(main(), options());
    EXPECT_EQ(survivor.native_handle(), -1) << "the loop has closed its files";
    survivor.abort();
    more.clear();
}

}  // namespace
