// SPDX-License-Identifier: MIT

#include <patio/core/copy.hpp>

#include "support/numbered_text.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/testing/run.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::test_support::numbered_text;
using patio::testing::memory_options;
using patio::testing::memory_streams;
using patio::testing::stream_pair;

async<> write_and_end(patio::stream& to, std::string text) {
    co_await to.write(text);
    co_await to.shutdown();
}

TEST(copy, passes_all_bytes_on_and_leaves_the_target_open) {
    patio::testing::run([]() -> async<> {
        stream_pair in = memory_streams();
        stream_pair out = memory_streams();
        co_await write_and_end(in.first, "hello");
        const std::uint64_t count = co_await patio::copy(in.second, out.first);
        EXPECT_EQ(count, 5U);
        co_await write_and_end(out.first, ", world");
        const std::string text = co_await out.second.read_all();
        EXPECT_EQ(text, "hello, world");
        const std::string more = co_await in.second.read_all();
        EXPECT_EQ(more, "");
    });
}

TEST(copy, of_an_empty_stream_is_nothing) {
    patio::testing::run([]() -> async<> {
        stream_pair in = memory_streams();
        stream_pair out = memory_streams();
        co_await in.first.shutdown();
        const std::uint64_t count = co_await patio::copy(in.second, out.first);
        EXPECT_EQ(count, 0U);
        const std::uint64_t again = co_await patio::copy(in.second, out.first);
        EXPECT_EQ(again, 0U);
    });
}

TEST(copy, begins_with_what_is_buffered) {
    patio::testing::run([]() -> async<> {
        stream_pair in = memory_streams();
        stream_pair out = memory_streams();
        co_await write_and_end(in.first, "head\nbody");
        co_await in.second.read_line();
        EXPECT_EQ(in.second.buffered().size(), 4U);
        const std::uint64_t count = co_await patio::copy(in.second, out.first);
        EXPECT_EQ(count, 4U);
        const std::string text = co_await out.second.read_exactly(4);
        EXPECT_EQ(text, "body");
    });
}

TEST(copy, of_more_than_all_buffers_hold_keeps_the_order) {
    patio::testing::run([]() -> async<> {
        stream_pair in = memory_streams(memory_options{}.buffer_bytes(10'000));
        stream_pair out = memory_streams(memory_options{}.slice_bytes(777));
        const std::string text =
            numbered_text(patio::splice_after_bytes + 3 * patio::copy_block_bytes);
        auto pass_on = [&]() -> async<std::uint64_t> {
            const std::uint64_t count = co_await patio::copy(in.second, out.first);
            co_await out.first.shutdown();
            co_return count;
        };
        auto writing = patio::create_task(write_and_end(in.first, text));
        auto copying = patio::create_task(pass_on());
        const std::string received = co_await out.second.read_all();
        const std::uint64_t count = co_await copying;
        co_await writing;
        EXPECT_EQ(count, text.size());
        EXPECT_TRUE(received == text);
    });
}

TEST(copy, reads_no_more_than_a_slow_target_takes) {
    patio::testing::run([]() -> async<> {
        stream_pair in = memory_streams(memory_options{}.buffer_bytes(1 << 20));
        stream_pair out = memory_streams(memory_options{}.buffer_bytes(100));
        co_await in.first.write(numbered_text(1 << 20));
        auto copying = patio::create_task(patio::copy(in.second, out.first));
        co_await patio::sleep(1s);
        // All but one block is where it was: there is room for that much again.
        auto more = co_await patio::move_on_after(
            1s, in.first.write(std::string(patio::copy_block_bytes, 'x')));
        EXPECT_TRUE(more);
        auto too_much = co_await patio::move_on_after(1s, in.first.write("x"));
        EXPECT_FALSE(too_much);
        copying.cancel();
    });
}

TEST(copy, of_a_stream_to_itself_is_an_echo) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        auto echo = [&]() -> async<> {
            co_await patio::copy(pair.second, pair.second);
            co_await pair.second.shutdown();
        };
        auto echoing = patio::create_task(echo());
        co_await write_and_end(pair.first, "hello");
        const std::string text = co_await pair.first.read_all();
        EXPECT_EQ(text, "hello");
        co_await echoing;
    });
}

TEST(copy, that_is_cancelled_while_it_reads_has_lost_nothing) {
    patio::testing::run([]() -> async<> {
        stream_pair in = memory_streams();
        stream_pair out = memory_streams();
        co_await in.first.write("before ");
        const auto never = co_await patio::move_on_after(1s, patio::copy(in.second, out.first));
        EXPECT_FALSE(never.has_value());
        co_await write_and_end(in.first, "after");
        const std::uint64_t count = co_await patio::copy(in.second, out.first);
        EXPECT_EQ(count, 5U);
        const std::string text = co_await out.second.read_exactly(12);
        EXPECT_EQ(text, "before after");
    });
}

TEST(copy, keeps_other_tasks_away_from_its_directions_only) {
    patio::testing::run([]() -> async<> {
        stream_pair in = memory_streams();
        stream_pair out = memory_streams();
        auto copying = patio::create_task(patio::copy(in.second, out.first));
        co_await patio::yield();
        try {
            co_await in.second.read_line();
            ADD_FAILURE() << "read what is being copied";
        } catch (const patio::usage_error&) {  // the expected way
        }
        try {
            co_await out.first.write("x");
            ADD_FAILURE() << "wrote between what is being copied";
        } catch (const patio::usage_error&) {  // the expected way
        }
        co_await in.second.write("backwards");
        const std::string text = co_await in.first.read_exactly(9);
        EXPECT_EQ(text, "backwards");
        co_await in.first.shutdown();
        const std::uint64_t count = co_await copying;
        EXPECT_EQ(count, 0U);
        co_await out.first.write("free again");
    });
}

TEST(copy, fails_with_what_either_side_says) {
    patio::testing::run([]() -> async<> {
        stream_pair in = memory_streams();
        stream_pair out = memory_streams();
        co_await in.first.write("x");
        out.second.abort();
        try {
            co_await patio::copy(in.second, out.first);
            ADD_FAILURE() << "wrote to nobody";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::broken_pipe);
        }
        stream_pair whole = memory_streams();
        patio::testing::break_off(in.second, patio::testing::memory_fault::reset);
        try {
            co_await patio::copy(in.second, whole.first);
            ADD_FAILURE() << "read from nobody";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::connection_reset);
        }
    });
}

TEST(copy, ends_when_one_of_its_streams_is_closed_or_gone) {
    patio::testing::run([]() -> async<> {
        stream_pair out = memory_streams();
        for (const bool is_destroyed : {false, true}) {
            stream_pair in = memory_streams();
            auto copying = patio::create_task(patio::copy(in.second, out.first));
            co_await patio::yield();
            if (is_destroyed) {
                in.second = patio::stream{};
            } else {
                in.second.abort();
            }
            try {
                co_await copying;
                ADD_FAILURE() << "a closed stream was copied";
            } catch (const patio::error& e) {  // the expected way
                EXPECT_EQ(e.code(), patio::errc::closed);
            }
        }
    });
}

}  // namespace
