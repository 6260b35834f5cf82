// SPDX-License-Identifier: MIT

#include <patio/base/duration.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <ratio>
#include <string>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::duration;
using patio::time_point;

static_assert(patio::duration_like<std::chrono::nanoseconds>);
static_assert(patio::duration_like<std::chrono::duration<double>>);
static_assert(!patio::duration_like<int>);
static_assert(!patio::duration_like<std::string>);
static_assert(!std::is_convertible_v<int, duration>, "a bare number has no unit");

TEST(duration, takes_any_chrono_duration_exactly) {
    EXPECT_EQ(duration(1ns).count(), 1);
    EXPECT_EQ(duration(2us).count(), 2'000);
    EXPECT_EQ(duration(3ms).count(), 3'000'000);
    EXPECT_EQ(duration(-4s).count(), -4'000'000'000);
    EXPECT_EQ(duration(5min).count(), 300'000'000'000);
    EXPECT_EQ(duration(6h).count(), 21'600'000'000'000);
}

TEST(duration, takes_ticks_that_divide_no_power_of_ten) {
    const std::chrono::duration<int, std::ratio<1, 30>> frames{45};
    EXPECT_EQ(duration(frames).count(), 1'500'000'000);
}

TEST(duration, rounds_what_is_finer_than_a_nanosecond_towards_zero) {
    const std::chrono::duration<std::int64_t, std::pico> fine{1'999};
    EXPECT_EQ(duration(fine).count(), 1);
    EXPECT_EQ(duration(-fine).count(), -1);
}

TEST(duration, takes_floating_point_seconds) {
    const std::chrono::duration<double> half{0.5};
    EXPECT_EQ(duration(half).count(), 500'000'000);
    EXPECT_EQ(duration(-half).count(), -500'000'000);
}

TEST(duration, stops_at_the_ends_of_its_range_instead_of_turning_round) {
    EXPECT_EQ(duration(std::chrono::hours::max()), duration::forever());
    EXPECT_LT(duration(std::chrono::hours::min()), duration(-24h * 365 * 292));
    EXPECT_EQ(duration(std::chrono::duration<double>{1e300}), duration::forever());
    EXPECT_EQ(duration::seconds(INT64_MAX), duration::forever());
    EXPECT_EQ(duration::milliseconds(INT64_MAX), duration::forever());
}

TEST(duration, stops_at_the_end_for_counts_without_a_sign) {
    using seconds = std::chrono::duration<std::uint64_t>;
    using nanoseconds = std::chrono::duration<std::uint64_t, std::nano>;
    static_assert(duration(seconds::max()) == duration::forever());
    EXPECT_EQ(duration(nanoseconds::max()), duration::forever());
    EXPECT_EQ(duration(nanoseconds{INT64_MAX}), duration::forever());
    EXPECT_EQ(duration(nanoseconds{INT64_MAX - 1}).count(), INT64_MAX - 1);
    EXPECT_EQ(duration(seconds{5}), duration(5s));
    EXPECT_EQ(duration(seconds{0}), duration{});
}

TEST(duration, stops_at_the_ends_for_ticks_of_any_length) {
    using odd = std::chrono::duration<std::int64_t, std::ratio<7, 3>>;
    static_assert(duration(odd::max()) == duration::forever());
    EXPECT_EQ(duration(odd::min()), duration{} - duration::forever());
    EXPECT_EQ(duration(odd{3}), duration(7s));
    using huge = std::chrono::duration<std::int64_t, std::exa>;
    static_assert(duration(huge{1}) == duration::forever());
    EXPECT_EQ(duration(huge{-1}), duration{} - duration::forever());
    EXPECT_EQ(duration(huge{0}), duration{});
}

TEST(duration, gives_the_nearest_that_a_chrono_duration_can_hold) {
    using narrow = std::chrono::duration<std::int32_t, std::milli>;
    using unsigned_narrow = std::chrono::duration<std::uint8_t>;
    using fine = std::chrono::duration<std::int64_t, std::pico>;
    EXPECT_EQ(static_cast<narrow>(duration::forever()), narrow::max());
    EXPECT_EQ(static_cast<narrow>(duration{} - duration::forever()), narrow::min());
    EXPECT_EQ(static_cast<narrow>(duration(-3ms)).count(), -3);
    EXPECT_EQ(static_cast<unsigned_narrow>(duration(256s)).count(), 255);
    EXPECT_EQ(static_cast<unsigned_narrow>(duration(-1s)).count(), 0);
    static_assert(static_cast<fine>(duration::forever()) == fine::max());
    EXPECT_EQ(static_cast<fine>(duration{} - duration::forever()), fine::min());
    EXPECT_EQ(static_cast<fine>(duration(2ns)).count(), 2'000);
    using whole = std::chrono::duration<std::uint64_t, std::nano>;
    EXPECT_EQ(static_cast<whole>(duration::forever()).count(), std::uint64_t{INT64_MAX});
}

TEST(duration, takes_infinity_as_for_ever_and_nan_as_nothing) {
    using seconds = std::chrono::duration<double>;
    EXPECT_EQ(duration(seconds{std::numeric_limits<double>::infinity()}), duration::forever());
    EXPECT_EQ(duration(seconds{std::nan("")}), duration{});
}

TEST(duration, gives_chrono_durations_back) {
    const duration length = 1500ms;
    EXPECT_EQ(static_cast<std::chrono::milliseconds>(length), 1500ms);
    EXPECT_EQ(static_cast<std::chrono::seconds>(length), 1s);
    EXPECT_EQ(static_cast<std::chrono::seconds>(duration(-1500ms)), -1s);
    EXPECT_EQ(static_cast<std::chrono::minutes>(duration(90s)), 1min);
    EXPECT_DOUBLE_EQ(static_cast<std::chrono::duration<double>>(length).count(), 1.5);
    EXPECT_DOUBLE_EQ(length.in_seconds(), 1.5);
}

TEST(duration, adds_subtracts_and_scales) {
    duration length = 1s;
    length += 500ms;
    EXPECT_EQ(length, duration(1500ms));
    length -= 1s;
    EXPECT_EQ(length, duration(500ms));
    EXPECT_EQ(length + 1s, duration(1500ms));
    EXPECT_EQ(length - 1s, duration(-500ms));
    EXPECT_EQ(length * 4, duration(2s));
    EXPECT_EQ(length / 2, duration(250ms));
}

TEST(duration, stays_for_ever_whatever_is_added) {
    EXPECT_EQ(duration::forever() + 1s, duration::forever());
    EXPECT_EQ(duration::forever() * 2, duration::forever());
    EXPECT_LT(duration{} - duration::forever() - 1s, duration(-24h * 365 * 292));
}

TEST(duration, subtracts_the_least_chrono_duration) {
    const duration least = std::chrono::nanoseconds::min();
    EXPECT_EQ(duration{} - least, duration::forever());
    EXPECT_EQ(duration(1s) - least, duration::forever());
    EXPECT_EQ(least - least, duration{});
}

TEST(duration, compares_by_length) {
    EXPECT_LT(duration(1ms), duration(1s));
    EXPECT_GT(duration(1us), duration(999ns));
    EXPECT_EQ(duration(1000us), duration(1ms));
    EXPECT_LT(duration(1000h), duration::forever());
}

TEST(time_point, moves_by_durations_and_differs_by_one) {
    const time_point start{duration(10s)};
    EXPECT_EQ((start + 5s).since_origin(), duration(15s));
    EXPECT_EQ((start - 5s).since_origin(), duration(5s));
    EXPECT_EQ((start + 5s) - start, duration(5s));
    EXPECT_LT(start, start + 1ns);
}

TEST(time_point, never_comes_and_stays_never) {
    EXPECT_GT(time_point::never(), time_point{duration(24h * 365 * 292)});
    EXPECT_EQ(time_point::never() + 1s, time_point::never());
}

}  // namespace
