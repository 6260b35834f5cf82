// SPDX-License-Identifier: MIT

#include <patio/core/sync/semaphore.hpp>

#include <patio/core/errors.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/throwing_scope.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::bounded_semaphore;
using patio::semaphore;

static_assert(std::is_nothrow_move_constructible_v<semaphore::permit>);
static_assert(!std::is_copy_constructible_v<semaphore::permit>);
static_assert(std::is_trivially_destructible_v<semaphore::acquire_operation>);

async<> take_and_note(semaphore& seats, std::string& order, char name, std::size_t count = 1) {
    auto permit = co_await seats.acquire(count);
    order += name;
}

async<> hold(semaphore& seats, std::size_t count, patio::duration length) {
    auto permit = co_await seats.acquire(count);
    co_await patio::sleep(length);
}

TEST(semaphore, limits_how_many_do_something_at_the_same_time) {
    patio::testing::run([]() -> async<> {
        semaphore connections{2};
        int open = 0;
        int open_max = 0;
        auto fetch = [&](int) -> async<> {
            auto permit = co_await connections.acquire();
            open_max = std::max(open_max, ++open);
            co_await patio::sleep(1s);
            --open;
        };
        const auto start = patio::now();
        co_await patio::gather(fetch(1), fetch(2), fetch(3), fetch(4), fetch(5));
        EXPECT_EQ(open_max, 2);
        EXPECT_EQ(patio::now() - start, patio::duration{3s});
        EXPECT_EQ(connections.available(), 2U);
    });
}

TEST(semaphore, gives_without_a_turn_if_there_is_enough) {
    patio::testing::run([]() -> async<> {
        semaphore seats{3};
        const auto before = patio::testing::turn();
        auto one = co_await seats.acquire();
        auto two = co_await seats.acquire(2);
        EXPECT_EQ(seats.available(), 0U);
        EXPECT_EQ(two.count(), 2U);
        EXPECT_EQ(patio::testing::turn(), before);
    });
}

TEST(semaphore, serves_in_the_order_in_which_they_came) {
    patio::testing::run([]() -> async<> {
        semaphore seats{1};
        std::string order;
        co_await patio::gather(hold(seats, 1, 1s), take_and_note(seats, order, 'a'),
                               take_and_note(seats, order, 'b'), take_and_note(seats, order, 'c'));
        EXPECT_EQ(order, "abc");
    });
}

TEST(semaphore, does_not_let_small_requests_pass_a_large_one) {
    patio::testing::run([]() -> async<> {
        semaphore seats{3};
        std::string order;
        co_await patio::gather(hold(seats, 2, 1s), take_and_note(seats, order, 'L', 3),
                               take_and_note(seats, order, 's', 1));
        EXPECT_EQ(order, "Ls");
        EXPECT_EQ(seats.available(), 3U);
    });
}

TEST(semaphore, hands_permits_over_so_that_nobody_barges_in) {
    patio::testing::run([]() -> async<> {
        semaphore seats{1};
        std::string order;
        auto permit = co_await seats.acquire();
        auto waiting = patio::create_task(take_and_note(seats, order, 'a'));
        co_await patio::yield();
        EXPECT_TRUE(seats.locked());
        permit.release();
        EXPECT_FALSE(seats.try_acquire().has_value());
        auto again = co_await seats.acquire();
        EXPECT_EQ(order, "a");
    });
}

TEST(semaphore, is_locked_while_somebody_waits_although_permits_are_free) {
    patio::testing::run([]() -> async<> {
        semaphore seats{1};
        std::string order;
        auto waiting = patio::create_task(take_and_note(seats, order, 'a', 2));
        co_await patio::yield();
        EXPECT_EQ(seats.available(), 1U);
        EXPECT_TRUE(seats.locked());
        EXPECT_FALSE(seats.try_acquire().has_value());
        seats.release();
        co_await waiting;
        EXPECT_FALSE(seats.locked());
    });
}

TEST(semaphore, takes_permits_back_that_were_forgotten) {
    patio::testing::run([]() -> async<> {
        semaphore seats{1};
        {
            auto permit = co_await seats.acquire();
            permit.forget();
        }
        EXPECT_EQ(seats.available(), 0U);
        seats.release();
        EXPECT_EQ(seats.available(), 1U);
    });
}

TEST(semaphore, grows_by_permits_that_nobody_took) {
    patio::testing::run([]() -> async<> {
        semaphore seats{0};
        std::string order;
        auto a = patio::create_task(take_and_note(seats, order, 'a'));
        auto b = patio::create_task(take_and_note(seats, order, 'b'));
        co_await patio::yield();
        seats.release(3);
        co_await a;
        co_await b;
        EXPECT_EQ(order, "ab");
        EXPECT_EQ(seats.available(), 3U);
    });
}

TEST(semaphore, moves_with_its_permit_to_another_task) {
    patio::testing::run([]() -> async<> {
        semaphore seats{1};
        auto take = [&]() -> async<semaphore::permit> { co_return co_await seats.acquire(); };
        auto task = patio::create_task(take);
        auto permit = co_await std::move(task);
        EXPECT_EQ(seats.available(), 0U);
        permit = semaphore::permit{};
        EXPECT_EQ(seats.available(), 1U);
    });
}

TEST(semaphore, refuses_a_request_for_nothing) {
    semaphore seats{1};
    EXPECT_THROW(static_cast<void>(seats.acquire(0)), patio::usage_error);
    EXPECT_THROW(static_cast<void>(seats.try_acquire(0)), patio::usage_error);
}

TEST(semaphore, refuses_more_permits_than_can_be_counted) {
    semaphore seats{2};
    EXPECT_THROW(seats.release(SIZE_MAX), patio::usage_error);
    EXPECT_EQ(seats.available(), 2U);
}

TEST(bounded_semaphore, refuses_a_permit_that_it_has_not_given) {
    bounded_semaphore seats{2};
    {
        const auto permit = seats.try_acquire();
        EXPECT_THROW(seats.release(2), patio::usage_error);
        EXPECT_EQ(seats.available(), 1U);
    }
    EXPECT_THROW(seats.release(), patio::usage_error);
    EXPECT_EQ(seats.available(), 2U);
}

TEST(bounded_semaphore, refuses_a_request_that_it_can_never_grant) {
    bounded_semaphore seats{2};
    EXPECT_THROW(static_cast<void>(seats.acquire(3)), patio::usage_error);
    EXPECT_TRUE(seats.try_acquire(2).has_value());
}

// --- cancellation

TEST(semaphore, goes_on_to_those_behind_a_large_request_that_is_cancelled) {
    patio::testing::run([]() -> async<> {
        semaphore seats{3};
        std::string order;
        auto holding = patio::create_task(hold(seats, 2, 100s));
        auto large = patio::create_task(take_and_note(seats, order, 'L', 3));
        auto small = patio::create_task(take_and_note(seats, order, 's', 1));
        co_await patio::yield();
        EXPECT_EQ(seats.waiting(), 2U);
        large.cancel();
        co_await small;
        EXPECT_TRUE(large.cancelled());
        EXPECT_FALSE(holding.done());
        EXPECT_EQ(order, "s");
        holding.cancel();
        co_await patio::yield();
        co_await patio::yield();
        EXPECT_EQ(seats.available(), 3U);
    });
}

TEST(semaphore, goes_on_also_if_the_large_request_times_out) {
    patio::testing::run([]() -> async<> {
        semaphore seats{1};
        std::string order;
        auto large = [&]() -> async<> {
            const bool done =
                co_await patio::move_on_after(1s, take_and_note(seats, order, 'L', 2));
            EXPECT_FALSE(done);
        };
        co_await patio::gather(large(), take_and_note(seats, order, 's', 1));
        EXPECT_EQ(order, "s");
    });
}

TEST(semaphore, gets_permits_back_from_one_that_was_cancelled_after_it_got_them) {
    patio::testing::run([]() -> async<> {
        semaphore seats{1};
        std::string order;
        auto permit = co_await seats.acquire();
        auto next = patio::create_task([&]() -> async<> {
            auto mine = co_await seats.acquire();
            order += 'a';
            co_await patio::yield();
            order += '!';
        });
        auto last = patio::create_task(take_and_note(seats, order, 'b'));
        co_await patio::yield();
        permit.release();
        next.cancel();
        co_await last;
        EXPECT_EQ(order, "ab");
        EXPECT_EQ(seats.available(), 1U);
    });
}

TEST(semaphore, leaves_the_line_when_a_throwing_scope_is_cancelled) {
    patio::testing::run([]() -> async<> {
        semaphore seats{0};
        auto body = [&]() -> async<> { auto permit = co_await seats.acquire(); };
        const bool done = co_await patio::move_on_after(1s, patio::throwing_scope(body()));
        EXPECT_FALSE(done);
        EXPECT_EQ(seats.waiting(), 0U);
        seats.release();
        EXPECT_EQ(seats.available(), 1U);
    });
}

TEST(semaphore, loses_no_permit_wherever_one_of_many_is_cancelled) {
    patio::testing::cancel_everywhere([](patio::testing::probe& probe) -> async<> {
        semaphore seats{3};
        std::string order;
        co_await patio::gather(hold(seats, 2, 1s), probe.cancelled(hold(seats, 3, 1s)),
                               take_and_note(seats, order, 'a'), hold(seats, 2, 1s),
                               take_and_note(seats, order, 'b', 3));
        EXPECT_EQ(order, "ab");
        EXPECT_EQ(seats.available(), 3U);
    });
}

TEST(semaphore, loses_no_permit_wherever_everything_is_cancelled) {
    semaphore seats{3};
    patio::testing::cancel_everywhere([&]() -> async<> {
        co_await patio::gather(hold(seats, 2, 1s), hold(seats, 3, 1s), hold(seats, 1, 2s));
    });
    EXPECT_EQ(seats.available(), 3U);
    EXPECT_EQ(seats.waiting(), 0U);
}

TEST(semaphore, lets_others_run_when_it_is_never_empty) {
    patio::testing::run([]() -> async<> {
        semaphore seats{1};
        bool has_run = false;
        int count = 0;
        auto greedy = [&]() -> async<> {
            while (!has_run && count < 1'000'000) {
                auto permit = co_await seats.acquire();
                ++count;
            }
        };
        auto modest = [&]() -> async<> {
            has_run = true;
            co_return;
        };
        co_await patio::gather(greedy(), modest());
        EXPECT_LE(count, 1000);
    });
}

}  // namespace
