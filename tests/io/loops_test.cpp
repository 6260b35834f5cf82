// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/loops.hpp>

#include <patio/patio.hpp>

#include "support/drivers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <sys/resource.h>

namespace {

using patio::test_support::descriptor_count;
using namespace std::chrono_literals;

class loops : public patio::test_support::on_each_driver {
protected:
    static patio::run_options options(std::size_t count) {
        return on_each_driver::options().loops(count);
    }
};
PATIO_TEST_ON_EACH_DRIVER(loops);

/// How many threads of loops there are: what rings and sanitizers keep has other names.
std::size_t loop_thread_count() {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/task"}) {
        std::string name;
        std::getline(std::ifstream{entry.path() / "comm"}, name);
        if (name.starts_with("patio loop ")) ++count;
    }
    return count;
}

/// The kernel lets go of a thread a moment after it could be joined, pthread_join(3).
void expect_no_loop_threads() {
    const auto limit = std::chrono::steady_clock::now() + 30s;
    while (loop_thread_count() > 0 && std::chrono::steady_clock::now() < limit)
        std::this_thread::yield();
    EXPECT_EQ(loop_thread_count(), 0U);
}

/// A mark that outlives what it watches.
class ending {
public:
    explicit ending(std::atomic<int>& count) noexcept : count_{&count} {}
    ending(ending&& other) noexcept : count_{std::exchange(other.count_, nullptr)} {}
    ending& operator=(ending&&) = delete;
    ~ending() {
        if (count_ != nullptr) ++*count_;
    }

private:
    std::atomic<int>* count_;
};

patio::async<std::size_t> own_index() { co_return patio::this_loop_index(); }

patio::async<> sleep_for_ever() { co_await patio::sleep(1h); }

TEST_P(loops, is_one_by_default) {
    const auto main = []() -> patio::async<> {
        EXPECT_EQ(patio::loop_count(), 1U);
        EXPECT_EQ(patio::this_loop_index(), 0U);
        EXPECT_TRUE(patio::loop_at(0) == patio::this_loop_ref());
        EXPECT_THROW((void)patio::loop_at(1), patio::usage_error);
        co_return;
    };
    patio::run(main(), on_each_driver::options());
}

TEST_P(loops, are_as_many_as_asked_for_and_main_is_on_the_first) {
    const auto main = []() -> patio::async<> {
        EXPECT_EQ(patio::loop_count(), 3U);
        EXPECT_EQ(patio::this_loop_index(), 0U);
        EXPECT_TRUE(patio::loop_at(0) == patio::this_loop_ref());
        for (std::size_t i = 0; i < 3; ++i)
            EXPECT_EQ(patio::loop_at(i).index(), i);
        EXPECT_FALSE(patio::loop_at(1) == patio::loop_at(2));
        EXPECT_THROW((void)patio::loop_at(3), patio::usage_error);
        co_return;
    };
    patio::run(main(), options(3));
}

TEST_P(loops, need_a_running_loop_to_be_asked_for) {
    EXPECT_THROW((void)patio::loop_count(), patio::usage_error);
    EXPECT_THROW((void)patio::this_loop_index(), patio::usage_error);
    EXPECT_THROW((void)patio::this_loop_ref(), patio::usage_error);
    EXPECT_THROW((void)patio::loop_at(0), patio::usage_error);
}

TEST_P(loops, are_as_many_as_processors_if_zero_is_asked_for) {
    const auto main = []() -> patio::async<> {
        EXPECT_EQ(patio::loop_count(), std::thread::hardware_concurrency());
        co_return;
    };
    patio::run(main(), options(0));
}

TEST_P(loops, know_their_numbers_and_have_threads_of_their_own) {
    const auto thread = []() -> patio::async<std::thread::id> {
        co_return std::this_thread::get_id();
    };
    const auto main = [&]() -> patio::async<> {
        std::set<std::thread::id> threads;
        for (std::size_t i = 0; i < 4; ++i) {
            const auto index = co_await patio::call_on(patio::loop_at(i), own_index);
            EXPECT_EQ(index, i);
            threads.insert(co_await patio::call_on(patio::loop_at(i), thread));
        }
        EXPECT_EQ(threads.size(), 4U);
        EXPECT_TRUE(threads.contains(std::this_thread::get_id()));
    };
    patio::run(main(), options(4));
}

TEST_P(loops, wait_with_the_same_driver) {
    const auto driver_name = []() -> patio::async<std::string> {
        co_return patio::this_thread_loop().driven_by().name();
    };
    const auto main = [&]() -> patio::async<> {
        const auto names = co_await patio::on_each_loop(driver_name);
        EXPECT_EQ(names.size(), 3U);
        for (const std::string& name : names)
            EXPECT_EQ(name, names[0]);
    };
    patio::run(main(), options(3));
}

TEST_P(loops, leave_nothing_behind) {
    const auto main = []() -> patio::async<> {
        co_await patio::call_on(patio::loop_at(1), own_index);
        // A thread that one of them has just begun has its name at first, pthread_setname_np(3).
        EXPECT_GE(loop_thread_count(), 2U);
    };
    patio::run(main(), options(3));
    const std::size_t descriptors = descriptor_count();
    for (int i = 0; i < 20; ++i)
        patio::run(main(), options(3));
    expect_no_loop_threads();
    EXPECT_EQ(descriptor_count(), descriptors);
}

TEST_P(loops, give_mains_value_and_its_exception) {
    const auto give = []() -> patio::async<std::unique_ptr<int>> {
        co_await patio::sleep(10us);
        co_return std::make_unique<int>(5);
    };
    EXPECT_EQ(*patio::run(give(), options(3)), 5);
    const auto fail = []() -> patio::async<> {
        co_await patio::sleep(10us);
        throw std::runtime_error{"no"};
    };
    EXPECT_THROW(patio::run(fail(), options(3)), std::runtime_error);
}

TEST_P(loops, without_work_are_no_deadlock) {
    const auto main = []() -> patio::async<> {
        co_await patio::sleep(20ms);  // the others have nothing to do at all
        const auto index = co_await patio::call_on(patio::loop_at(1), own_index);
        EXPECT_EQ(index, 1U);
    };
    patio::run(main(), options(2));
}

TEST_P(loops, wait_for_each_other_without_a_deadlock) {
    const auto slow = []() -> patio::async<int> {
        co_await patio::sleep(20ms);
        co_return 3;
    };
    const auto main = [&]() -> patio::async<> {
        const int value = co_await patio::call_on(patio::loop_at(1), slow);  // no timer here
        EXPECT_EQ(value, 3);
    };
    patio::run(main(), options(2));
}

TEST_P(loops, are_cancelled_with_their_cleanups_when_main_has_ended) {
    std::atomic<int> cleaned = 0;
    const auto leave_a_task = [](std::atomic<int>* count) -> patio::async<> {
        const auto live = [](std::atomic<int>* counted) -> patio::async<> {
            const auto clean = [counted]() -> patio::async<> {
                co_await patio::sleep(2ms);
                ++*counted;
            };
            co_await patio::finally(sleep_for_ever(), clean);
        };
        patio::create_task(live(count));
        co_return;
    };
    const auto main = [&]() -> patio::async<> {
        co_await patio::on_each_loop(leave_a_task, &cleaned);
        co_await patio::sleep(1ms);
        EXPECT_EQ(cleaned, 0);
    };
    patio::run(main(), options(3));
    EXPECT_EQ(cleaned, 3);
}

TEST_P(loops, are_cancelled_when_main_throws) {
    std::atomic<int> ended = 0;
    const auto leave_a_task = [](std::atomic<int>* count) -> patio::async<> {
        const auto live = [](ending) -> patio::async<> { co_await patio::sleep(1h); };
        patio::create_task(live(ending{*count}));
        co_return;
    };
    const auto main = [&]() -> patio::async<> {
        co_await patio::on_each_loop(leave_a_task, &ended);
        throw std::runtime_error{"no"};
    };
    EXPECT_THROW(patio::run(main(), options(3)), std::runtime_error);
    EXPECT_EQ(ended, 3);
}

/// Where a cleanup calls when the program ends, and what it learns.
struct last_call {
    std::size_t target;
    std::atomic<int>* refused;
};

patio::async<> call_in_cleanup(last_call call) {
    try {
        const auto index = co_await patio::call_on(patio::loop_at(call.target), own_index);
        EXPECT_EQ(index, call.target);
    } catch (const patio::loop_ended&) {
        ++*call.refused;
    }
}

patio::async<> leave_a_caller(last_call call) {
    const auto live = [](last_call later) -> patio::async<> {
        const auto clean = [later] { return call_in_cleanup(later); };
        co_await patio::finally(sleep_for_ever(), clean);
    };
    patio::create_task(live(call));
    co_return;
}

TEST_P(loops, serve_the_cleanups_of_mains_loop) {
    std::atomic<int> refused = 0;
    const auto main = [&]() -> patio::async<> {
        co_await leave_a_caller(last_call{1, &refused});
        co_await patio::yield();
    };
    patio::run(main(), options(2));
    EXPECT_EQ(refused, 0);
}

TEST_P(loops, are_told_by_mains_loop_that_it_has_ended) {
    std::atomic<int> refused = 0;
    const auto main = [&]() -> patio::async<> {
        const last_call home{0, &refused};
        co_await patio::call_on(patio::loop_at(1), leave_a_caller, home);
        co_await patio::call_on(patio::loop_at(2), leave_a_caller, home);
        co_await patio::sleep(1ms);
    };
    patio::run(main(), options(3));
    EXPECT_EQ(refused, 2);
}

TEST_P(loops, may_call_each_other_while_they_end) {
    std::atomic<int> refused = 0;
    for (int round = 0; round < 20; ++round) {
        const auto main = [&]() -> patio::async<> {
            for (std::size_t i = 0; i < 4; ++i) {
                const last_call next{(i + 1) % 4, &refused};
                co_await patio::call_on(patio::loop_at(i), leave_a_caller, next);
            }
        };
        patio::run(main(), options(4));
    }
    EXPECT_GE(refused, 20) << "whoever calls main's loop is refused";
}

TEST_P(loops, fail_together_if_one_cannot_be_started) {
    const std::size_t descriptors = descriptor_count();
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    bool has_begun = false;
    const auto main = [&]() -> patio::async<> {
        has_begun = true;
        co_return;
    };
    // The undefined behaviour sanitizer needs descriptors to look at an object for the first time.
    EXPECT_NE(std::system_error(EMFILE, std::generic_category(), "no").what(), nullptr);
    rlimit few = before;
    few.rlim_cur = descriptors + 8;  // enough for three loops or four
    ::setrlimit(RLIMIT_NOFILE, &few);
    EXPECT_THROW(patio::run(main(), options(16)), std::system_error);
    ::setrlimit(RLIMIT_NOFILE, &before);
    EXPECT_FALSE(has_begun);
    expect_no_loop_threads();
    EXPECT_EQ(descriptor_count(), descriptors);
    patio::run(main(), options(4));
    EXPECT_TRUE(has_begun) << "the failed call left something behind";
}

TEST_P(loops, have_no_custom_driver_or_clock) {
    class frozen : public patio::clock {
    public:
        patio::time_point now() noexcept override { return {}; }
    } time;
    const auto main = []() -> patio::async<> { co_return; };
    EXPECT_THROW(patio::run(main(), options(2).clock(time)), patio::usage_error);
}

TEST_P(loops, report_to_one_sink_one_at_a_time) {
    std::vector<std::string> texts;  // without a lock
    const auto complain = []() -> patio::async<> {
        for (int i = 0; i < 50; ++i) {
            const auto forgotten = own_index();
        }
        co_return;
    };
    const auto main = [&]() -> patio::async<> { co_await patio::on_each_loop(complain); };
    patio::run(main(), options(4).on_report([&](const patio::report& r) {
        texts.emplace_back(patio::name_of(r.kind()));
    }));
    EXPECT_EQ(texts, std::vector<std::string>(200, "never awaited"));
}

patio::async<> block_the_loop(const std::atomic<bool>* is_reported) {
    co_await patio::yield();
    while (!*is_reported)
        std::this_thread::sleep_for(1ms);
}

TEST_P(loops, are_watched_by_the_watchdog) {
    std::atomic<bool> is_reported = false;
    const auto main = [&]() -> patio::async<> {
        co_await patio::call_on(patio::loop_at(1), block_the_loop, &is_reported);
    };
    patio::run(main(), options(2).watchdog(20ms).on_report([&](const patio::report& r) {
        if (r.kind() != patio::report_kind::loop_blocked) return;
        if (r.task() == std::string{"block_the_loop"}) is_reported = true;
    }));
    EXPECT_TRUE(is_reported) << "the coroutine gives the task its name";
}

TEST_P(loops, work_many_times_and_at_once) {
    const auto main = []() -> patio::async<> {
        const auto indices = co_await patio::on_each_loop(own_index);
        EXPECT_EQ(indices, (std::vector<std::size_t>{0, 1, 2}));
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 10; ++k)
                patio::run(main(), options(3));
        });
    }
    for (std::thread& thread : threads)
        thread.join();
}

}  // namespace
