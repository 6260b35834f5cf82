// SPDX-License-Identifier: MIT

// The end of a task: the user's code that runs while it goes (destructors of parameters, results
// and context values, report sinks) may ask for the task, for all tasks, and for its group.

#include <patio/core/task.hpp>

#include <patio/core/all_tasks.hpp>
#include <patio/core/context_var.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include "support/trace.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using test::trace;

/// Calls a function when it is destroyed, once.
class at_end {
public:
    explicit at_end(std::function<void()> call) : call_{std::move(call)} {}
    at_end(at_end&& other) noexcept : call_{std::exchange(other.call_, nullptr)} {}
    at_end& operator=(at_end&&) = delete;
    ~at_end() {
        if (call_) call_();
    }

private:
    std::function<void()> call_;
};

async<> child_with(at_end) { co_return; }
async<at_end> child_that_gives(std::function<void()> call) {
    at_end result{std::move(call)};
    co_return result;
}

TEST(task_end, lets_a_parameter_ask_for_the_current_task) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto child =
            patio::create_task(child_with(at_end{[&] { say(patio::current_task().name()); }}));
        child = {};
        co_await patio::yield();
        EXPECT_EQ(say, "child_with");
    });
}

TEST(task_end, lets_a_result_that_nobody_takes_ask_for_the_current_task) {
    trace say;
    patio::testing::run([&]() -> async<> {
        std::function<void()> ask = [&] {
            say(patio::current_task().name());
            if (patio::current_task().done()) say("done");
        };
        patio::create_task(child_that_gives(ask));
        co_await patio::yield();
        EXPECT_EQ(say, "child_that_gives done");
    });
}

TEST(task_end, lets_the_sink_that_hears_of_its_failure_ask_for_the_current_task) {
    trace say;
    patio::testing::test_loop loop;
    loop.get().set_report_sink([&](const patio::report& what) {
        say(name_of(what.kind()));
        say(patio::current_task().name());
    });
    auto main = [&]() -> async<> {
        patio::create_task(test::failure_after(0s));
        co_await patio::sleep(1s);
    };
    loop.run(main());
    EXPECT_EQ(say, "unobserved failure failure_after");
}

TEST(task_end, leaves_a_handle_that_is_made_in_it_with_a_task_without_a_result) {
    patio::testing::run([]() -> async<> {
        std::optional<patio::any_task> kept;
        std::function<void()> keep = [&] { kept = patio::current_task(); };
        patio::create_task(child_that_gives(keep));
        co_await patio::yield();
        EXPECT_TRUE(kept.has_value());
        if (!kept) co_return;
        EXPECT_TRUE(kept->done());
        EXPECT_STREQ(kept->name(), "child_that_gives");
        EXPECT_FALSE(kept->cancel());
    });
}

TEST(task_end, lets_a_parameter_cancel_the_group) {
    patio::testing::run([]() -> async<> {
        const auto begin = patio::now();
        co_await patio::with_task_group([](patio::task_group& group) -> async<> {
            group.spawn(test::nap_quietly(1h));
            group.spawn(child_with(at_end{[&] { group.cancel(); }}));
            co_return;
        });
        EXPECT_EQ(patio::now(), begin);
    });
}

TEST(task_end, lets_a_parameter_spawn_into_the_group_before_that_can_end) {
    trace say;
    patio::testing::run([&]() -> async<> {
        co_await patio::with_task_group([&](patio::task_group& group) -> async<> {
            group.spawn(child_with(at_end{[&] { group.spawn(test::nap(say, "late", 1s)); }}));
            co_return;
        });
        EXPECT_EQ(say, "woke late");
    });
}

TEST(task_end, is_not_among_all_tasks_while_its_parameters_go) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto list = [&] {
            for (const patio::any_task& one : patio::all_tasks())
                say(one.name());
        };
        auto child = patio::create_task(child_with(at_end{list}));
        child.set_name("child");
        patio::current_task().set_name("main");
        co_await patio::yield();
        EXPECT_EQ(say, "main");
    });
}

// A value that looks for the other values of its task while they are destroyed.
patio::context_var<int> number{0};
struct reader {
    trace* say = nullptr;
    reader() = default;
    explicit reader(trace& to) : say{&to} {}
    reader(reader&& other) noexcept : say{std::exchange(other.say, nullptr)} {}
    reader& operator=(reader&& other) noexcept {
        std::swap(say, other.say);
        return *this;
    }
    ~reader() {
        if (say != nullptr) (*say)(std::to_string(number.get()));
    }
};
patio::context_var<std::shared_ptr<reader>> last{nullptr};

TEST(task_end, hides_the_context_from_the_values_that_go_with_it) {
    trace say;
    patio::testing::run([&]() -> async<> {
        auto child = [&]() -> async<> {
            last.set(std::make_shared<reader>(say));
            number.set(7);
            co_return;
        };
        patio::create_task(child);
        co_await patio::yield();
        EXPECT_EQ(say, "0") << "its default";
    });
}

// --- handles

TEST(task_end, comes_also_after_more_handles_than_its_block_can_count) {
    auto guard = std::make_shared<int>(1);
    patio::testing::run([&]() -> async<> {
        auto child = [](std::shared_ptr<int> kept) -> async<std::shared_ptr<int>> {
            co_await patio::sleep(1s);
            co_return kept;
        };
        auto task = patio::create_task(child, guard);
        std::vector<patio::task<std::shared_ptr<int>>> handles(200'000, task);
        co_await patio::sleep(2s);
        handles.resize(1);
        EXPECT_GT(guard.use_count(), 1);
        const std::shared_ptr<int> copied = co_await std::move(task);
        EXPECT_EQ(copied, guard) << "one handle is left, so it is copied";
        const std::shared_ptr<int> moved = co_await std::move(handles[0]);
        EXPECT_EQ(moved, guard);
    });
    EXPECT_EQ(guard.use_count(), 1);
}

TEST(task_end, tells_the_second_who_takes_what_cannot_be_copied) {
    patio::testing::run([]() -> async<> {
        auto child = []() -> async<std::unique_ptr<int>> { co_return std::make_unique<int>(7); };
        auto first = patio::create_task(child);
        auto second = first;
        const auto third = first;
        const std::unique_ptr<int> taken = co_await std::move(first);
        EXPECT_EQ(*taken, 7);
        const std::string moved = co_await test::what_of(std::move(second));
        EXPECT_NE(moved.find("moved out through another handle"), std::string::npos) << moved;
        bool was_refused = false;
        try {
            const std::unique_ptr<int>& looked_at = co_await third;
            static_cast<void>(looked_at);
        } catch (const patio::usage_error&) {
            was_refused = true;
        }
        EXPECT_TRUE(was_refused);
    });
}

}  // namespace
