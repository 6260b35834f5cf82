// SPDX-License-Identifier: MIT

#include <patio/core/sync/barrier.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <set>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::barrier;

static_assert(std::is_trivially_destructible_v<barrier::wait_operation>);

async<> wait_and_note(barrier& gate, std::string& order, char name) {
    try {
        const std::size_t index = co_await gate.wait();
        order += name + std::to_string(index);
    } catch (const patio::broken_barrier&) {
        order += name + std::string{"!"};
    }
}

TEST(barrier, lets_tasks_work_in_rounds) {
    patio::testing::run([]() -> async<> {
        barrier round{3};
        int cooking = 0;
        auto cook = [&](patio::duration pace) -> async<> {
            for (int course = 1; course <= 4; ++course) {
                ++cooking;
                co_await patio::sleep(pace);
                co_await round.wait();
                EXPECT_EQ(cooking % 3, 0);
                co_await round.wait();
            }
        };
        const auto start = patio::now();
        co_await patio::gather(cook(1s), cook(2s), cook(3s));
        EXPECT_EQ(patio::now() - start, patio::duration{12s});
    });
}

TEST(barrier, numbers_those_who_pass_by_their_coming_and_the_last_one_goes_on_first) {
    patio::testing::run([]() -> async<> {
        barrier gate{3};
        std::string order;
        co_await patio::gather(wait_and_note(gate, order, 'a'), wait_and_note(gate, order, 'b'),
                               wait_and_note(gate, order, 'c'));
        EXPECT_EQ(order, "c2a0b1");
        EXPECT_EQ(gate.waiting(), 0U);
    });
}

TEST(barrier, begins_anew_for_those_who_come_while_others_pass) {
    patio::testing::run([]() -> async<> {
        barrier gate{2};
        std::string order;
        co_await patio::gather(wait_and_note(gate, order, 'a'), wait_and_note(gate, order, 'b'),
                               wait_and_note(gate, order, 'c'), wait_and_note(gate, order, 'd'));
        EXPECT_EQ(order, "b1d1a0c0");
    });
}

TEST(barrier, of_one_never_waits) {
    patio::testing::run([]() -> async<> {
        barrier gate{1};
        const auto before = patio::testing::turn();
        const std::size_t index = co_await gate.wait();
        EXPECT_EQ(index, 0U);
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(barrier, needs_somebody_to_wait_for) { EXPECT_THROW(barrier{0}, patio::usage_error); }

TEST(barrier, breaks_those_who_wait_when_it_is_reset_and_works_again) {
    patio::testing::run([]() -> async<> {
        barrier gate{2};
        std::string order;
        auto a = patio::create_task(wait_and_note(gate, order, 'a'));
        co_await patio::yield();
        gate.reset();
        EXPECT_FALSE(gate.is_broken());
        co_await a;
        EXPECT_EQ(order, "a!");
        co_await patio::gather(wait_and_note(gate, order, 'b'), wait_and_note(gate, order, 'c'));
        EXPECT_EQ(order, "a!c1b0");
    });
}

TEST(barrier, does_not_concern_those_who_have_passed_when_it_is_reset) {
    patio::testing::run([]() -> async<> {
        barrier gate{2};
        std::string order;
        auto a = patio::create_task(wait_and_note(gate, order, 'a'));
        co_await patio::yield();
        co_await gate.wait();
        gate.reset();
        co_await a;
        EXPECT_EQ(order, "a0");
    });
}

TEST(barrier, stays_broken_when_it_is_aborted_until_it_is_reset) {
    patio::testing::run([]() -> async<> {
        barrier gate{2};
        std::string order;
        auto a = patio::create_task(wait_and_note(gate, order, 'a'));
        co_await patio::yield();
        gate.abort();
        EXPECT_TRUE(gate.is_broken());
        co_await a;
        co_await wait_and_note(gate, order, 'b');
        EXPECT_EQ(order, "a!b!");
        gate.reset();
        co_await patio::gather(wait_and_note(gate, order, 'c'), wait_and_note(gate, order, 'd'));
        EXPECT_EQ(order, "a!b!d1c0");
    });
}

TEST(barrier, waits_for_one_more_when_one_that_waited_is_cancelled) {
    patio::testing::run([]() -> async<> {
        barrier gate{3};
        std::string order;
        auto a = patio::create_task(wait_and_note(gate, order, 'a'));
        auto b = patio::create_task(wait_and_note(gate, order, 'b'));
        co_await patio::yield();
        a.cancel();
        EXPECT_EQ(gate.waiting(), 1U);
        auto c = patio::create_task(wait_and_note(gate, order, 'c'));
        co_await patio::sleep(1s);
        EXPECT_EQ(order, "");
        auto d = patio::create_task(wait_and_note(gate, order, 'd'));
        co_await patio::sleep(1s);
        EXPECT_EQ(order, "d2b0c1");
        EXPECT_TRUE(a.cancelled());
    });
}

TEST(barrier, lets_one_pass_that_is_cancelled_after_the_last_has_come) {
    patio::testing::run([]() -> async<> {
        barrier gate{2};
        std::string order;
        auto a = patio::create_task(wait_and_note(gate, order, 'a'));
        co_await patio::yield();
        co_await gate.wait();
        a.cancel();
        co_await a;
        EXPECT_EQ(order, "a0");
    });
}

TEST(barrier, loses_a_party_when_a_throwing_scope_is_cancelled) {
    patio::testing::run([]() -> async<> {
        barrier gate{2};
        auto body = [&]() -> async<> { co_await gate.wait(); };
        const bool done = co_await patio::move_on_after(1s, patio::throwing_scope(body()));
        EXPECT_FALSE(done);
        EXPECT_EQ(gate.waiting(), 0U);
    });
}

TEST(barrier, gives_different_numbers_wherever_a_party_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& probe) -> async<> {
        barrier gate{3};
        std::multiset<std::size_t> numbers;
        auto runner = [&]() -> async<> {
            const std::size_t index = co_await gate.wait();
            numbers.insert(index);
        };
        auto late = [&]() -> async<> {
            co_await patio::sleep(1s);
            co_await runner();
        };
        // Two of them never meet a third one if the victim has gone: a replacement comes.
        auto replacement = [&]() -> async<> {
            co_await patio::sleep(2s);
            if (probe.was_cancelled()) co_await runner();
        };
        co_await patio::gather(runner(), probe.cancelled(runner()), late(), replacement());
        EXPECT_EQ(numbers, (std::multiset<std::size_t>{0, 1, 2}));
    });
}

TEST(barrier, leaves_nobody_behind_wherever_everything_is_cancelled) {
    barrier gate{3};
    patio::testing::cancel_everywhere([&]() -> async<> {
        std::string order;
        co_await patio::gather(wait_and_note(gate, order, 'a'), wait_and_note(gate, order, 'b'),
                               wait_and_note(gate, order, 'c'));
    });
    EXPECT_EQ(gate.waiting(), 0U);
}

}  // namespace
