// SPDX-License-Identifier: MIT

#include <patio/testing/memory_stream.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <system_error>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::testing::break_off;
using patio::testing::break_off_after;
using patio::testing::memory_fault;
using patio::testing::memory_options;
using patio::testing::memory_streams;
using patio::testing::stream_pair;

template <class A>
async<std::error_code> code_of(A operation) {
    try {
        co_await std::move(operation);
    } catch (const patio::error& failure) {
        co_return failure.code();
    }
    co_return std::error_code{};
}

TEST(memory_stream, carries_bytes_both_ways) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await pair.first.write("ping\n");
        co_await pair.second.write("pong\n");
        const std::optional<std::string> ping = co_await pair.second.read_line();
        const std::optional<std::string> pong = co_await pair.first.read_line();
        EXPECT_EQ(ping, "ping");
        EXPECT_EQ(pong, "pong");
    });
}

TEST(memory_stream, lets_a_writer_wait_while_the_buffer_is_full) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams(memory_options{}.buffer_bytes(4));
        bool is_written = false;
        auto write = [&]() -> async<> {
            co_await pair.first.write("123456789");
            is_written = true;
        };
        auto read = [&]() -> async<> {
            co_await patio::sleep(1s);
            EXPECT_FALSE(is_written);
            const std::string start = co_await pair.second.read_some(100);
            EXPECT_EQ(start, "1234");
            co_await patio::sleep(1s);
            EXPECT_FALSE(is_written);
            const std::string rest = co_await pair.second.read_exactly(5);
            EXPECT_EQ(rest, "56789");
        };
        co_await patio::gather(write(), read());
        EXPECT_TRUE(is_written);
    });
}

TEST(memory_stream, brings_slices) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams(memory_options{}.slice_bytes(2));
        co_await pair.first.write("ab", "cde");
        const std::string first = co_await pair.second.read_some(100);
        const std::string second = co_await pair.second.read_some(100);
        const std::string third = co_await pair.second.read_some(100);
        EXPECT_EQ(first + "|" + second + "|" + third, "ab|cd|e");
    });
}

TEST(memory_stream, brings_everything_after_its_latency) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams(memory_options{}.latency(100ms));
        const auto start = patio::now();
        auto write = [&]() -> async<> {
            co_await pair.first.write("a");
            co_await patio::sleep(50ms);
            co_await pair.first.write("b");
            co_await pair.first.close();
        };
        auto read = [&]() -> async<> {
            const std::string first = co_await pair.second.read_some(100);
            EXPECT_EQ(first, "a");
            EXPECT_EQ(patio::now() - start, patio::duration{100ms});
            const std::string second = co_await pair.second.read_some(100);
            EXPECT_EQ(second, "b");
            EXPECT_EQ(patio::now() - start, patio::duration{150ms});
            const std::string end = co_await pair.second.read_some(100);
            EXPECT_EQ(end, "");
        };
        co_await patio::gather(read(), write());
    });
}

TEST(memory_stream, reads_the_end_behind_what_was_written_before_a_shutdown) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await pair.first.write("last words");
        co_await pair.first.shutdown();
        const std::string all = co_await pair.second.read_all();
        EXPECT_EQ(all, "last words");
        co_await pair.second.write("answer");
        co_await pair.second.close();
        const std::string answer = co_await pair.first.read_all();
        EXPECT_EQ(answer, "answer");
    });
}

TEST(memory_stream, ends_when_an_end_is_destroyed) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await pair.first.write("x");
        pair.first = patio::stream{};
        const std::string all = co_await pair.second.read_all();
        EXPECT_EQ(all, "x");
        const std::error_code code = co_await code_of(pair.second.write("y"));
        EXPECT_EQ(code, std::errc::broken_pipe);
    });
}

TEST(memory_stream, wakes_a_full_writer_when_its_reader_goes) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams(memory_options{}.buffer_bytes(1));
        auto go = [&]() -> async<> {
            co_await patio::sleep(1s);
            pair.second.abort();
        };
        auto write = [&]() -> async<> {
            const std::error_code code = co_await code_of(pair.first.write("abc"));
            EXPECT_EQ(code, std::errc::broken_pipe);
        };
        co_await patio::gather(write(), go());
    });
}

TEST(memory_stream, wakes_its_own_users_when_it_is_aborted) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams(memory_options{}.buffer_bytes(1));
        auto abort = [&]() -> async<> {
            co_await patio::sleep(1s);
            pair.first.abort();
        };
        auto read = [&]() -> async<> {
            const std::error_code code = co_await code_of(pair.first.read_some(1));
            EXPECT_EQ(code, patio::errc::closed);
        };
        auto write = [&]() -> async<> {
            const std::error_code code = co_await code_of(pair.first.write("abc"));
            EXPECT_EQ(code, patio::errc::closed);
        };
        co_await patio::gather(read(), write(), abort());
    });
}

TEST(memory_stream, is_reset_at_both_ends_and_loses_what_is_underway) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await pair.first.write("lost");
        auto fault = [&]() -> async<> {
            co_await patio::sleep(1s);
            break_off(pair.first, memory_fault::reset);
        };
        auto read = [&]() -> async<> {
            const std::error_code code = co_await code_of(pair.first.read_some(1));
            EXPECT_EQ(code, std::errc::connection_reset);
        };
        co_await patio::gather(read(), fault());
        const std::error_code reading = co_await code_of(pair.second.read_some(1));
        EXPECT_EQ(reading, std::errc::connection_reset);
        const std::error_code writing = co_await code_of(pair.second.write("x"));
        EXPECT_EQ(writing, std::errc::connection_reset);
    });
}

TEST(memory_stream, is_cut_behind_a_number_of_bytes) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        break_off_after(pair.first, 3, memory_fault::truncation);
        const std::error_code code = co_await code_of(pair.first.write("12345"));
        EXPECT_EQ(code, std::errc::broken_pipe);
        const std::string all = co_await pair.second.read_all();
        EXPECT_EQ(all, "123");
        const std::string none = co_await pair.first.read_all();
        EXPECT_EQ(none, "");
    });
}

TEST(memory_stream, swallows_everything_once_it_is_silent) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams(memory_options{}.buffer_bytes(8));
        co_await pair.first.write("before");
        break_off(pair.second, memory_fault::silence);
        co_await pair.first.write("much more than the buffer holds");
        co_await pair.first.close();
        const std::string before = co_await pair.second.read_some(100);
        EXPECT_EQ(before, "before");
        const auto more = co_await patio::move_on_after(1h, pair.second.read_some(1));
        EXPECT_FALSE(more.has_value());
    });
}

TEST(memory_stream, may_outlive_its_loop) {
    stream_pair pair;
    patio::testing::run([&]() -> async<> {
        pair = memory_streams();
        co_return;
    });
    pair.first = patio::stream{};
}

TEST(memory_stream, finds_only_memory_to_break_off) {
    patio::stream closed;
    EXPECT_THROW(break_off(closed, memory_fault::reset), patio::usage_error);
}

TEST(memory_stream, loses_nothing_when_a_read_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& marked) -> async<> {
        stream_pair pair =
            memory_streams(memory_options{}.slice_bytes(1).buffer_bytes(2).latency(10ms));
        std::string got;
        auto read_some = [&]() -> async<> {
            for (int count = 0; count < 3; ++count) {
                const std::string piece = co_await pair.second.read_some(1);
                got += piece;
            }
        };
        auto read = [&]() -> async<> {
            co_await marked.cancelled(read_some());
            const std::string rest = co_await pair.second.read_all();
            got += rest;
        };
        auto write = [&]() -> async<> {
            co_await pair.first.write("abcdef");
            co_await pair.first.close();
        };
        co_await patio::gather(read(), write());
        EXPECT_EQ(got, "abcdef");
    });
}

TEST(memory_stream, leaves_nothing_behind_when_a_write_is_cancelled) {
    patio::testing::cancel_everywhere([]() -> async<> {
        stream_pair pair = memory_streams(memory_options{}.buffer_bytes(2));
        auto write = [&]() -> async<> { co_await pair.first.write("abcdef"); };
        auto read = [&]() -> async<> {
            co_await patio::sleep(1s);
            const std::string all = co_await pair.second.read_exactly(6);
            EXPECT_EQ(all, "abcdef");
        };
        co_await patio::gather(read(), write());
    });
}

}  // namespace
