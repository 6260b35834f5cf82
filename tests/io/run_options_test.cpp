// SPDX-License-Identifier: MIT

#include <patio/io/run_options.hpp>

#include "support/child_process.hpp"

#include <patio/testing/virtual_time.hpp>

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

patio::async<int> forget_a_coroutine() {
    const auto number = []() -> patio::async<int> { co_return 1; };
    { const auto forgotten = number(); }
    co_return 5;
}

TEST(run_options, share_their_sink_when_copied) {
    const auto kept = std::make_shared<std::vector<std::string>>();
    {
        patio::run_options first = patio::run_options{}.on_report(
            [kept](const patio::report& what) { kept->emplace_back(what.text()); });
        patio::run_options second = first;
        patio::run_options third;
        third = second;
        patio::run(forget_a_coroutine(), first);
        patio::run(forget_a_coroutine(), std::move(second));
        patio::run(forget_a_coroutine(), third);
    }
    EXPECT_EQ(kept->size(), 3U);
    EXPECT_EQ(kept.use_count(), 1) << "a copy was not destroyed";
}

TEST(run_options, take_the_last_word_of_each_setter) {
    int first = 0;
    int second = 0;
    patio::run(forget_a_coroutine(), patio::run_options{}
                                         .on_report([&](const patio::report&) { ++first; })
                                         .on_report([&](const patio::report&) { ++second; }));
    EXPECT_EQ(first, 0);
    EXPECT_EQ(second, 1);
}

TEST(run_options, print_reports_to_standard_error_by_default) {
    patio::test_support::child_process child{[] { return patio::run(forget_a_coroutine()); }};
    child.wait();
    EXPECT_EQ(child.exit_status(), 5);
    EXPECT_EQ(child.output().find("patio: coroutine"), 0U) << child.output();
}

TEST(run_options, let_a_loop_run_on_another_clock_and_driver) {
    patio::testing::virtual_time time;
    const auto main = []() -> patio::async<std::string> {
        co_await patio::sleep(1h);
        co_return patio::this_thread_loop().driven_by().name();
    };
    EXPECT_EQ(patio::run(main(), patio::run_options{}.driver(time).clock(time)), "virtual");
    EXPECT_EQ(time.now().since_origin().in_seconds(), 3600);
}

}  // namespace
