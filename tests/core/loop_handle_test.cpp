// SPDX-License-Identifier: MIT
// label: threads

#include <patio/core/loop_handle.hpp>

#include <patio/testing/run.hpp>

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

patio::async<int> add(int a, int b) {
    co_await patio::yield();
    co_return a + b;
}

/// Runs `body(handle)` on a thread of its own while a loop waits for it.
template <class F>
void with_a_loop(F body) {
    const auto main = [&]() -> patio::async<> {
        bool has_ended = false;
        std::thread other([&, home = patio::current_loop()] {
            body(home);
            home.post([&] { has_ended = true; });
        });
        while (!has_ended)
            co_await patio::sleep(50us);
        other.join();
    };
    patio::run(main());
}

TEST(loop_handle, calls_a_posted_function_on_the_loops_thread) {
    std::thread::id called_on;
    const std::thread::id loops_thread = std::this_thread::get_id();
    with_a_loop([&](const patio::loop_handle& home) {
        EXPECT_TRUE(home.post([&] { called_on = std::this_thread::get_id(); }));
    });
    EXPECT_EQ(called_on, loops_thread);
}

TEST(loop_handle, wakes_a_loop_that_sleeps) {
    const auto sleep_long = []() -> patio::async<> { co_await patio::sleep(1h); };
    const auto main = [&]() -> patio::async<> {
        auto sleeper = patio::create_task(sleep_long());
        std::thread other(
            [home = patio::current_loop(), &sleeper] { home.post([&] { sleeper.cancel(); }); });
        try {
            co_await sleeper;
        } catch (const patio::task_cancelled&) {  // the expected way
        }
        EXPECT_TRUE(sleeper.cancelled());
        other.join();
    };
    const auto begin = std::chrono::steady_clock::now();
    patio::run(main());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 60s);
}

TEST(loop_handle, keeps_a_loop_without_work_waiting) {
    std::thread other;
    patio::task<> first;
    patio::task<> second;
    const auto wait_for = [](const patio::task<>& target) -> patio::async<> { co_await target; };
    const auto main = [&]() -> patio::async<> {
        first = patio::create_task(wait_for(second));
        second = patio::create_task(wait_for(first));
        other = std::thread(
            [home = patio::current_loop(), &first] { home.post([&] { first.cancel("enough"); }); });
        co_await second;
    };
    EXPECT_THROW(patio::testing::run(main()), patio::task_cancelled) << "not a deadlock";
    other.join();
    first = second = {};
}

TEST(loop_handle, lets_a_deadlock_be_noticed_when_the_last_one_goes) {
    std::thread other;
    patio::task<> first;
    patio::task<> second;
    std::vector<patio::testing::kept_report> reports;
    const auto wait_for = [](const patio::task<>& target) -> patio::async<> { co_await target; };
    const auto main = [&]() -> patio::async<> {
        first = patio::create_task(wait_for(second));
        second = patio::create_task(wait_for(first));
        other = std::thread([home = patio::current_loop()] {});
        co_await second;
    };
    EXPECT_THROW(patio::testing::run(main(), patio::testing::run_options{}.keep_reports(reports)),
                 patio::deadlock);
    other.join();
    first = second = {};
}

TEST(loop_handle, refuses_posts_once_the_loop_has_ended) {
    patio::loop_handle home;
    EXPECT_FALSE(home.post([] {})) << "a handle of no loop";
    const auto main = [&]() -> patio::async<> {
        home = patio::current_loop();
        co_return;
    };
    patio::run(main());
    const auto kept = std::make_shared<int>(1);
    EXPECT_FALSE(home.post([kept] { FAIL(); }));
    EXPECT_EQ(kept.use_count(), 1) << "the refused function was not destroyed";
    EXPECT_THROW((void)home.run(add, 1, 2), patio::loop_ended);
}

TEST(loop_handle, drops_what_the_loop_did_not_get_to) {
    const auto kept = std::make_shared<int>(1);
    const auto main = [&]() -> patio::async<> {
        for (int i = 0; i < 5; ++i)
            patio::current_loop().post([kept] {});
        co_return;
    };
    patio::run(main());
    EXPECT_EQ(kept.use_count(), 1);
}

TEST(loop_handle, reports_what_a_posted_function_throws) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run(
        []() -> patio::async<> {
            patio::current_loop().post([] { throw std::runtime_error{"oops"}; });
            co_await patio::sleep(1ms);
        },
        patio::testing::run_options{}.keep_reports(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::failed_callback);
    EXPECT_EQ(reports[0].text, "oops");
}

TEST(loop_handle, loses_no_post_of_several_threads) {
    constexpr int threads = 4;
    constexpr int posts = 5000;
    int count = 0;
    std::vector<int> last(threads, -1);
    bool was_in_order = true;
    with_a_loop([&](const patio::loop_handle& home) {
        std::vector<std::thread> posters;
        for (std::size_t t = 0; t < threads; ++t) {
            posters.emplace_back([&, home, t] {
                for (int i = 0; i < posts; ++i) {
                    home.post([&, t, i] {
                        ++count;
                        was_in_order = was_in_order && last[t] < i;
                        last[t] = i;
                    });
                }
            });
        }
        for (std::thread& poster : posters)
            poster.join();
    });
    EXPECT_EQ(count, threads * posts);
    EXPECT_TRUE(was_in_order);
}

TEST(loop_handle, may_be_used_while_its_loop_ends) {
    for (int round = 0; round < 50; ++round) {
        std::thread poster;
        std::atomic<int> called = 0;
        std::atomic<bool> has_begun = false;
        int accepted = 0;
        const auto main = [&]() -> patio::async<> {
            poster = std::thread([&, home = patio::current_loop()] {
                while (accepted < 20'000 && home.post([&] { ++called; })) {
                    ++accepted;
                    has_begun = true;
                }
            });
            while (!has_begun)
                co_await patio::yield();
        };
        patio::run(main());
        poster.join();
        EXPECT_LE(called, accepted);
    }
}

// --- posted_call

TEST(posted_call, is_cancelled_if_the_loop_has_ended) {
    patio::loop_handle home;
    const auto main = [&]() -> patio::async<> {
        home = patio::current_loop();
        co_return;
    };
    patio::run(main());
    const patio::posted_call late = home.post_cancellable([] { FAIL(); });
    EXPECT_TRUE(late.cancelled());
}

TEST(posted_call, is_cancelled_if_the_loop_did_not_get_to_it) {
    std::unique_ptr<patio::posted_call> posted;
    const auto main = [&]() -> patio::async<> {
        posted = std::make_unique<patio::posted_call>(
            patio::current_loop().post_cancellable([] { FAIL(); }));
        co_return;
    };
    patio::run(main());
    EXPECT_TRUE(posted->cancelled());
}

// --- remote

TEST(remote, gives_the_result) {
    with_a_loop([](const patio::loop_handle& home) {
        auto sum = home.run(add, 3, 4);
        EXPECT_EQ(sum.get(), 7);
        EXPECT_TRUE(sum.done());
        EXPECT_THROW(sum.get(), patio::usage_error);
    });
}

TEST(remote, moves_the_result_and_the_arguments) {
    with_a_loop([](const patio::loop_handle& home) {
        const auto pass = [](std::unique_ptr<int> p) -> patio::async<std::unique_ptr<int>> {
            co_await patio::yield();
            co_return std::move(p);
        };
        auto passed = home.run(pass, std::make_unique<int>(5));
        EXPECT_EQ(*passed.get(), 5);
    });
}

TEST(remote, gives_references_and_nothing) {
    with_a_loop([](const patio::loop_handle& home) {
        int target = 1;
        auto reference = home.run([&target]() -> patio::async<int&> { co_return target; });
        EXPECT_EQ(&reference.get(), &target);
        auto nothing = home.run([&target]() -> patio::async<> {
            target = 2;
            co_return;
        });
        nothing.get();
        EXPECT_EQ(target, 2);
    });
}

TEST(remote, may_be_dropped_without_cancelling_the_task) {
    std::atomic<bool> has_run = false;
    with_a_loop([&](const patio::loop_handle& home) {
        const auto body = [&]() -> patio::async<> {
            co_await patio::sleep(100us);
            has_run = true;
        };
        { const auto dropped = home.run(body); }
        while (!has_run)
            std::this_thread::yield();
    });
}

TEST(remote, tells_that_the_loop_has_ended_before_the_task_began) {
    patio::loop_handle home;
    std::vector<patio::remote<int>> results;
    const auto main = [&]() -> patio::async<> {
        home = patio::current_loop();
        for (int i = 0; i < 3; ++i)
            results.push_back(home.run(add, i, 1));
        co_return;
    };
    patio::run(main());
    for (auto& result : results) {
        EXPECT_TRUE(result.done());
        EXPECT_ANY_THROW(result.get());
        EXPECT_FALSE(result.cancel());
    }
}

TEST(remote, is_cancelled_when_the_loop_ends) {
    std::unique_ptr<patio::remote<>> result;
    bool has_begun = false;
    const auto forever = [&]() -> patio::async<> {
        has_begun = true;
        co_await patio::sleep(1h);
    };
    const auto main = [&]() -> patio::async<> {
        result = std::make_unique<patio::remote<>>(patio::current_loop().run(forever));
        while (!has_begun)
            co_await patio::yield();
    };
    patio::run(main());
    EXPECT_THROW(result->get(), patio::task_cancelled);
}

TEST(remote, refuses_to_block_a_loop) {
    const auto main = []() -> patio::async<> {
        auto result = patio::current_loop().run(add, 1, 2);
        EXPECT_THROW(result.get(), patio::usage_error);
        EXPECT_THROW((void)result.wait_for(1s), patio::usage_error);
        while (!result.done())
            co_await patio::yield();
        EXPECT_EQ(result.get(), 3) << "a result that is there blocks nobody";
    };
    patio::run(main());
}

}  // namespace
