// SPDX-License-Identifier: MIT

#include "core/timer_wheel.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace {

using patio::detail::nanoseconds_max;
using patio::detail::node_list;
using patio::detail::timer_wheel;
using patio::detail::wait_node;

constexpr std::int64_t tick = 1024;

struct timer : wait_node {
    int id = 0;
};

std::vector<int> ids_of(node_list& due) {
    std::vector<int> ids;
    while (auto* node = due.pop_front())
        ids.push_back(static_cast<timer*>(node)->id);
    return ids;
}

std::vector<int> expired(timer_wheel& wheel, std::int64_t now) {
    node_list due;
    wheel.expire(now, due);
    return ids_of(due);
}

/// Timers with these deadlines, added in this order.
std::vector<timer> timers_at(timer_wheel& wheel, const std::vector<std::int64_t>& deadlines) {
    std::vector<timer> timers(deadlines.size());
    for (std::size_t i = 0; i < timers.size(); ++i) {
        timers[i].id = static_cast<int>(i);
        timers[i].deadline = deadlines[i];
        wheel.add(timers[i]);
    }
    return timers;
}

TEST(timer_wheel, fires_nothing_before_its_deadline_and_everything_at_it) {
    for (const std::int64_t deadline :
         {std::int64_t{1}, tick - 1, tick, tick + 1, 64 * tick - 1, 64 * tick, 4096 * tick + 17,
          std::int64_t{1} << 40, (std::int64_t{1} << 62) + 12345}) {
        timer_wheel wheel;
        const auto timers = timers_at(wheel, {deadline});
        EXPECT_EQ(wheel.earliest(SIZE_MAX), deadline);
        EXPECT_TRUE(expired(wheel, deadline - 1).empty()) << deadline;
        EXPECT_FALSE(wheel.empty());
        EXPECT_EQ(expired(wheel, deadline), std::vector<int>{0}) << deadline;
        EXPECT_TRUE(wheel.empty());
    }
}

TEST(timer_wheel, fires_in_the_order_of_deadlines_within_a_tick) {
    timer_wheel wheel;
    const auto timers = timers_at(wheel, {5000, 4999, 5000, 4998, 4999});
    EXPECT_EQ(expired(wheel, 4998), (std::vector<int>{3}));
    EXPECT_EQ(expired(wheel, 6000), (std::vector<int>{1, 4, 0, 2}));
}

TEST(timer_wheel, fires_deadlines_that_have_passed_when_they_are_added) {
    timer_wheel wheel;
    const auto late = timers_at(wheel, {1'000'000});
    EXPECT_EQ(expired(wheel, 10'000'000).size(), 1U);
    const auto overdue = timers_at(wheel, {3, -7, 9'999'999, 10'000'000, 10'000'001});
    EXPECT_EQ(expired(wheel, 10'000'000), (std::vector<int>{1, 0, 2, 3}));
    EXPECT_EQ(expired(wheel, 10'000'001), (std::vector<int>{4}));
}

TEST(timer_wheel, keeps_equal_deadlines_in_order_when_slots_are_dealt_out) {
    timer_wheel wheel;
    constexpr std::int64_t deadline = 1'000'000'007;
    const auto early = timers_at(wheel, {deadline, deadline});
    std::vector<timer> later(3);
    int id = 10;
    for (const std::int64_t now : {deadline - 500'000'000, deadline - 1'000'000, deadline - 2000}) {
        EXPECT_TRUE(expired(wheel, now).empty());
        timer& added = later[static_cast<std::size_t>(id - 10)];
        added.id = id++;
        added.deadline = deadline;
        wheel.add(added);
    }
    EXPECT_EQ(expired(wheel, deadline), (std::vector<int>{0, 1, 10, 11, 12}));
}

TEST(timer_wheel, lets_a_timer_go_that_is_due_but_was_not_taken_yet) {
    timer_wheel wheel;
    auto timers = timers_at(wheel, {10, 20, 30});
    node_list due;
    wheel.expire(100, due);
    EXPECT_EQ(due.pop_front(), &timers[0]);
    wheel.remove(timers[1]);  // what the first one does when it fires
    EXPECT_EQ(ids_of(due), std::vector<int>{2});
}

TEST(timer_wheel, is_empty_when_the_last_timer_was_taken_out) {
    timer_wheel wheel;
    auto timers = timers_at(wheel, {10, 1'000'000, 1'000'000'000'000});
    for (auto& one : timers) {
        EXPECT_FALSE(wheel.empty());
        wheel.remove(one);
    }
    EXPECT_TRUE(wheel.empty());
    EXPECT_TRUE(expired(wheel, 2'000'000'000'000).empty());
}

TEST(timer_wheel, never_fires_a_deadline_of_never) {
    timer_wheel wheel;
    auto timers = timers_at(wheel, {nanoseconds_max, nanoseconds_max, nanoseconds_max - 1});
    EXPECT_FALSE(wheel.empty());
    EXPECT_EQ(expired(wheel, nanoseconds_max), std::vector<int>{2});
    EXPECT_TRUE(wheel.empty()) << "nothing in it will ever fire";
    wheel.remove(timers[0]);
    wheel.remove(timers[1]);
    EXPECT_TRUE(wheel.empty());
}

TEST(timer_wheel, says_a_time_that_is_not_too_late_if_a_slot_is_long) {
    timer_wheel wheel;
    std::vector<std::int64_t> deadlines;
    for (int i = 0; i < 100; ++i)
        deadlines.push_back(10'000'000 - i * 1000);
    const auto timers = timers_at(wheel, deadlines);
    EXPECT_EQ(wheel.earliest(SIZE_MAX), 10'000'000 - 99'000);
    EXPECT_LE(wheel.earliest(16), 10'000'000 - 99'000);
    EXPECT_GT(wheel.earliest(16), 0);
}

TEST(timer_wheel, sorts_a_million_timers_that_stand_in_one_tick_the_wrong_way_round) {
    timer_wheel wheel;
    (void)expired(wheel, 1'000'000'000);  // all of the following have passed
    std::vector<std::int64_t> deadlines;
    for (int i = 0; i < 1'000'000; ++i)
        deadlines.push_back(500'000'000 - i / 2);
    const auto timers = timers_at(wheel, deadlines);
    const auto order = expired(wheel, 1'000'000'000);
    ASSERT_EQ(order.size(), deadlines.size());
    for (std::size_t i = 0; i + 1 < order.size(); i += 2) {
        const int last = static_cast<int>(order.size() - 2 - i);
        ASSERT_EQ(order[i], last);
        ASSERT_EQ(order[i + 1], last + 1) << "equal deadlines keep their order";
    }
}

/// Does the same with a wheel and with a std::multimap, which keeps equal keys in order.
class comparison {
public:
    explicit comparison(std::uint64_t seed, std::size_t timer_count) : random_{seed} {
        timers_.resize(timer_count);
        places_.resize(timer_count, expected_.end());
        for (std::size_t i = 0; i < timer_count; ++i)
            timers_[i].id = static_cast<int>(i);
    }

    void do_something() {
        const auto choice = below(100);
        const auto id = static_cast<std::size_t>(below(timers_.size()));
        if (choice < 60) {
            if (is_in_wheel(id)) take_out(id);
            put_in(id, now_ + length());
        } else if (choice < 80) {
            if (is_in_wheel(id)) take_out(id);
        } else {
            advance_to(now_ + static_cast<std::int64_t>(below(2) == 0 ? below(5000) : step()));
        }
        ASSERT_EQ(wheel_.empty(), expected_.empty());
        if (!expected_.empty()) {
            ASSERT_EQ(wheel_.earliest(SIZE_MAX), expected_.begin()->first);
        }
    }
    void drain() {
        while (!expected_.empty() && !testing::Test::HasFatalFailure()) {
            advance_to(std::max(now_, expected_.begin()->first));
        }
        EXPECT_TRUE(wheel_.empty());
    }
    [[nodiscard]] std::size_t fired() const { return fired_; }

private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    [[nodiscard]] bool is_in_wheel(std::size_t id) const { return places_[id] != expected_.end(); }

    /// From a nanosecond to a year, some of them equal, some in the past.
    std::int64_t length() {
        const auto scale = below(52);
        const auto length = static_cast<std::int64_t>(below(std::uint64_t{1} << scale));
        if (below(10) == 0) return -length % 100'000;
        return below(3) == 0 ? length / 100'000 * 100'000 : length;
    }
    std::uint64_t step() { return below(std::uint64_t{1} << below(50)); }

    void put_in(std::size_t id, std::int64_t deadline) {
        timers_[id].deadline = deadline;
        wheel_.add(timers_[id]);
        places_[id] = expected_.emplace(deadline, static_cast<int>(id));
    }
    void take_out(std::size_t id) {
        wheel_.remove(timers_[id]);
        expected_.erase(places_[id]);
        places_[id] = expected_.end();
    }
    void advance_to(std::int64_t now) {
        now_ = now;
        node_list due;
        wheel_.expire(now_, due);
        while (auto* node = due.pop_front()) {
            const auto id = static_cast<std::size_t>(static_cast<timer*>(node)->id);
            ASSERT_FALSE(expected_.empty());
            ASSERT_EQ(expected_.begin()->second, timers_[id].id);
            expected_.erase(expected_.begin());
            places_[id] = expected_.end();
            ++fired_;
            // A timer that fires may take out another one of the same batch, and start anew.
            const auto other = static_cast<std::size_t>(below(timers_.size()));
            if (below(4) == 0 && is_in_wheel(other)) take_out(other);
            if (below(4) == 0) restarted_.push_back(id);
        }
        if (!expected_.empty()) {
            ASSERT_GT(expected_.begin()->first, now_);
        }
        for (const auto id : restarted_)
            put_in(id, now_ + 1 + length() % 1000);
        restarted_.clear();
    }

    std::mt19937_64 random_;
    timer_wheel wheel_;
    std::multimap<std::int64_t, int> expected_;
    std::vector<timer> timers_;
    std::vector<std::multimap<std::int64_t, int>::iterator> places_;
    std::vector<std::size_t> restarted_;
    std::int64_t now_ = 0;
    std::size_t fired_ = 0;
};

TEST(timer_wheel, does_what_a_sorted_map_does_with_random_operations) {
    std::size_t fired = 0;
    for (std::uint64_t seed = 0; seed < 200 && !HasFatalFailure(); ++seed) {
        SCOPED_TRACE(seed);
        comparison both{seed, 1 + seed % 100};
        for (int i = 0; i < 2000 && !HasFatalFailure(); ++i)
            both.do_something();
        if (!HasFatalFailure()) both.drain();
        fired += both.fired();
    }
    EXPECT_GT(fired, 10'000U);
}

TEST(timer_wheel, fires_a_million_timers_in_order) {
    constexpr std::size_t count = 1'000'000;
    timer_wheel wheel;
    std::mt19937_64 random{1};
    std::vector<std::int64_t> deadlines(count);
    for (auto& one : deadlines)
        one = static_cast<std::int64_t>(random() % 10'000'000'000U);
    const auto timers = timers_at(wheel, deadlines);
    std::vector<int> order(count);
    for (std::size_t i = 0; i < count; ++i)
        order[i] = static_cast<int>(i);
    std::sort(order.begin(), order.end(), [&](int a, int b) {
        const auto first = deadlines[static_cast<std::size_t>(a)];
        const auto second = deadlines[static_cast<std::size_t>(b)];
        return first != second ? first < second : a < b;
    });
    std::vector<int> fired;
    for (std::int64_t now = 0; now < 10'000'000'000; now += 50'000'000) {
        const auto batch = expired(wheel, now);
        fired.insert(fired.end(), batch.begin(), batch.end());
    }
    const auto last = expired(wheel, 10'000'000'000);
    fired.insert(fired.end(), last.begin(), last.end());
    EXPECT_EQ(fired, order);
}

}  // namespace
