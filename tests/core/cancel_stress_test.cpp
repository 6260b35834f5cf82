// SPDX-License-Identifier: MIT

// Random programs, cancelled at random times, on virtual time.
//
// A program is a tree: each node does one to three things, and most things have nodes below them.
// What must hold whatever is cancelled when:
//   * each frame that was made is destroyed, and no task is left;
//   * an operation of the kernel ends before the frame dies that it writes to;
//   * each finally() that was entered has run its cleanup;
//   * no item is lost: sent = received + left over; a lock is free at the end and was never held
//     twice;
//   * no suspension is survived that began while its task was being cancelled.
//
// PATIO_STRESS_SEED=n runs one program, PATIO_STRESS_COUNT=n as many as it says.

#include <patio/core/async.hpp>

#include <patio/core/cancelled.hpp>
#include <patio/core/exception_group.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/gather_range.hpp>
#include <patio/core/race.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include "support/simulated.hpp"

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using patio::async;
using patio::duration;
namespace detail = patio::detail;
using test::alarm_clock;
using test::baton;
using test::counted;
using test::kernel_operation;
using test::mailbox;
using test::ms;

bool is_pending() { return detail::this_loop->current->has(detail::node_flag::pending); }

/// splitmix64.
class random_numbers {
public:
    explicit random_numbers(std::uint64_t seed) : state_{seed} {}
    std::uint64_t below(std::uint64_t limit) {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return (z ^ (z >> 31)) % limit;
    }
    bool one_in(std::uint64_t count) { return below(count) == 0; }

private:
    std::uint64_t state_;
};

/// What happened over all programs, to see that the test reaches what it is meant to reach.
struct reached {
    long timeouts_cut = 0;
    long results_while_pending = 0;
    long tasks_unwound = 0;
    long groups_failed = 0;
    long groups_cut = 0;
    long thrown_cancellations = 0;
    long reports = 0;
    long nodes = 0;
} total;

/// What the nodes of one program share.
struct program {
    explicit program(std::uint64_t seed) : random{seed} {}

    random_numbers random;
    alarm_clock alarms;
    baton lock;
    mailbox mail;
    long frames = 0;
    long items = 0;
    long sent = 0;
    long received = 0;
    long finallies_entered = 0;
    long cleanups_begun = 0;
    long cleanups_alive = 0;
    int nodes_left = 40;
    std::vector<patio::any_task> tasks;  // to be cancelled
};

/// What a node may do.
class limits {
public:
    explicit limits(int depth) : depth_{depth} {}
    [[nodiscard]] limits below() const { return changed(depth_ - 1, holds_lock_, is_bounded_); }
    [[nodiscard]] limits with_lock() const { return changed(depth_ - 1, true, is_bounded_); }
    /// Behind a shield nothing may wait for ever.
    [[nodiscard]] limits shielded() const { return changed(depth_ - 1, holds_lock_, true); }

    [[nodiscard]] bool is_leaf() const { return depth_ <= 0; }
    [[nodiscard]] bool holds_lock() const { return holds_lock_; }
    [[nodiscard]] bool is_bounded() const { return is_bounded_; }

private:
    static limits changed(int depth, bool holds_lock, bool is_bounded) {
        limits result{depth};
        result.holds_lock_ = holds_lock;
        result.is_bounded_ = is_bounded;
        return result;
    }
    int depth_;
    bool holds_lock_ = false;
    bool is_bounded_ = false;
};

/// Remembers whether the task was being cancelled when a suspension began.
class suspension {
public:
    void was_survived() const {
        EXPECT_FALSE(was_pending_) << "a suspension was survived that began pending";
        if (is_pending()) ++total.results_while_pending;
    }

private:
    bool was_pending_ = is_pending();
};

async<int> node(program& p, limits l, counted frame);

async<int> below(program& p, limits l) { return node(p, l.below(), counted{p.frames}); }

// --- leaves

async<int> receive(program& p, counted) {
    const counted item = co_await p.mail.get();
    ++p.received;
    if (p.random.one_in(3)) {
        const suspension nap;
        co_await patio::yield();
        nap.was_survived();
    }
    co_return 1;
}

async<int> receive_within(program& p, limits l, counted) {
    if (!l.is_bounded()) {
        const int result = co_await receive(p, counted{p.frames});
        co_return result;
    }
    const auto length = ms(p.random.below(30));
    const auto result = co_await patio::move_on_after(length, receive(p, counted{p.frames}));
    co_return result.value_or(0);
}

async<int> do_leaf(program& p, limits l, counted) {
    const suspension wait;
    int result = 0;
    switch (p.random.below(7)) {
        case 0:
            co_await patio::sleep(ms(p.random.below(60)));
            wait.was_survived();
            break;
        case 1:
            co_await patio::yield();
            wait.was_survived();
            break;
        case 2: {
            const auto length = ms(p.random.below(60));
            const auto latency = ms(p.random.below(30));
            kernel_operation operation{length, latency, p.random.one_in(3)};
            result = co_await operation;
            wait.was_survived();
            break;
        }
        case 3:
            ++p.sent;
            p.mail.put(counted{p.items});
            break;
        case 4:
            result = co_await receive_within(p, l, counted{p.frames});
            break;
        case 5:
            co_await patio::checkpoint();
            break;
        default:
            if (p.random.one_in(6)) throw std::runtime_error{"a node failed"};
    }
    co_return result;
}

// --- one combinator each

async<int> do_lock(program& p, limits l, counted) {
    if (l.holds_lock()) co_return 0;
    const auto held = co_await p.lock.take();
    const int result = co_await node(p, l.with_lock(), counted{p.frames});
    co_return result;
}

async<int> do_timeout(program& p, limits l, counted) {
    const auto length = ms(p.random.below(80));
    const auto end = patio::now() + length;
    if (p.random.one_in(2)) {
        const auto result = co_await patio::move_on_after(length, below(p, l));
        if (result) co_return *result;
    } else {
        try {
            const int result = co_await patio::timeout(length, below(p, l));
            co_return result;
        } catch (const patio::timed_out&) {}
    }
    EXPECT_GE(patio::now(), end) << "cut before its deadline";
    ++total.timeouts_cut;
    co_return 0;
}

async<int> do_moved_timeout(program& p, limits l, counted) {
    auto body = [&](patio::deadline& limit) -> async<int> {
        const counted frame{p.frames};
        const int first = co_await below(p, l);
        if (!limit.expired()) limit.reschedule(ms(p.random.below(50)));
        const int second = co_await below(p, l);
        co_return first + second;
    };
    const auto result = co_await patio::move_on_after(ms(p.random.below(80)), body);
    co_return result.value_or(0);
}

async<int> do_shield(program& p, limits l, counted) {
    auto operation = node(p, l.shielded(), counted{p.frames});
    const int result = co_await patio::shield(std::move(operation));
    co_return result;
}

async<> clean_up(program& p, limits l, counted) {
    const counted alive{p.cleanups_alive};
    ++p.cleanups_begun;
    co_await patio::sleep(ms(p.random.below(20)));
    if (p.random.one_in(3)) {
        const limits few = l.holds_lock() ? limits{1}.with_lock() : limits{1};
        co_await patio::gather(node(p, few.shielded(), counted{p.frames}),
                               node(p, few.shielded(), counted{p.frames}));
    }
    if (p.random.one_in(10)) throw std::runtime_error{"a cleanup failed"};
}

async<int> do_finally(program& p, limits l, counted) {
    ++p.finallies_entered;
    auto cleanup = [&]() -> async<> { return clean_up(p, l, counted{p.frames}); };
    const auto grace = p.random.one_in(2) ? duration::forever() : ms(1 + p.random.below(25));
    try {
        const int result = co_await patio::finally(below(p, l), cleanup, grace);
        co_return result;
    } catch (const std::exception&) {
        if (p.random.one_in(2)) throw;
    }
    co_return 0;
}

async<int> do_gather(program& p, limits l, counted) {
    const suspension wait;
    const auto choice = p.random.below(3);
    int result = 0;
    try {
        if (choice == 0) {
            const auto [a, b] = co_await patio::gather(below(p, l), below(p, l));
            result = a + b;
        } else if (choice == 1) {
            std::vector<async<int>> operations;
            for (auto i = p.random.below(4); i > 0; --i)
                operations.push_back(below(p, l));
            const bool is_empty = operations.empty();
            const auto results = co_await patio::gather(std::move(operations));
            if (is_empty) co_return 0;  // that did not suspend
            for (const int one : results)
                result += one;
        } else {
            const auto [a, b] = co_await patio::gather_settled(below(p, l), below(p, l));
            result = (a ? a.value() : 0) + (b ? b.value() : 0);
        }
        wait.was_survived();
    } catch (const std::exception&) {
        if (p.random.one_in(2)) throw;
    }
    co_return result;
}

async<int> do_race(program& p, limits l, counted) {
    const suspension wait;
    try {
        if (p.random.one_in(2)) {
            const auto result = co_await patio::race(below(p, l), below(p, l), below(p, l));
            wait.was_survived();
            co_return static_cast<int>(result.index());
        }
        std::vector<async<int>> operations;
        operations.push_back(below(p, l));
        operations.push_back(below(p, l));
        const auto winner = co_await patio::race(operations);
        wait.was_survived();
        co_return winner.value;
    } catch (const std::exception&) {
        if (p.random.one_in(2)) throw;
    }
    co_return 0;
}

async<int> group_body(program& p, limits l, patio::task_group& group, counted) {
    auto first = group.spawn(below(p, l));
    const auto second = group.spawn(node, std::ref(p), l.below(), counted{p.frames});
    p.tasks.push_back(first);
    p.tasks.push_back(second);
    if (p.random.one_in(4)) group.cancel("for a test");
    if (p.random.one_in(4)) second.cancel("for a test");
    int result = co_await below(p, l);
    if (p.random.one_in(2)) {
        try {
            result += co_await first;
        } catch (const patio::task_cancelled&) {}
    }
    co_return result;
}

async<int> do_group(program& p, limits l, counted) {
    auto body = [&](patio::task_group& group) {
        return group_body(p, l, group, counted{p.frames});
    };
    try {
        const int result = co_await patio::with_task_group(body);
        co_return result;
    } catch (const patio::exception_group& failures) {
        EXPECT_FALSE(failures.empty());
        ++total.groups_failed;
        if (p.random.one_in(2)) throw;
    } catch (const patio::task_cancelled&) {
        ++total.groups_cut;
    }
    co_return 0;
}

async<int> let_it_pass(program& p, limits l, counted) {
    try {
        const int first = co_await below(p, l);
        const int second = co_await below(p, l);
        co_return first + second;
    } catch (const patio::cancelled&) {
        ++total.thrown_cancellations;
        throw;
    }
}

async<int> do_throwing(program& p, limits l, counted) {
    const int result = co_await patio::throwing_scope(let_it_pass(p, l.below(), counted{p.frames}));
    co_return result;
}

async<int> do_something(program& p, limits l, counted frame) {
    switch (l.is_leaf() || p.nodes_left <= 0 ? 0 : p.random.below(20)) {
        case 1:
        case 2:
            return do_lock(p, l, std::move(frame));
        case 3:
        case 4:
            return do_timeout(p, l, std::move(frame));
        case 5:
            return do_moved_timeout(p, l, std::move(frame));
        case 6:
            return do_shield(p, l, std::move(frame));
        case 7:
        case 8:
            return do_finally(p, l, std::move(frame));
        case 9:
        case 10:
            return do_gather(p, l, std::move(frame));
        case 11:
            return do_race(p, l, std::move(frame));
        case 12:
        case 13:
            return do_group(p, l, std::move(frame));
        case 14:
            return do_throwing(p, l, std::move(frame));
        default:
            return do_leaf(p, l, std::move(frame));
    }
}

async<int> node(program& p, limits l, counted) {
    int result = 0;
    ++total.nodes;
    for (auto steps = 1 + p.random.below(3); steps > 0; --steps) {
        --p.nodes_left;
        result += co_await do_something(p, l, counted{p.frames});
        if (p.random.one_in(40)) patio::current_task().cancel("by itself");
    }
    co_return result;
}

async<int> run_program(program& p) {
    int result = 0;
    for (int i = 0; i < 4; ++i) {
        p.nodes_left = 40;
        try {
            result += co_await node(p, limits{5}, counted{p.frames});
        } catch (const std::exception&) {}
    }
    co_return result;
}

void cancel_something(program& p) {
    if (!p.tasks.empty()) p.tasks[p.random.below(p.tasks.size())].cancel("from outside");
}

void stress(std::uint64_t seed) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run_options options;
    options.keep_reports(reports);
    if (seed % 3 == 0) options.shuffle(seed + 1);
    program p{seed * 7919 + 1};
    {
        patio::testing::test_loop loop{options};
        const auto main = loop.spawn(run_program(p));
        for (auto i = p.random.below(6); i > 0; --i) {
            p.alarms.at(ms(p.random.below(300)), [&] { cancel_something(p); });
        }
        p.alarms.at(ms(100 + p.random.below(1500)), [&] { main.cancel("the end"); });
        loop.advance(ms(1'000'000));
        EXPECT_TRUE(main.done());
        EXPECT_EQ(loop.task_count(), 0U);
        EXPECT_EQ(p.alarms.waiting(), 0);
        for (const auto& one : p.tasks)
            total.tasks_unwound += one.cancelled() ? 1 : 0;
        p.tasks.clear();
        loop.finish();
    }
    for (const auto& one : reports) {
        // The unobserved ones are of a gather_settled that was cut.
        EXPECT_TRUE(one.kind == patio::report_kind::secondary_failure ||
                    one.kind == patio::report_kind::failed_cleanup ||
                    one.kind == patio::report_kind::unobserved_failure)
            << one.text;
    }
    total.reports += static_cast<long>(reports.size());
    EXPECT_EQ(p.frames, 0) << "frames are left";
    EXPECT_FALSE(p.lock.is_taken());
    EXPECT_EQ(p.sent, p.received + p.mail.size());
    EXPECT_EQ(p.items, p.mail.size());
    EXPECT_EQ(p.finallies_entered, p.cleanups_begun);
    EXPECT_EQ(p.cleanups_alive, 0);
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(cancel_stress, random_programs_keep_their_promises_wherever_they_are_cancelled) {
    const bool is_single = std::getenv("PATIO_STRESS_SEED") != nullptr;
    const std::uint64_t first = number_from("PATIO_STRESS_SEED", 0);
    const std::uint64_t count = is_single ? 1 : number_from("PATIO_STRESS_COUNT", 2000);
    for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
        SCOPED_TRACE("PATIO_STRESS_SEED=" + std::to_string(seed));
        stress(seed);
    }
    if (is_single || count < 1000) return;
    EXPECT_GT(total.nodes, 20'000);
    EXPECT_GT(total.timeouts_cut, 100);
    EXPECT_GT(total.results_while_pending, 100);
    EXPECT_GT(total.tasks_unwound, 100);
    EXPECT_GT(total.groups_failed, 100);
    EXPECT_GT(total.groups_cut, 10);
    EXPECT_GT(total.thrown_cancellations, 100);
    EXPECT_GT(total.reports, 100);
}

}  // namespace
