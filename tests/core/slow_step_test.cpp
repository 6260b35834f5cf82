// SPDX-License-Identifier: MIT
// loop::report_slow_steps: steps that take long by the loop's own clock.

#include <patio/core/loop.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/virtual_time.hpp>

#include <chrono>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;

struct kept {
    patio::report_kind kind;
    std::string text;
    std::string task;
};

/// Runs a program on a clock that it moves itself; gives the reports with line numbers as N.
class program {
public:
    explicit program(patio::duration limit) {
        loop.report_slow_steps(limit);
        loop.set_report_sink([this](const patio::report& what) {
            const std::string text =
                std::regex_replace(what.text(), std::regex{"(\\.cpp):\\d+"}, "$1:N");
            reports.push_back({what.kind(), text, what.task()});
        });
    }

    void work(patio::duration length) { time.advance(length); }

    patio::testing::virtual_time time;
    patio::loop loop{time, time};
    std::vector<kept> reports;
};

async<> three_steps(program& p) {
    p.work(150ms);
    co_await patio::sleep(1s);
    p.work(1234567us);
    co_await patio::sleep(1s);
    p.work(99ms);
    co_await patio::sleep(1s);
    p.work(100ms);
}

TEST(slow_step, is_reported_when_it_ends_with_its_length_and_its_places) {
    program p{100ms};
    p.loop.run(three_steps(p));
    ASSERT_EQ(p.reports.size(), 3U);
    EXPECT_EQ(p.reports[0].kind, patio::report_kind::slow_step);
    EXPECT_EQ(p.reports[0].task, "three_steps");
    EXPECT_EQ(p.reports[0].text,
              "a step of task 'three_steps' took 150 ms (from its start to slow_step_test.cpp:N)");
    EXPECT_EQ(p.reports[1].text,
              "a step of task 'three_steps' took 1234 ms (from slow_step_test.cpp:N to "
              "slow_step_test.cpp:N)");
    EXPECT_EQ(p.reports[2].text,
              "a step of task 'three_steps' took 100 ms (from slow_step_test.cpp:N to its end)");
}

async<> fails_slowly(program& p) {
    p.work(3450us);
    throw std::runtime_error{"too late"};
    co_return;
}

TEST(slow_step, is_reported_of_a_task_that_fails) {
    program p{1ms};
    EXPECT_THROW(p.loop.run(fails_slowly(p)), std::runtime_error);
    ASSERT_EQ(p.reports.size(), 1U);
    EXPECT_EQ(p.reports[0].text,
              "a step of task 'fails_slowly' took 3.4 ms (from its start to its end)");
}

struct slow_to_go {
    program& p;
    explicit slow_to_go(program& program) : p{program} {}
    ~slow_to_go() { p.work(1s); }
};
async<> held(program& p) {
    const slow_to_go local{p};
    co_await patio::sleep(1h);
}
async<> cancel_after_a_second(program& p) {
    auto task = patio::create_task(held(p));
    co_await patio::sleep(1s);
    task.cancel();
}

TEST(slow_step, may_be_an_unwinding) {
    program p{100ms};
    p.loop.run(cancel_after_a_second(p));
    ASSERT_EQ(p.reports.size(), 1U);
    EXPECT_TRUE(p.reports[0].text.starts_with("a step of task 'held' took 1000 ms (from"))
        << p.reports[0].text;
}

struct slow_callback : patio::detail::callback_node {
    program* p;
};

async<> post_slow_callback(program& p, slow_callback& node) {
    p.loop.post(node);
    co_await patio::sleep(1s);
}

TEST(slow_step, may_be_a_posted_function) {
    program p{100ms};
    slow_callback node;
    node.p = &p;
    node.call = [](patio::detail::callback_node& self) {
        static_cast<slow_callback&>(self).p->work(2s);
    };
    p.loop.run(post_slow_callback(p, node));
    ASSERT_EQ(p.reports.size(), 1U);
    EXPECT_EQ(p.reports[0].text, "a posted function took 2000 ms");
    EXPECT_EQ(p.reports[0].task, "");
}

TEST(slow_step, is_not_measured_unless_asked_for) {
    program p{0ms};
    p.loop.run(three_steps(p));
    EXPECT_TRUE(p.reports.empty());
}

}  // namespace
