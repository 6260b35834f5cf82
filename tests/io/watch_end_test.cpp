// SPDX-License-Identifier: MIT

// Hearing that the other side of a connection has ended it, while nobody reads.

#include "support/drivers.hpp"
#include "support/tls_pair.hpp"

#include <patio/patio.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/testing/run.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include <sys/socket.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::endpoint;
using patio::peer_end;
using patio::stream;

/// Counts what it hears.
class listener_for_ends final : public patio::end_watch {
public:
    void peer_ended(peer_end how) noexcept override {
        (how == peer_end::half ? half : whole) += 1;
        heard.set();
    }
    int half = 0;
    int whole = 0;
    patio::event heard;
};

class watching_ends : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(watching_ends);

/// Two ends of a TCP connection.
struct ends {
    stream mine;
    stream theirs;
};
async<ends> connect() {
    patio::listener door = patio::listener::open(endpoint::parse("127.0.0.1:0"));
    stream theirs = co_await patio::open_connection(door.local_endpoint());
    stream mine = co_await door.accept();
    ends both;
    both.mine = std::move(mine);
    both.theirs = std::move(theirs);
    co_return both;
}

TEST_P(watching_ends, hears_of_an_end_behind_bytes_that_nobody_has_read) {
    const auto main = []() -> async<> {
        ends both = co_await connect();
        listener_for_ends watch;
        EXPECT_TRUE(both.mine.carrier()->watch_end(&watch));
        co_await both.theirs.write("unread");
        co_await both.theirs.shutdown();
        co_await patio::timeout(10s, watch.heard.wait());
        EXPECT_EQ(watch.half, 1);
        EXPECT_EQ(watch.whole, 0);
        const std::string rest = co_await both.mine.read_all();
        EXPECT_EQ(rest, "unread");
    };
    patio::run(main(), options());
}

TEST_P(watching_ends, hears_of_an_end_that_came_before_it_watched) {
    const auto main = []() -> async<> {
        ends both = co_await connect();
        co_await both.theirs.shutdown();
        listener_for_ends watch;
        both.mine.carrier()->watch_end(&watch);
        co_await patio::timeout(10s, watch.heard.wait());
        EXPECT_EQ(watch.half, 1);
    };
    patio::run(main(), options());
}

TEST_P(watching_ends, tells_a_reset_from_an_end_of_one_half) {
    const auto main = []() -> async<> {
        ends both = co_await connect();
        listener_for_ends watch;
        both.mine.carrier()->watch_end(&watch);
        const linger at_once{1, 0};
        ::setsockopt(both.theirs.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        both.theirs.abort();
        co_await patio::timeout(10s, watch.heard.wait());
        EXPECT_EQ(watch.whole, 1);
    };
    patio::run(main(), options());
}

TEST_P(watching_ends, hears_nothing_once_the_watch_is_taken_away_or_the_stream_is_closed) {
    const auto main = []() -> async<> {
        listener_for_ends watch;
        {
            ends both = co_await connect();
            both.mine.carrier()->watch_end(&watch);
            both.mine.carrier()->watch_end(nullptr);
            both.theirs.abort();
            const std::string rest = co_await both.mine.read_all();
            EXPECT_EQ(rest, "");
        }
        {
            ends both = co_await connect();
            both.mine.carrier()->watch_end(&watch);
            both.mine.abort();
        }
        co_await patio::sleep(0s);
        EXPECT_EQ(watch.half + watch.whole, 0);
    };
    patio::run(main(), options());
}

TEST_P(watching_ends, goes_on_beside_a_task_that_reads) {
    const auto main = []() -> async<> {
        ends both = co_await connect();
        listener_for_ends watch;
        both.mine.carrier()->watch_end(&watch);
        const auto write = [&]() -> async<> {
            co_await patio::sleep(1ms);
            co_await both.theirs.write("text");
            co_await patio::sleep(1ms);
            both.theirs.abort();
        };
        const auto [all, written] = co_await patio::gather(both.mine.read_all(), write());
        EXPECT_EQ(all, "text");
        EXPECT_EQ(watch.half, 1);
    };
    patio::run(main(), options());
}

TEST_P(watching_ends, is_no_deadlock_while_it_is_the_only_thing_awaited) {
    const auto main = []() -> async<> {
        ends both = co_await connect();
        listener_for_ends watch;
        both.mine.carrier()->watch_end(&watch);
        const int fd = both.theirs.native_handle();
        auto end = patio::to_thread([fd] { ::shutdown(fd, SHUT_WR); });
        auto ended = co_await patio::gather(std::move(end), watch.heard.wait());
        (void)ended;
        EXPECT_EQ(watch.half, 1);
    };
    patio::run(main(), options());
}

TEST(watching_ends_in_memory, is_as_with_sockets) {
    const auto main = []() -> async<> {
        auto [mine, theirs] = patio::testing::memory_streams();
        stream peer = std::move(theirs);
        listener_for_ends watch;
        EXPECT_TRUE(mine.carrier()->watch_end(&watch));
        co_await peer.write("unread");
        co_await peer.shutdown();
        EXPECT_EQ(watch.half, 1);

        auto [ours, reset] = patio::testing::memory_streams();
        ours.carrier()->watch_end(&watch);
        patio::testing::break_off(reset, patio::testing::memory_fault::reset);
        EXPECT_EQ(watch.whole, 1);
    };
    patio::testing::run(main());
}

TEST(watching_ends_in_memory, passes_through_an_encryption) {
    const auto main = []() -> async<> {
        auto pair = patio::testing::memory_streams();
        co_await patio::test_support::start_both(pair, patio::test_support::trusting_client(),
                                                 patio::test_support::example_server());
        listener_for_ends watch;
        EXPECT_TRUE(pair.second.carrier()->watch_end(&watch));
        pair.first.abort();
        EXPECT_EQ(watch.half, 1);
    };
    patio::testing::run(main());
}

}  // namespace
