// SPDX-License-Identifier: MIT

// Streams over lines that are slow, cut up, broken and silent; and very many of them.

#include "support/chaos_proxy.hpp"
#include "support/drivers.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include <sys/resource.h>
#include <sys/socket.h>

namespace {

using namespace std::chrono_literals;
using patio::endpoint;
using patio::server;
using patio::stream;
using patio::test_support::chaos;

const endpoint any_port = endpoint::parse("127.0.0.1:0");

patio::async<> echo(stream peer) {
    while (auto line = co_await peer.read_line())
        co_await peer.write(*line, "\n");
}

/// A client that speaks to an echo server over a line with these faults.
patio::async<stream> connect_over(chaos how) {
    server echoes = co_await patio::start_server(echo, any_port);
    server proxy = co_await patio::test_support::start_chaos_proxy(echoes.endpoints().front(), how);
    stream peer = co_await patio::open_connection(proxy.endpoints().front());
    co_return peer;
}

class bad_lines : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(bad_lines);

TEST_P(bad_lines, that_cut_everything_into_bytes_change_nothing) {
    const auto main = []() -> patio::async<> {
        stream peer = co_await connect_over(chaos{}.slice_bytes(1).latency(10us));
        for (const char* text : {"a", "", "a longer line", "\rx"}) {
            co_await peer.write(text, "\n");
            const auto line = co_await peer.read_line();
            EXPECT_EQ(line, text);
        }
    };
    patio::run(main(), options());
}

TEST_P(bad_lines, that_half_close_end_the_reading_behind_what_came) {
    const auto main = []() -> patio::async<> {
        stream peer = co_await connect_over(chaos{}.break_after(5, chaos::fault::half_close));
        co_await peer.write("12345678\n");
        const auto line = co_await peer.read_line();
        EXPECT_EQ(line, "12345") << "the last line may lack its newline";
        const auto end = co_await peer.read_line();
        EXPECT_FALSE(end.has_value());
        co_await peer.write("still open\n");
    };
    patio::run(main(), options());
}

TEST_P(bad_lines, that_are_reset_fail_the_reading) {
    const auto main = []() -> patio::async<> {
        stream peer = co_await connect_over(chaos{}.break_after(5, chaos::fault::reset));
        co_await peer.write("12345678\n");
        try {
            for (;;) {
                const std::string part = co_await peer.read_some(100);
                if (part.empty()) break;
            }
            ADD_FAILURE() << "a reset looks like an end";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::connection_reset);
        }
        try {
            for (int i = 0; i < 2; ++i)
                co_await peer.write("x");
            ADD_FAILURE() << "a reset connection took bytes";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::broken_pipe) << e.what();
        }
    };
    patio::run(main(), options());
}

TEST_P(bad_lines, that_fall_silent_leave_the_timeout_to_the_reader) {
    const auto main = []() -> patio::async<> {
        stream peer = co_await connect_over(chaos{}.break_after(5, chaos::fault::silence));
        co_await peer.write("12345678\n");
        const auto line = co_await patio::move_on_after(5ms, peer.read_line());
        EXPECT_FALSE(line.has_value());
        const std::string came = co_await peer.read_exactly(5);
        EXPECT_EQ(came, "12345");
    };
    patio::run(main(), options());
}

TEST_P(bad_lines, that_drop_bytes_end_too_early) {
    const auto main = []() -> patio::async<> {
        stream peer = co_await connect_over(chaos{}.break_after(5, chaos::fault::drop));
        co_await peer.write("12345678\n");
        co_await peer.shutdown();
        try {
            co_await peer.read_exactly(9);
            ADD_FAILURE() << "bytes were dropped, and came";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), patio::errc::end_of_stream);
        }
    };
    patio::run(main(), options());
}

// --- very many

std::size_t resident_bytes() {
    std::ifstream statm{"/proc/self/statm"};
    std::size_t pages_total = 0;
    std::size_t pages_resident = 0;
    statm >> pages_total >> pages_resident;
    return pages_resident * 4096;
}

/// As many connections as the process may have descriptors for, 10,000 at most.
std::size_t connection_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return std::min<std::size_t>(10'000, static_cast<std::size_t>(limit.rlim_cur) / 2 - 100);
}

void reset(stream& peer) {
    const linger at_once{1, 0};
    ::setsockopt(peer.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    peer.abort();
}

/// Opens connections, uses each, and ends them: every other one by a reset.
patio::async<> use_many(const server& echoes, std::size_t count) {
    std::vector<stream> peers;
    for (std::size_t i = 0; i < count; ++i) {
        stream peer = co_await patio::open_connection(echoes.endpoints().front());
        peers.push_back(std::move(peer));
    }
    for (stream& peer : peers)
        co_await peer.write("hello\n");
    for (stream& peer : peers) {
        const auto line = co_await peer.read_line();
        EXPECT_EQ(line, "hello");
    }
    EXPECT_EQ(echoes.connection_count(), count);
    for (std::size_t i = 0; i < count; ++i) {
        if (i % 2 == 0) reset(peers[i]);
    }
    peers.clear();
    while (echoes.connection_count() > 0)
        co_await patio::yield();
}

TEST_P(bad_lines, by_the_thousand_leave_nothing_behind) {
    const std::size_t count = connection_limit();
    const auto main = [&]() -> patio::async<> {
        server echoes = co_await patio::start_server(
            echo, any_port, patio::serve_options{}.connections_max(count + 1));
        co_await use_many(echoes, count);
        const std::size_t before = resident_bytes();
        co_await use_many(echoes, count);
        // ASan keeps what was freed for a while: it finds by itself what was not.
        if (PATIO_HAS_ASAN) co_return;
        EXPECT_LT(resident_bytes(), before + before / 10) << "memory grows with each round";
    };
    patio::run(main(), options());
}

}  // namespace
