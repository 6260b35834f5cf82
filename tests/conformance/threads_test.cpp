// SPDX-License-Identifier: MIT
// label: threads

// What CPython's asyncio and trio demand of calls from other threads; each test bears the name of
// its origin.

#include <patio/core/loop_handle.hpp>
#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

/// Runs `body(handle)` on another thread while the loop waits for it.
template <class F>
void from_another_thread(F body, patio::run_options options = {}) {
    const auto main = [&]() -> patio::async<> {
        bool has_ended = false;
        std::thread other([&, home = patio::current_loop()] {
            body(home);
            home.post([&] { has_ended = true; });
        });
        while (!has_ended)
            co_await patio::sleep(20us);
        other.join();
    };
    patio::run(main(), options);
}

// --- CPython, test_asyncio/test_tasks.py, RunCoroutineThreadsafeTests

/// Their coroutine under test: waits a moment, then adds, fails, or cancels itself.
patio::async<int> add(int a, int b, bool fails, bool cancels_itself) {
    co_await patio::sleep(50us);
    if (fails) throw std::runtime_error{"Fail!"};
    if (cancels_itself) {
        patio::current_task().cancel();
        co_await patio::yield();
    }
    co_return a + b;
}

TEST(RunCoroutineThreadsafeTests, test_run_coroutine_threadsafe) {
    from_another_thread([](const patio::loop_handle& home) {
        auto future = home.run(add, 1, 2, false, false);
        EXPECT_EQ(future.get(), 3);
    });
}

TEST(RunCoroutineThreadsafeTests, test_run_coroutine_threadsafe_with_exception) {
    from_another_thread([](const patio::loop_handle& home) {
        auto future = home.run(add, 1, 2, true, false);
        try {
            future.get();
            FAIL() << "no exception";
        } catch (const std::runtime_error& error) {
            EXPECT_STREQ(error.what(), "Fail!");
        }
    });
}

TEST(RunCoroutineThreadsafeTests, test_run_coroutine_threadsafe_with_timeout) {
    // Their timeout does not cancel; whoever has lost patience does.
    std::atomic<bool> was_unwound = false;
    from_another_thread([&](const patio::loop_handle& home) {
        auto future = home.run([&]() -> patio::async<> {
            struct mark {
                std::atomic<bool>& target;
                ~mark() { target = true; }
            } const here{was_unwound};
            co_await patio::sleep(1h);
        });
        EXPECT_FALSE(future.wait_for(1ms));
        EXPECT_FALSE(was_unwound);
        EXPECT_TRUE(future.cancel("too slow"));
        EXPECT_THROW(future.get(), patio::task_cancelled);
        EXPECT_TRUE(was_unwound);
    });
}

TEST(RunCoroutineThreadsafeTests, test_run_coroutine_threadsafe_task_cancelled) {
    from_another_thread([](const patio::loop_handle& home) {
        auto future = home.run(add, 1, 2, false, true);
        EXPECT_THROW(future.get(), patio::task_cancelled);
    });
}

TEST(RunCoroutineThreadsafeTests, test_run_coroutine_threadsafe_task_factory_exception) {
    // There is no task factory; what can fail before the first step is the function that makes the
    // coroutine.
    from_another_thread([](const patio::loop_handle& home) {
        const auto make = []() -> patio::async<int> {
            throw std::runtime_error{"factory"};
            co_return 1;
        };
        const auto factory = [make](bool fails) -> patio::async<int> {
            if (fails) throw std::runtime_error{"factory"};
            return make();
        };
        auto future = home.run(factory, true);
        EXPECT_THROW(future.get(), std::runtime_error);
    });
}

TEST(RunCoroutineThreadsafeTests, test_run_coroutine_threadsafe_and_cancel) {
    from_another_thread([](const patio::loop_handle& home) {
        auto future = home.run(add, 1, 2, false, false);
        future.cancel("not wanted any more");
        try {
            const int sum = future.get();
            EXPECT_EQ(sum, 3) << "it was faster";
        } catch (const patio::task_cancelled& cancelled) {
            EXPECT_STREQ(cancelled.reason(), "not wanted any more");
        }
    });
}

// --- CPython, test_asyncio/test_events.py, EventLoopTestsMixin

TEST(EventLoopTestsMixin, test_call_soon_threadsafe_handle_block_check_cancelled) {
    std::atomic<bool> has_finished = false;
    from_another_thread([&](const patio::loop_handle& home) {
        std::promise<void> started;
        const patio::posted_call handle = home.post_cancellable([&] {
            started.set_value();
            std::this_thread::sleep_for(1ms);
            has_finished = true;
        });
        started.get_future().wait();
        EXPECT_FALSE(handle.cancelled());
        EXPECT_TRUE(has_finished) << "cancelled() did not wait for the running function";
    });
}

TEST(EventLoopTestsMixin, test_call_soon_threadsafe_handle_block_cancellation) {
    std::atomic<bool> has_finished = false;
    from_another_thread([&](const patio::loop_handle& home) {
        std::promise<void> started;
        const patio::posted_call handle = home.post_cancellable([&] {
            started.set_value();
            std::this_thread::sleep_for(1ms);
            has_finished = true;
        });
        started.get_future().wait();
        EXPECT_FALSE(handle.cancel()) << "it had begun";
        EXPECT_TRUE(has_finished) << "cancel() did not wait for the running function";
    });
}

TEST(EventLoopTestsMixin, test_call_soon_threadsafe_handle_cancel_same_thread) {
    // Cancelling itself while it runs has no effect. (There cancelled() is then true although the
    // function ran to its end; here it says whether the function will never be called.)
    std::atomic<bool> has_finished = false;
    from_another_thread([&](const patio::loop_handle& home) {
        std::promise<patio::posted_call> handle_here;
        std::promise<void> started;
        const patio::posted_call handle = home.post_cancellable([&] {
            started.set_value();
            const patio::posted_call self = handle_here.get_future().get();
            EXPECT_FALSE(self.cancel());
            EXPECT_FALSE(self.cancelled());
            has_finished = true;
        });
        handle_here.set_value(handle);
        started.get_future().wait();
        EXPECT_FALSE(handle.cancelled());
    });
    EXPECT_TRUE(has_finished);
}

TEST(EventLoopTestsMixin, test_call_soon_threadsafe_handle_cancel_other_thread) {
    bool was_called = false;
    from_another_thread([&](const patio::loop_handle& home) {
        std::promise<void> may_go_on;
        home.post([&] { may_go_on.get_future().wait(); });  // keeps the loop from the next one
        const patio::posted_call handle = home.post_cancellable([&] { was_called = true; });
        EXPECT_TRUE(handle.cancel());
        EXPECT_TRUE(handle.cancelled());
        EXPECT_TRUE(handle.cancel()) << "a second time changes nothing";
        may_go_on.set_value();
        home.run([]() -> patio::async<> { co_return; }).get();
    });
    EXPECT_FALSE(was_called);
}

TEST(EventLoopTestsMixin, test_call_soon_threadsafe) {
    std::vector<std::string> results;
    from_another_thread([&](const patio::loop_handle& home) {
        home.post([&] { results.emplace_back("hello"); });
        home.post([&] { results.emplace_back("world"); });
    });
    EXPECT_EQ(results, (std::vector<std::string>{"hello", "world"}));
}

TEST(EventLoopTestsMixin, test_call_soon_threadsafe_same_thread) {
    std::vector<std::string> results;
    const auto main = [&]() -> patio::async<> {
        const patio::loop_handle home = patio::current_loop();
        home.post([&] { results.emplace_back("hello"); });
        home.post([&] { results.emplace_back("world"); });
        EXPECT_TRUE(results.empty()) << "called inside of post";
        while (results.size() < 2)
            co_await patio::yield();
    };
    patio::run(main());
    EXPECT_EQ(results, (std::vector<std::string>{"hello", "world"}));
}

// --- trio, _core/_tests/test_run.py, TrioToken.run_sync_soon

TEST(trio, test_TrioToken_run_sync_soon_basic) {
    std::vector<int> record;
    const auto main = [&]() -> patio::async<> {
        patio::current_loop().post([&] { record.push_back(1); });
        EXPECT_TRUE(record.empty()) << "called inside of post";
        while (record.empty())
            co_await patio::yield();
    };
    patio::run(main());
    EXPECT_EQ(record, std::vector<int>{1});
}

TEST(trio, test_TrioToken_run_sync_soon_is_fifo) {
    std::vector<int> record;
    const auto main = [&]() -> patio::async<> {
        for (int i = 0; i < 100; ++i)
            patio::current_loop().post([&, i] { record.push_back(i); });
        while (record.size() < 100)
            co_await patio::yield();
    };
    patio::run(main());
    EXPECT_TRUE(std::is_sorted(record.begin(), record.end()));
}

TEST(trio, test_TrioToken_run_sync_soon_too_late) {
    patio::loop_handle token;
    const auto main = [&]() -> patio::async<> {
        token = patio::current_loop();
        co_return;
    };
    patio::run(main());
    EXPECT_FALSE(token.post([] { FAIL(); }));
}

TEST(trio, test_TrioToken_run_sync_soon_crashes) {
    // There an exception ends the program; here it is a report and the next call is made.
    std::vector<std::string> record;
    const auto main = [&]() -> patio::async<> {
        patio::current_loop().post([] { throw std::out_of_range{"key"}; });
        bool was_called = false;
        patio::current_loop().post([&] { was_called = true; });
        while (!was_called)
            co_await patio::yield();
    };
    patio::run(main(), patio::run_options{}.on_report(
                           [&](const patio::report& what) { record.emplace_back(what.text()); }));
    EXPECT_EQ(record, std::vector<std::string>{"key"});
}

TEST(trio, test_TrioToken_run_sync_soon_starvation_resistance) {
    // A call that posts itself again and again must not keep tasks and timers from running.
    int calls = 0;
    struct again {
        patio::loop_handle home;
        int& calls;
        void operator()() {
            ++calls;
            home.post(again{home, calls});
        }
    };
    const auto main = [&]() -> patio::async<> {
        const patio::loop_handle home = patio::current_loop();
        home.post(again{home, calls});
        for (int i = 0; i < 1000; ++i)
            co_await patio::yield();
        co_await patio::sleep(1ms);
    };
    patio::run(main());
    EXPECT_GT(calls, 5);
}

TEST(trio, test_TrioToken_run_sync_soon_massive_queue) {
    constexpr int count = 20'000;
    int next = 0;
    bool was_in_order = true;
    from_another_thread([&](const patio::loop_handle& home) {
        for (int i = 0; i < count; ++i) {
            home.post([&, i] { was_in_order = was_in_order && i == next++; });
        }
    });
    EXPECT_EQ(next, count);
    EXPECT_TRUE(was_in_order);
}

TEST(trio, test_TrioToken_run_sync_soon_threaded_stress_test) {
    // Each thread waits for its call before it makes the next one: no wake-up may get lost.
    constexpr int rounds = 300;
    std::atomic<int> calls = 0;
    const auto knock = [&](const patio::loop_handle& home) {
        for (int i = 0; i < rounds; ++i) {
            std::atomic<bool> was_called = false;
            home.post([&] {
                ++calls;
                was_called = true;
                was_called.notify_one();
            });
            was_called.wait(false);
        }
    };
    from_another_thread([&](const patio::loop_handle& home) {
        std::thread second(knock, home);
        knock(home);
        second.join();
    });
    EXPECT_EQ(calls, 2 * rounds);
}

}  // namespace
