// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/run.hpp>

#include <patio/patio.hpp>

#include "support/drivers.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

patio::async<int> add(int a, int b) {
    co_await patio::sleep(100us);
    co_return a + b;
}

class run : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(run);

TEST_P(run, returns_the_value_of_main) { EXPECT_EQ(patio::run(add(3, 4), options()), 7); }

TEST_P(run, returns_what_cannot_be_copied) {
    const auto main = []() -> patio::async<std::unique_ptr<int>> {
        co_return std::make_unique<int>(5);
    };
    EXPECT_EQ(*patio::run(main(), options()), 5);
}

TEST_P(run, throws_what_main_throws) {
    const auto main = []() -> patio::async<> {
        co_await patio::yield();
        throw std::runtime_error{"no"};
    };
    EXPECT_THROW(patio::run(main(), options()), std::runtime_error);
}

TEST_P(run, takes_a_function_and_keeps_it_alive) {
    const std::string word = "a word that is too long to be stored in place";
    const std::size_t length = patio::run(
        [word]() -> patio::async<std::size_t> {
            co_await patio::yield();
            co_return word.size();
        },
        options());
    EXPECT_EQ(length, word.size());
}

TEST_P(run, takes_anything_that_can_be_awaited) {
    patio::run(patio::sleep(100us), options());
    EXPECT_EQ(patio::run(patio::timeout(1h, add(3, 4)), options()), 7);
    EXPECT_THROW(patio::run(patio::timeout(1us, patio::sleep(1h)), options()), patio::timed_out);
    const auto both = patio::run(patio::gather(add(1, 2), add(3, 4)), options());
    EXPECT_EQ(both, std::tuple(3, 7));
}

TEST_P(run, refuses_to_be_nested) {
    const auto main = []() -> patio::async<> {
        EXPECT_THROW(patio::run(add(1, 2), options()), patio::usage_error);
        co_return;
    };
    patio::run(main(), options());
    EXPECT_EQ(patio::run(add(1, 2), options()), 3) << "the failed call left something behind";
}

TEST_P(run, works_many_times_in_one_process) {
    for (int i = 0; i < 200; ++i)
        EXPECT_EQ(patio::run(add(i, 1), options()), i + 1);
}

TEST_P(run, works_on_several_threads_at_once) {
    std::vector<std::thread> threads;
    std::vector<int> sums(4);
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&sums, i] {
            for (int k = 0; k < 20; ++k)
                sums[static_cast<std::size_t>(i)] += patio::run(add(i, k), options());
        });
    }
    for (std::thread& t : threads)
        t.join();
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(sums[static_cast<std::size_t>(i)], 20 * i + 190);
}

TEST_P(run, cancels_what_main_leaves_behind) {
    bool was_unwound = false;
    struct mark {
        bool& target;
        ~mark() { target = true; }
    };
    const auto endless = [&]() -> patio::async<> {
        const mark here{was_unwound};
        co_await patio::sleep(1h);
    };
    const auto main = [&]() -> patio::async<> {
        patio::create_task(endless());
        co_await patio::yield();
    };
    patio::run(main(), options());
    EXPECT_TRUE(was_unwound);
}

TEST_P(run, joins_the_tasks_that_the_end_of_mains_parameters_starts) {
    class last_words {
    public:
        explicit last_words(std::string& said) : said_{&said} {}
        last_words(last_words&& other) noexcept : said_{std::exchange(other.said_, nullptr)} {}
        last_words& operator=(last_words&&) = delete;
        ~last_words() {
            const auto speak = [](std::string& said) -> patio::async<> {
                said += "spoke ";
                co_return;
            };
            if (said_ != nullptr) patio::create_task(speak(*said_));
        }

    private:
        std::string* said_;
    };
    std::string said;
    const auto main = [](last_words) -> patio::async<int> {
        co_await patio::sleep(10us);
        co_return 3;
    };
    EXPECT_EQ(patio::run(main(last_words{said}), options()), 3);
    EXPECT_EQ(said, "spoke ");
    const auto fail = [](last_words) -> patio::async<int> {
        co_await patio::sleep(10us);
        throw std::runtime_error{"no"};
    };
    EXPECT_THROW(patio::run(fail(last_words{said}), options()), std::runtime_error);
    EXPECT_EQ(said, "spoke spoke ");
}

TEST_P(run, gives_reports_to_the_sink) {
    std::vector<patio::report_kind> kinds;
    const auto main = []() -> patio::async<> {
        { const auto forgotten = add(1, 2); }
        co_return;
    };
    patio::run(main(),
               options().on_report([&](const patio::report& r) { kinds.push_back(r.kind()); }));
    ASSERT_EQ(kinds.size(), 1U);
    EXPECT_EQ(kinds[0], patio::report_kind::never_awaited);
}

TEST_P(run, sleeps_as_long_as_asked) {
    const auto main = []() -> patio::async<> { co_await patio::sleep(3ms); };
    const auto begin = std::chrono::steady_clock::now();
    patio::run(main(), options());
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 3ms);
}

TEST_P(run, throws_on_a_deadlock) {
    patio::task<> first;
    patio::task<> second;
    const auto wait_for = [](const patio::task<>& other) -> patio::async<> { co_await other; };
    const auto main = [&]() -> patio::async<> {
        first = patio::create_task(wait_for(second));
        second = patio::create_task(wait_for(first));
        co_await first;
    };
    int report_count = 0;
    EXPECT_THROW(
        patio::run(main(), options().on_report([&](const patio::report&) { ++report_count; })),
        patio::deadlock);
    EXPECT_EQ(report_count, 1);
    first = second = {};
}

}  // namespace
