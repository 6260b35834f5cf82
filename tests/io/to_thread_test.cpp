// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/to_thread.hpp>

#include <patio/testing/run.hpp>

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace {

using namespace std::chrono_literals;

std::size_t count_threads() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator{"/proc/self/task"}) {
        ++count;
    }
    return count;
}

TEST(to_thread, gives_the_result) {
    const auto main = []() -> patio::async<int> {
        const int sum = co_await patio::to_thread([](int a, int b) { return a + b; }, 3, 4);
        co_return sum;
    };
    EXPECT_EQ(patio::run(main()), 7);
}

TEST(to_thread, takes_plain_functions_and_moves_arguments) {
    const auto main = []() -> patio::async<double> {
        const auto length = co_await patio::to_thread(
            static_cast<double (*)(const std::string&, std::size_t*)>(&std::stod), "2.5", nullptr);
        co_return length;
    };
    EXPECT_EQ(patio::run(main()), 2.5);
}

TEST(to_thread, throws_what_the_function_throws) {
    const auto main = []() -> patio::async<> {
        co_await patio::to_thread([] { throw std::runtime_error{"no"}; });
    };
    EXPECT_THROW(patio::run(main()), std::runtime_error);
}

TEST(to_thread, leaves_no_thread_behind) {
    const std::size_t before = count_threads();
    const auto main = []() -> patio::async<> { co_await patio::to_thread([] {}); };
    for (int i = 0; i < 5; ++i)
        patio::run(main());
    EXPECT_EQ(count_threads(), before);
}

TEST(to_thread, works_inside_of_combinators) {
    const auto main = []() -> patio::async<int> {
        const auto number = [] { return 5; };
        const int in_time = co_await patio::timeout(1h, patio::to_thread(number));
        const auto [a, b] =
            co_await patio::gather(patio::to_thread(number), patio::to_thread(number));
        co_return in_time + a + b;
    };
    EXPECT_EQ(patio::run(main()), 15);
}

TEST(to_thread, works_in_virtual_time) {
    const int value = patio::testing::run([]() -> patio::async<int> {
        const auto number = [] { return 5; };
        const int in_time = co_await patio::timeout(1us, patio::to_thread(number));
        co_return in_time;
    });
    EXPECT_EQ(value, 5);
}

TEST(to_thread, does_not_begin_in_a_task_that_is_cancelled_already) {
    std::atomic<bool> was_called = false;
    const auto main = [&]() -> patio::async<> {
        const auto call = [&] { was_called = true; };
        const auto late = [&]() -> patio::async<> {
            patio::current_task().cancel();
            co_await patio::to_thread(call);
        };
        auto task = patio::create_task(late());
        try {
            co_await task;
        } catch (const patio::task_cancelled&) {  // the expected way
        }
    };
    patio::run(main());
    EXPECT_FALSE(was_called);
}

TEST(to_thread, may_use_the_loop_from_its_thread) {
    const auto main = []() -> patio::async<int> {
        const auto twice = [](int n) -> patio::async<int> {
            co_await patio::yield();
            co_return 2 * n;
        };
        const auto ask_back = [home = patio::current_loop(), twice] {
            auto answer = home.run(twice, 21);
            return answer.get();
        };
        const int value = co_await patio::to_thread(ask_back);
        co_return value;
    };
    EXPECT_EQ(patio::run(main()), 42);
}

TEST(to_thread, may_run_a_loop_of_its_own) {
    const auto main = []() -> patio::async<int> {
        const auto inner = [] {
            return patio::run([]() -> patio::async<int> {
                co_await patio::sleep(10us);
                co_return 7;
            });
        };
        const int value = co_await patio::to_thread(inner);
        co_return value;
    };
    EXPECT_EQ(patio::run(main()), 7);
}

}  // namespace
