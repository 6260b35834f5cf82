// SPDX-License-Identifier: MIT

// Random workloads over all primitives at once, cancelled at random times, with each batch of ready
// tasks in a random order, on virtual time.
//
// What must hold whatever is cancelled when:
//   * one task at a time in the mutex, also in the code around a condition's wait that was cut;
//   * no more permits in use than there are, and all of them back at the end;
//   * puts = gets + left over, each item once, and each consumer sees a producer's items in order;
//   * no wake-up is lost: nobody waits for a token while one lies there, or for an event that was
//     set;
//   * a barrier's parties have different numbers;
//   * without cancellation and shuffling, the mutex serves in order of coming.
//
// PATIO_STRESS_SEED=n runs one seed, PATIO_STRESS_COUNT=n as many as it says.

#include <patio/core/sync/barrier.hpp>
#include <patio/core/sync/condition.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/sync/lifo_queue.hpp>
#include <patio/core/sync/mutex.hpp>
#include <patio/core/sync/priority_queue.hpp>
#include <patio/core/sync/queue.hpp>
#include <patio/core/sync/semaphore.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using patio::async;

constexpr std::size_t seats_count = 3;
constexpr int actor_count = 8;
constexpr int actions_per_actor = 25;

class dice {
public:
    explicit dice(std::uint64_t seed)
        : engine_{static_cast<std::uint32_t>(seed * 2'654'435'761U)} {}
    /// From 0 to `sides` - 1.
    int roll(int sides) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(sides)); }

private:
    std::mt19937 engine_;
};

patio::duration milliseconds(int count) {
    return patio::duration::nanoseconds(std::int64_t{count} * 1'000'000);
}

/// Counts who is inside, whichever way they leave.
class inside {
public:
    inside(std::size_t& count, std::size_t how_many) : count_{count}, how_many_{how_many} {
        count_ += how_many_;
    }
    inside(const inside&) = delete;
    inside& operator=(const inside&) = delete;
    ~inside() { count_ -= how_many_; }

private:
    std::size_t& count_;
    std::size_t how_many_;
};

/// What waits in line, by number: served in order unless somebody was cancelled.
class line {
public:
    std::uint64_t come() { return next_++; }
    void serve(std::uint64_t number, bool must_be_in_order) {
        if (must_be_in_order) {
            EXPECT_EQ(number, served_);
        }
        ++served_;
    }

private:
    std::uint64_t next_ = 0;
    std::uint64_t served_ = 0;
};

struct item {
    int producer;
    int number;
    friend bool operator<(const item& a, const item& b) noexcept { return a.number < b.number; }
};

template <class Queue>
struct store {
    explicit store(std::size_t capacity) : q{capacity} {}

    async<> put(int producer) {
        const int number = next[static_cast<std::size_t>(producer)]++;
        co_await q.put(item{producer, number});
        ++puts;
    }
    async<> get(int consumer) {
        const item got = co_await q.get();
        note(got, consumer);
    }
    void try_get(int consumer) {
        if (const auto got = q.try_get()) note(*got, consumer);
    }
    void note(const item& got, int consumer) {
        ++gets;
        auto& sequence =
            seen[static_cast<std::size_t>(consumer)][static_cast<std::size_t>(got.producer)];
        if (is_fifo) {
            EXPECT_GT(got.number, sequence);
        }
        sequence = got.number;
        auto& taken = all[static_cast<std::size_t>(got.producer)];
        taken.resize(std::max(taken.size(), static_cast<std::size_t>(got.number) + 1));
        EXPECT_FALSE(taken[static_cast<std::size_t>(got.number)]) << "an item came twice";
        taken[static_cast<std::size_t>(got.number)] = true;
    }
    void check() {
        EXPECT_EQ(puts, gets + static_cast<int>(q.size()));
        EXPECT_EQ(q.getters_waiting(), 0U);
        EXPECT_EQ(q.putters_waiting(), 0U);
    }

    Queue q;
    bool is_fifo = false;
    int puts = 0;
    int gets = 0;
    std::array<int, actor_count> next{};
    std::array<std::array<int, actor_count>, actor_count> seen = [] {
        std::array<std::array<int, actor_count>, actor_count> none{};
        for (auto& row : none)
            row.fill(-1);
        return none;
    }();
    std::array<std::vector<bool>, actor_count> all;
};

/// One workload: everything that its tasks share.
class workload {
public:
    explicit workload(std::uint64_t seed) : seed_{seed}, is_orderly_{seed % 4 == 0} {
        fifo_.is_fifo = true;
    }

    async<> run() {
        std::vector<patio::task<>> actors;
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            for (int id = 0; id < actor_count; ++id)
                actors.push_back(group.spawn(act(id)));
            if (!is_orderly_) co_await cancel_some(actors);
        });
        check();
    }

private:
    async<> cancel_some(const std::vector<patio::task<>>& actors) {
        dice d{seed_ + 77};
        for (int i = 0; i < actor_count / 2; ++i) {
            co_await patio::sleep(milliseconds(d.roll(15)));
            actors[static_cast<std::size_t>(d.roll(actor_count))].cancel();
            if (d.roll(2) == 0) actors[static_cast<std::size_t>(d.roll(actor_count))].cancel();
        }
    }

    async<> act(int id) {
        dice d{seed_ * 31 + static_cast<std::uint64_t>(id)};
        for (int i = 0; i < actions_per_actor; ++i) {
            const int limit = d.roll(4);
            const int kind = d.roll(14);
            // Whatever may wait for ever has a limit; the others have one now and then.
            if (kind >= 4 || (!is_orderly_ && d.roll(3) == 0)) {
                static_cast<void>(
                    co_await patio::move_on_after(milliseconds(limit), act_once(kind, id, d)));
            } else {
                co_await act_once(kind, id, d);
            }
        }
    }

    async<> act_once(int kind, int id, dice& d) {
        switch (kind) {
            case 0:
            case 1:
                return use_mutex(d.roll(3));
            case 2:
            case 3:
                return use_seats(static_cast<std::size_t>(d.roll(3)) + 1, d.roll(3));
            case 4:
                return fifo_.put(id);
            case 5:
                return d.roll(4) == 0 ? try_get(id) : fifo_.get(id);
            case 6:
                return lifo_.put(id);
            case 7:
                return lifo_.get(id);
            case 8:
                return urgent_.put(id);
            case 9:
                return urgent_.get(id);
            case 10:
                return take_token(d.roll(2) == 0);
            case 11:
                return make_token();
            case 12:
                return d.roll(2) == 0 ? wait_for_event() : set_event(d.roll(3) != 0);
            default:
                return pass_gate();
        }
    }

    async<> use_mutex(int pause) {
        const std::uint64_t number = mutex_line_.come();
        auto guard = co_await mutex_.lock();
        mutex_line_.serve(number, is_orderly_);
        const inside here{in_mutex_, 1};
        EXPECT_EQ(in_mutex_, 1U);
        co_await patio::sleep(milliseconds(pause));
        EXPECT_EQ(in_mutex_, 1U);
    }

    async<> use_seats(std::size_t count, int pause) {
        auto permit = co_await seats_.acquire(count);
        const inside here{on_seats_, count};
        EXPECT_LE(on_seats_, seats_count);
        EXPECT_LE(on_seats_ + seats_.available(), seats_count);
        co_await patio::sleep(milliseconds(pause));
    }

    async<> try_get(int id) {
        fifo_.try_get(id);
        co_return;
    }

    async<> take_token(bool with_limit) {
        auto guard = co_await table_.lock();
        if (with_limit) {
            static_cast<void>(co_await patio::move_on_after(milliseconds(1), changed_.wait(guard)));
            const inside here{in_table_, 1};  // the guard must say the truth
            EXPECT_EQ(in_table_, 1U);
            EXPECT_TRUE(guard.owns_lock());
            co_await patio::yield();
        } else {
            const auto has_token = [this] { return tokens_ > 0; };
            co_await changed_.wait(guard, has_token);
        }
        if (tokens_ > 0) --tokens_;
    }

    async<> make_token() {
        auto guard = co_await table_.lock();
        const inside here{in_table_, 1};
        EXPECT_EQ(in_table_, 1U);
        ++tokens_;
        changed_.notify_all();  // one with a limit may wait and need no token
        co_await patio::yield();
        EXPECT_EQ(in_table_, 1U);
    }

    async<> wait_for_event() { co_await event_.wait(); }
    async<> set_event(bool clear_at_once) {
        event_.set();
        EXPECT_EQ(event_.waiting(), 0U);
        if (clear_at_once) event_.clear();
        co_return;
    }

    async<> pass_gate() {
        const std::size_t index = co_await gate_.wait();
        EXPECT_LT(index, gate_.parties());
        ++gate_counts_[index];
    }

    void check() {
        EXPECT_FALSE(mutex_.is_locked());
        EXPECT_FALSE(table_.is_locked());
        EXPECT_EQ(seats_.available(), seats_count);
        EXPECT_EQ(in_mutex_ + in_table_ + on_seats_, 0U);
        EXPECT_EQ(changed_.waiting(), 0U);
        fifo_.check();
        lifo_.check();
        urgent_.check();
        EXPECT_EQ(gate_.waiting(), 0U);
        EXPECT_EQ(gate_counts_[0], gate_counts_[1]);
        EXPECT_EQ(gate_counts_[0], gate_counts_[2]);
    }

    std::uint64_t seed_;
    bool is_orderly_;

    patio::mutex mutex_;
    line mutex_line_;
    std::size_t in_mutex_ = 0;

    patio::semaphore seats_{seats_count};
    std::size_t on_seats_ = 0;

    patio::mutex table_;
    patio::condition changed_;
    std::size_t in_table_ = 0;
    int tokens_ = 0;

    store<patio::queue<item>> fifo_{3};
    store<patio::lifo_queue<item>> lifo_{2};
    store<patio::priority_queue<item>> urgent_{2};
    patio::event event_;
    patio::barrier gate_{3};
    std::array<int, 3> gate_counts_{};
};

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void run_seed(std::uint64_t seed) {
    SCOPED_TRACE("PATIO_STRESS_SEED=" + std::to_string(seed));
    patio::testing::run_options options;
    if (seed % 4 != 0) options.shuffle(seed);
    workload work{seed};
    patio::testing::run([&]() -> async<> { co_await work.run(); }, options);
}

TEST(sync_stress, keeps_its_promises_whatever_is_cancelled_and_in_whichever_order_tasks_run) {
    const std::uint64_t only = number_from_environment("PATIO_STRESS_SEED", 0);
    if (only != 0) return run_seed(only);
    const std::uint64_t count = number_from_environment("PATIO_STRESS_COUNT", 500);
    for (std::uint64_t seed = 1; seed <= count && !HasFailure(); ++seed)
        run_seed(seed);
}

// --- a notification that reaches one task only

/// Consumers and producers of tokens; every consumer needs one, each token wakes one.
async<> hand_out_tokens(std::uint64_t seed) {
    dice d{seed};
    patio::mutex table;
    patio::condition changed;
    int tokens = 0;
    int taken = 0;
    auto take = [&]() -> async<> {
        auto guard = co_await table.lock();
        const auto has_token = [&] { return tokens > 0; };
        co_await changed.wait(guard, has_token);
        --tokens;
        ++taken;
    };
    std::vector<patio::task<>> consumers;
    co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
        for (int i = 0; i < 8; ++i)
            consumers.push_back(group.spawn(take));
        for (int i = 0; i < 8; ++i) {
            if (d.roll(2) == 0) co_await patio::yield();
            if (d.roll(2) == 0) consumers[static_cast<std::size_t>(d.roll(8))].cancel();
            auto guard = co_await table.lock();
            ++tokens;
            changed.notify_one();
            if (d.roll(2) == 0) co_await patio::yield();
            guard.unlock();
            if (d.roll(3) == 0) consumers[static_cast<std::size_t>(d.roll(8))].cancel();
        }
        co_await patio::sleep(milliseconds(1));
        EXPECT_FALSE(tokens > 0 && changed.waiting() > 0) << "a wake-up was lost";
    });
    EXPECT_EQ(taken + tokens, 8);
}

TEST(sync_stress, loses_no_notification_of_a_condition) {
    for (std::uint64_t seed = 1; seed <= 500 && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        patio::testing::run_options options;
        options.shuffle(seed);
        patio::testing::run([&]() -> async<> { co_await hand_out_tokens(seed); }, options);
    }
}

}  // namespace
