// SPDX-License-Identifier: MIT
// label: threads

// Calls to loops that end: by themselves, or because somebody over there has cancelled the callee.

#include <patio/io/call_on.hpp>

#include <patio/patio.hpp>

#include "support/drivers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

class call_on : public patio::test_support::on_each_driver {
protected:
    static patio::run_options options(std::size_t count = 2) {
        return on_each_driver::options().loops(count);
    }
};
PATIO_TEST_ON_EACH_DRIVER(call_on);

/// What callees tell; it outlives them.
struct marks {
    std::atomic<int> begun = 0;
    std::atomic<int> ended = 0;
    std::atomic<int> cleaned = 0;
};

/// Ends with its coroutine, however that ends.
class presence {
public:
    explicit presence(marks* of) noexcept : of_{of} { ++of_->begun; }
    presence(const presence&) = delete;
    presence& operator=(const presence&) = delete;
    ~presence() { ++of_->ended; }

private:
    marks* of_;
};

patio::async<int> add(int a, int b) {
    co_await patio::yield();
    co_return a + b;
}

patio::async<> stay(marks* of) {
    const presence here{of};
    co_await patio::sleep(1h);
}

patio::async<> wait_for(const std::atomic<int>& count, int value) {
    while (count < value)
        co_await patio::sleep(50us);
}

TEST_P(call_on, says_that_somebody_has_cancelled_the_coroutine_over_there) {
    const auto cancel_itself = []() -> patio::async<> {
        patio::current_task().cancel("no longer wanted");
        co_await patio::sleep(1h);
    };
    const auto main = [&]() -> patio::async<> {
        std::string reason;
        try {
            co_await patio::call_on(patio::loop_at(1), cancel_itself);
        } catch (const patio::task_cancelled& cancelled) {
            reason = cancelled.reason();
        }
        EXPECT_EQ(reason, "no longer wanted");
    };
    patio::run(main(), options());
}

/// A program of its own on another thread, which ends when it is told to.
class other_program {
public:
    explicit other_program(patio::run_options options) {
        thread_ = std::thread{[this, options] {
            const auto main = [this]() -> patio::async<> {
                const patio::loop_ref home = patio::this_loop_ref();
                home_ = &home;
                while (!is_over_)
                    co_await patio::sleep(50us);
            };
            patio::run(main(), options);
        }};
        while (home_ == nullptr)
            std::this_thread::yield();
        ref_ = *home_;
    }
    other_program(const other_program&) = delete;
    other_program& operator=(const other_program&) = delete;
    ~other_program() { end(); }

    [[nodiscard]] patio::loop_ref loop() const { return ref_; }
    void tell_to_end() noexcept { is_over_ = true; }
    void end() {
        tell_to_end();
        if (thread_.joinable()) thread_.join();
    }

private:
    std::atomic<const patio::loop_ref*> home_ = nullptr;
    std::atomic<bool> is_over_ = false;
    patio::loop_ref ref_;
    std::thread thread_;
};

patio::async<> expect_loop_ended(patio::loop_ref target, marks* seen) {
    bool has_ended = false;
    try {
        co_await patio::call_on(std::move(target), stay, seen);
    } catch (const patio::loop_ended&) {
        has_ended = true;
    }
    EXPECT_TRUE(has_ended);
}

TEST_P(call_on, fails_if_the_loop_has_ended) {
    marks seen;
    other_program other{options(1)};
    other.end();
    patio::run(expect_loop_ended(other.loop(), &seen), options(1));
    EXPECT_EQ(seen.begun, 0);
    const auto none = [&]() -> patio::async<> {
        co_await expect_loop_ended(patio::loop_ref{}, &seen);
    };
    patio::run(none(), options(1));
}

TEST_P(call_on, fails_if_the_loop_ends_meanwhile) {
    marks seen;
    other_program other{options(1)};
    const auto main = [&]() -> patio::async<> {
        const auto caller = patio::create_task(expect_loop_ended(other.loop(), &seen));
        co_await wait_for(seen.begun, 1);
        other.tell_to_end();
        co_await caller;
        EXPECT_EQ(seen.ended, 1);
    };
    patio::run(main(), options(1));
}

TEST_P(call_on, has_an_end_whenever_the_loop_ends) {
    for (int round = 0; round < 20; ++round) {
        marks seen;
        other_program other{options(1)};
        const auto call = [&](int number) -> patio::async<> {
            try {
                for (int i = 0;; ++i)
                    co_await patio::call_on(other.loop(), add, number, i);
            } catch (const patio::loop_ended&) {
                ++seen.ended;
            }
        };
        const auto main = [&]() -> patio::async<> {
            const auto body = [&](patio::task_group& group) -> patio::async<> {
                for (int i = 0; i < 10; ++i)
                    group.spawn(call(i));
                for (int i = 0; i < round; ++i)
                    co_await patio::yield();
                other.tell_to_end();
            };
            co_await patio::with_task_group(body);
        };
        patio::run(main(), options(1));
        EXPECT_EQ(seen.ended, 10);
    }
}

TEST_P(call_on, has_an_end_whenever_the_loop_ends_and_the_caller_is_cancelled) {
    for (int round = 0; round < 20; ++round) {
        marks seen;
        other_program other{options(1)};
        const auto main = [&]() -> patio::async<> {
            std::vector<patio::task<>> callers;
            for (int i = 0; i < 10; ++i) {
                callers.push_back(patio::create_task(
                    patio::detail::adopt(patio::call_on(other.loop(), stay, &seen))));
            }
            for (int i = 0; i < round; ++i)
                co_await patio::yield();
            other.tell_to_end();
            for (int i = 0; i < round % 7; ++i)
                co_await patio::yield();
            for (const auto& caller : callers)
                caller.cancel();
            for (const auto& caller : callers) {
                while (!caller.done())
                    co_await patio::yield();
            }
            EXPECT_EQ(seen.begun, seen.ended);
            for (const auto& caller : callers) {
                try {
                    co_await caller;
                    ADD_FAILURE() << "it had no reason to return";
                } catch (const patio::loop_ended&) {      // the loop's end was first
                } catch (const patio::task_cancelled&) {  // the cancel was
                }
            }
        };
        patio::run(main(), options(1));
    }
}

}  // namespace
