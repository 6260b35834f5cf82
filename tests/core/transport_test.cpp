// SPDX-License-Identifier: MIT

#include <patio/core/transport.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/stream.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;

/// One that has only what it must.
class plain_transport : public patio::transport {
public:
    async<std::size_t> read_some(patio::byte_span) override { co_return 0; }
    async<> write(patio::byte_views) override {
        if (is_stuck) co_await patio::sleep(1h);
    }
    async<> shutdown() override { co_return; }
    async<> close() override { co_return; }
    void abort() noexcept override {}

    bool is_stuck = false;
};

/// One that does without waiting what it can: reads two bytes once, writes three each time.
class prompt_transport : public plain_transport {
public:
    std::size_t read_now(patio::byte_span target) override {
        if (is_at_end) {
            ++end_count;
            return 0;
        }
        if (!is_prompt) return not_now;
        target.data()[0] = target.data()[1] = std::byte{'n'};
        is_prompt = false;
        return 2;
    }
    async<std::size_t> read_some(patio::byte_span target) override {
        co_await patio::sleep(1s);
        target.data()[0] = std::byte{'w'};
        is_at_end = true;
        co_return 1;
    }
    std::size_t write_now(patio::byte_view bytes) override {
        const patio::byte_view taken = bytes.first(3);
        written.append(reinterpret_cast<const char*>(taken.data()), taken.size());
        return taken.size();
    }
    async<> write(patio::byte_views parts) override {
        for (const patio::byte_view& part : parts)
            written.append("|").append(reinterpret_cast<const char*>(part.data()), part.size());
        co_return;
    }

    bool is_prompt = true;
    bool is_at_end = false;
    int end_count = 0;
    std::string written;
};

TEST(transport, is_asked_first_for_what_needs_no_waiting) {
    patio::testing::run([]() -> async<> {
        auto owned = std::make_unique<prompt_transport>();
        prompt_transport& carrier = *owned;
        patio::stream over{std::move(owned)};
        const auto begin = patio::now();
        std::string text = co_await over.read_some(10);
        EXPECT_EQ(text, "nn");
        EXPECT_EQ(patio::now(), begin);
        text = co_await over.read_some(10);
        EXPECT_EQ(text, "w");
        EXPECT_EQ(patio::now(), begin + 1s);
        for (int i = 0; i < 2; ++i) {  // the end is remembered
            text = co_await over.read_some(10);
            EXPECT_EQ(text, "");
        }
        EXPECT_EQ(carrier.end_count, 1);
        co_await over.write("abc");
        co_await over.write("abcdef");
        EXPECT_EQ(carrier.written, "abcabc|def");
    });
}

TEST(transport, counts_what_was_taken_of_a_write_that_was_cancelled) {
    patio::testing::run([]() -> async<> {
        auto pair =
            patio::testing::memory_streams(patio::testing::memory_options{}.buffer_bytes(3));
        patio::transport& carrier = *pair.first.carrier();
        const patio::byte_view parts[] = {"ab", "cde"};
        std::size_t taken = 77;
        auto written = carrier.write_counted({parts, 2}, taken);
        const bool has_ended = co_await patio::move_on_after(1s, std::move(written));
        EXPECT_FALSE(has_ended);
        EXPECT_EQ(taken, 3U);
        const std::string arrived = co_await pair.second.read_some(100);
        EXPECT_EQ(arrived, "abc");
    });
}

TEST(transport, that_cannot_count_says_so_until_all_is_written) {
    patio::testing::run([]() -> async<> {
        plain_transport carrier;
        const patio::byte_view part = "abc";
        std::size_t taken = 77;
        co_await carrier.write_counted({&part, 1}, taken);
        EXPECT_EQ(taken, 3U);
        carrier.is_stuck = true;
        auto written = carrier.write_counted({&part, 1}, taken);
        co_await patio::move_on_after(1s, std::move(written));
        EXPECT_EQ(taken, patio::transport::bytes_unknown);
    });
}

TEST(transport, stands_on_nothing_and_has_no_descriptor_unless_it_says_so) {
    patio::testing::run([]() -> patio::async<> {
        auto pair = patio::testing::memory_streams();
        EXPECT_EQ(pair.first.carrier()->next_layer(), nullptr);
        EXPECT_EQ(pair.first.carrier()->native_handle(), -1);
        co_return;
    });
}

}  // namespace
