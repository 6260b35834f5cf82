// SPDX-License-Identifier: MIT

// The name of the running task is found by walking its frames; these tests ask for it at moments
// when the frames that once waited are gone. AddressSanitizer sees a walk through a freed one.

#include <patio/core/task.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;

/// Asks for the name of the running task when it is destroyed.
class asks_at_end {
public:
    explicit asks_at_end(std::string& answer) noexcept : answer_{answer} {}
    asks_at_end(const asks_at_end&) = delete;
    asks_at_end& operator=(const asks_at_end&) = delete;
    ~asks_at_end() { answer_ = patio::current_task().name(); }

private:
    std::string& answer_;
};

async<> waits() { co_await patio::sleep(1s); }

async<> waits_deeply(int depth) {
    if (depth == 0) {
        co_await patio::sleep(1s);
    } else {
        co_await waits_deeply(depth - 1);
    }
}

async<std::string> asks_after_a_call() {
    co_await waits_deeply(3);
    co_return patio::current_task().name();
}

async<std::string> asks_after_a_timeout() {
    co_await patio::timeout(5s, waits());
    co_return patio::current_task().name();
}

async<std::string> asks_after_a_cut() {
    co_await patio::move_on_after(1ms, waits_deeply(3));
    co_return patio::current_task().name();
}

async<> asks_while_unwound(std::string& answer) {
    const asks_at_end last{answer};
    co_await waits_deeply(3);
}

async<> asks_in_a_scope(std::string& answer) {
    co_await patio::move_on_after(1ms, asks_while_unwound(answer));
}

TEST(current_task, has_its_name_after_a_call_that_waited) {
    patio::testing::run([]() -> async<> {
        const std::string name = co_await patio::create_task(asks_after_a_call());
        EXPECT_EQ(name, "asks_after_a_call");
    });
}

TEST(current_task, has_its_name_after_a_scope_that_ended) {
    patio::testing::run([]() -> async<> {
        const std::string name = co_await patio::create_task(asks_after_a_timeout());
        EXPECT_EQ(name, "asks_after_a_timeout");
    });
}

TEST(current_task, has_its_name_after_a_scope_that_was_cut) {
    patio::testing::run([]() -> async<> {
        const std::string name = co_await patio::create_task(asks_after_a_cut());
        EXPECT_EQ(name, "asks_after_a_cut");
    });
}

TEST(current_task, has_its_name_while_it_is_unwound) {
    std::string answer;
    patio::testing::run([&]() -> async<> {
        const auto task = patio::create_task(asks_while_unwound(answer));
        co_await patio::yield();
        task.cancel();
        co_await patio::sleep(1s);
    });
    EXPECT_EQ(answer, "asks_while_unwound");
}

TEST(current_task, has_its_name_while_a_scope_of_it_is_unwound) {
    std::string answer;
    patio::testing::run([&]() -> async<> { co_await patio::create_task(asks_in_a_scope(answer)); });
    EXPECT_EQ(answer, "asks_in_a_scope");
}

}  // namespace
