// SPDX-License-Identifier: MIT

#include "io/file_transport.hpp"

#include "support/connections.hpp"
#include "support/drivers.hpp"
#include "support/numbered_text.hpp"

#include <patio/core/copy.hpp>
#include <patio/patio.hpp>
#include <patio/testing/memory_stream.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include <sys/socket.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::stream;
using patio::test_support::connection;
using patio::test_support::descriptor_count;
using patio::test_support::numbered_text;

async<> write_and_end(stream& to, const std::string& text) {
    co_await to.write(text);
    co_await to.shutdown();
}

/// Copies and passes the end on.
async<std::uint64_t> relay(stream& from, stream& to) {
    const std::uint64_t count = co_await patio::copy(from, to);
    co_await to.shutdown();
    co_return count;
}

class splicing : public patio::test_support::on_each_driver {
protected:
    /// Relays much from one connection to another.
    static async<> expect_relayed(connection from, connection to) {
        const std::string text = numbered_text(3 << 20);
        auto writing = patio::create_task(write_and_end(from.theirs, text));
        auto relaying = patio::create_task(relay(from.ours, to.ours));
        const std::string received = co_await to.theirs.read_all();
        const std::uint64_t count = co_await relaying;
        co_await writing;
        EXPECT_EQ(count, text.size());
        EXPECT_TRUE(received == text);
        // The end of the source is remembered.
        const std::string more = co_await from.ours.read_all();
        EXPECT_EQ(more, "");
    }
};
PATIO_TEST_ON_EACH_DRIVER(splicing);

TEST_P(splicing, passes_everything_on_between_sockets_of_all_kinds) {
    const auto main = []() -> async<> {
        connection tcp = co_await patio::test_support::tcp_connection();
        connection local = co_await patio::test_support::unix_connection();
        co_await expect_relayed(std::move(tcp), std::move(local));
        connection local_again = co_await patio::test_support::unix_connection();
        connection tcp_again = co_await patio::test_support::tcp_connection();
        co_await expect_relayed(std::move(local_again), std::move(tcp_again));
    };
    patio::run(main(), options());
}

TEST_P(splicing, begins_when_it_is_known_to_be_worth_two_descriptors) {
    const auto main = []() -> async<> {
        connection from = co_await patio::test_support::unix_connection();
        connection to = co_await patio::test_support::unix_connection();
        const std::size_t before = descriptor_count();
        auto relaying = patio::create_task(relay(from.ours, to.ours));
        const std::string few(patio::splice_after_bytes - 1, 'x');
        auto writing = patio::create_task(from.theirs.write(few));
        const std::string got = co_await to.theirs.read_exactly(few.size());
        EXPECT_EQ(got.size(), few.size());
        co_await writing;
        EXPECT_EQ(descriptor_count(), before);
        co_await from.theirs.write("yz");
        const std::string first = co_await to.theirs.read_exactly(2);
        EXPECT_EQ(first, "yz");
        EXPECT_EQ(descriptor_count(), before + 2);
        co_await write_and_end(from.theirs, "!");
        const std::string rest = co_await to.theirs.read_all();
        EXPECT_EQ(rest, "!");
        const std::uint64_t count = co_await relaying;
        EXPECT_EQ(count, few.size() + 3);
        EXPECT_EQ(descriptor_count(), before);
    };
    patio::run(main(), options());
}

TEST_P(splicing, that_is_cancelled_while_it_reads_has_lost_nothing) {
    const auto main = []() -> async<> {
        connection from = co_await patio::test_support::tcp_connection();
        connection to = co_await patio::test_support::tcp_connection();
        const std::string text = numbered_text(1 << 20);
        auto relaying = patio::create_task(relay(from.ours, to.ours));
        auto writing = patio::create_task(from.theirs.write(text));
        const std::string received = co_await to.theirs.read_exactly(text.size());
        EXPECT_TRUE(received == text);
        co_await writing;
        relaying.cancel();
        co_await patio::yield();
        co_await write_and_end(from.theirs, "after");
        const std::uint64_t count = co_await relay(from.ours, to.ours);
        EXPECT_EQ(count, 5U);
        const std::string rest = co_await to.theirs.read_all();
        EXPECT_EQ(rest, "after");
    };
    patio::run(main(), options());
}

TEST_P(splicing, ends_when_either_side_is_closed_or_reset) {
    const auto main = []() -> async<> {
        enum class how { source_closed, target_closed, source_reset };
        for (const how end : {how::source_closed, how::target_closed, how::source_reset}) {
            connection from = co_await patio::test_support::tcp_connection();
            connection to = co_await patio::test_support::unix_connection();
            auto relaying = patio::create_task(relay(from.ours, to.ours));
            const std::string much(1 << 20, 'x');
            auto writing = patio::create_task(from.theirs.write(much));
            if (end != how::target_closed) {
                co_await to.theirs.read_exactly(much.size());
            } else {  // nobody reads on: the relay waits for room
                co_await to.theirs.read_exactly(patio::splice_after_bytes);
                co_await patio::move_on_after(5ms, writing);
            }
            if (end == how::source_closed) from.ours.abort();
            if (end == how::target_closed) to.ours.abort();
            if (end == how::source_reset) {
                const linger at_once{1, 0};
                ::setsockopt(from.theirs.native_handle(), SOL_SOCKET, SO_LINGER, &at_once,
                             sizeof at_once);
                from.theirs.abort();
            }
            try {
                co_await relaying;
                ADD_FAILURE() << "relayed to its end";
            } catch (const patio::error& e) {  // the expected way
                if (end == how::source_reset) {
                    EXPECT_EQ(e.code(), std::errc::connection_reset);
                } else {
                    EXPECT_EQ(e.code(), patio::errc::closed);
                }
            }
            writing.cancel();
        }
    };
    patio::run(main(), options());
}

TEST_P(splicing, is_not_for_streams_that_are_no_descriptors) {
    const auto main = []() -> async<> {
        connection from = co_await patio::test_support::tcp_connection();
        auto to = patio::testing::memory_streams();
        const std::string text = numbered_text(1 << 20);
        auto writing = patio::create_task(write_and_end(from.theirs, text));
        auto relaying = patio::create_task(relay(from.ours, to.first));
        const std::string received = co_await to.second.read_all();
        EXPECT_TRUE(received == text);
        co_await relaying;
        co_await writing;
    };
    patio::run(main(), options());
}

}  // namespace
