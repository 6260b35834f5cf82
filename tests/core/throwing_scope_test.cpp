// SPDX-License-Identifier: MIT

#include <patio/core/throwing_scope.hpp>

#include <patio/core/exception_group.hpp>
#include <patio/core/finally.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/shield.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/run.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::testing::kept_report;

patio::testing::run_options keeping(std::vector<kept_report>& reports) {
    patio::testing::run_options options;
    options.keep_reports(reports);
    return options;
}

/// Waits for `wait`; writes down that a cancellation came as an exception, and lets it go on.
template <class A>
async<> tell(std::string& trace, const char* name, A wait) {
    try {
        co_await std::move(wait);
        trace += std::string{name} + " went on. ";
    } catch (const patio::cancelled&) {
        trace += std::string{name} + " caught. ";
        throw;
    }
}

TEST(throwing_scope, gives_the_value_of_its_operation) {
    const int value = patio::testing::run([]() -> async<int> {
        auto operation = []() -> async<int> {
            co_await patio::sleep(1s);
            co_return 4;
        };
        const int result = co_await patio::throwing_scope(operation());
        co_return result;
    });
    EXPECT_EQ(value, 4);
}

TEST(throwing_scope, throws_what_its_operation_throws) {
    patio::testing::run([]() -> async<> {
        auto operation = []() -> async<> {
            co_await patio::sleep(1s);
            throw std::runtime_error{"boom"};
        };
        std::string seen;
        try {
            co_await patio::throwing_scope(operation());
        } catch (const std::runtime_error& error) {
            seen = error.what();
        }
        EXPECT_EQ(seen, "boom");
    });
}

TEST(throwing_scope, tells_each_frame_by_an_exception_and_then_unwinds_on) {
    std::string trace;
    patio::testing::run([&]() -> async<> {
        auto outside = [&]() -> async<> {
            try {
                auto inner = tell(trace, "inner", patio::sleep(10s));
                co_await patio::throwing_scope(tell(trace, "outer", std::move(inner)));
                trace += "not this. ";
            } catch (...) {
                trace += "nor this. ";
            }
        };
        const bool has_ended = co_await patio::move_on_after(1s, outside());
        EXPECT_FALSE(has_ended);
    });
    EXPECT_EQ(trace, "inner caught. outer caught. ");
}

TEST(throwing_scope, throws_at_each_suspension_until_the_exception_leaves_it) {
    std::string trace;
    std::vector<kept_report> reports;
    patio::testing::run(
        [&]() -> async<> {
            auto stubborn = [&]() -> async<> {
                for (int i = 0; i < 3; ++i) {
                    try {
                        co_await patio::sleep(10s);
                        trace += "slept ";
                    } catch (const patio::cancelled&) {
                        trace += "caught ";
                    }
                }
            };
            const bool has_ended =
                co_await patio::move_on_after(1s, patio::throwing_scope(stubborn()));
            EXPECT_TRUE(has_ended) << "a body that returns has its value delivered";
        },
        keeping(reports));
    EXPECT_EQ(trace, "caught caught caught ");
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::swallowed_cancellation);
}

TEST(throwing_scope, reports_a_swallowed_cancellation_once_when_scopes_are_nested) {
    std::vector<kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            auto swallow = []() -> async<> {
                try {
                    co_await patio::sleep(10s);
                } catch (const patio::cancelled&) {}
            };
            auto nested = patio::throwing_scope(swallow());
            co_await patio::move_on_after(1s, patio::throwing_scope(std::move(nested)));
        },
        keeping(reports));
    EXPECT_EQ(reports.size(), 1U);
}

TEST(throwing_scope, is_silent_when_another_exception_takes_the_place) {
    patio::testing::run([]() -> async<> {
        auto replace = []() -> async<> {
            try {
                co_await patio::sleep(10s);
            } catch (const patio::cancelled&) {
                throw std::runtime_error{"instead"};
            }
        };
        std::string seen;
        try {
            co_await patio::timeout(1s, patio::throwing_scope(replace()));
        } catch (const std::runtime_error& error) {
            seen = error.what();
        }
        EXPECT_EQ(seen, "instead");
    });
}

TEST(throwing_scope, is_silent_about_a_timeout_inside_that_got_its_exception) {
    std::string trace;
    patio::testing::run([&]() -> async<> {
        auto operation = [&]() -> async<> {
            const bool has_ended =
                co_await patio::move_on_after(1s, tell(trace, "inner", patio::sleep(10s)));
            EXPECT_FALSE(has_ended);
            co_await patio::sleep(1s);
            trace += "on. ";
        };
        co_await patio::throwing_scope(operation());
    });
    EXPECT_EQ(trace, "inner caught. on. ");
}

TEST(throwing_scope, tells_the_body_of_a_group_and_unwinds_its_children) {
    std::string trace;
    patio::testing::run([&]() -> async<> {
        auto operation = [&]() -> async<> {
            auto body = [&](patio::task_group& group) -> async<> {
                group.spawn(tell(trace, "child", patio::sleep(10s)));
                co_await tell(trace, "body", patio::sleep(10s));
            };
            co_await patio::with_task_group(body);
            trace += "not this. ";
        };
        const bool has_ended = co_await patio::move_on_after(
            1s, patio::throwing_scope(tell(trace, "outside", operation())));
        EXPECT_FALSE(has_ended);
    });
    EXPECT_EQ(trace, "body caught. outside caught. ");
}

TEST(throwing_scope, waits_for_the_children_of_a_group_whose_body_it_told) {
    std::string trace;
    patio::testing::run([&]() -> async<> {
        auto slow_child = [&]() -> async<> {
            co_await patio::shield(patio::sleep(5s));
            trace += "child ended. ";
        };
        auto operation = [&]() -> async<> {
            auto body = [&](patio::task_group& group) -> async<> {
                group.spawn(slow_child());
                co_await tell(trace, "body", patio::sleep(10s));
            };
            co_await patio::with_task_group(body);
        };
        co_await patio::move_on_after(1s, patio::throwing_scope(operation()));
        EXPECT_EQ(patio::now(), patio::time_point{} + 5s);
    });
    EXPECT_EQ(trace, "body caught. child ended. ");
}

TEST(throwing_scope, tells_who_awaits_gather_but_not_the_tasks_in_it) {
    std::string trace;
    patio::testing::run([&]() -> async<> {
        auto both =
            patio::gather(tell(trace, "a", patio::sleep(10s)), tell(trace, "b", patio::sleep(10s)));
        auto operation = tell(trace, "awaiter", std::move(both));
        co_await patio::move_on_after(1s, patio::throwing_scope(std::move(operation)));
    });
    EXPECT_EQ(trace, "awaiter caught. ");
}

TEST(throwing_scope, lets_a_cleanup_that_its_grace_period_cuts_end_with_the_value_of_the_body) {
    std::string trace;
    std::vector<kept_report> reports;
    patio::testing::run(
        [&]() -> async<> {
            auto body = []() -> async<int> { co_return 8; };
            auto cleanup = [&]() -> async<> {
                co_await tell(trace, "cleanup", patio::sleep(100s));
            };
            const int value = co_await patio::throwing_scope(patio::finally(body(), cleanup, 1s));
            EXPECT_EQ(value, 8);
        },
        keeping(reports));
    EXPECT_EQ(trace, "cleanup caught. ");
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, patio::report_kind::failed_cleanup);
}

TEST(throwing_scope, runs_a_cleanup_between_two_frames_that_are_told) {
    std::string trace;
    patio::testing::run([&]() -> async<> {
        auto cleanup = [&]() -> async<> {
            co_await patio::sleep(1s);
            trace += "cleaned up. ";
        };
        auto guarded = patio::finally(tell(trace, "body", patio::sleep(10s)), cleanup);
        auto operation = tell(trace, "outside", std::move(guarded));
        co_await patio::move_on_after(1s, patio::throwing_scope(std::move(operation)));
    });
    EXPECT_EQ(trace, "body caught. cleaned up. outside caught. ");
}

TEST(throwing_scope, is_silent_about_a_gather_that_was_made_before_and_not_started) {
    patio::testing::run([]() -> async<> {
        auto operation = []() -> async<> {
            auto both = patio::gather(patio::sleep(1s), patio::sleep(2s));
            patio::current_task().cancel();
            try {
                co_await std::move(both);
            } catch (const patio::cancelled&) {
                throw;
            }
        };
        auto scoped = [&]() -> async<> { co_await patio::throwing_scope(operation()); };
        const auto task = patio::create_task(scoped());
        co_await patio::sleep(1s);
        EXPECT_TRUE(task.cancelled());
    });
}

TEST(throwing_scope, starts_no_gather_while_it_is_being_cancelled) {
    std::string trace;
    patio::testing::run([&]() -> async<> {
        auto operation = [&]() -> async<> {
            patio::current_task().cancel();
            auto first = tell(trace, "a", patio::sleep(1s));
            auto both = patio::gather(std::move(first), tell(trace, "b", patio::sleep(1s)));
            co_await tell(trace, "gather", std::move(both));
        };
        auto scoped = [&]() -> async<> { co_await patio::throwing_scope(operation()); };
        const auto task = patio::create_task(scoped());
        co_await patio::sleep(1s);
        EXPECT_TRUE(task.cancelled());
    });
    EXPECT_EQ(trace, "gather caught. ");
}

}  // namespace
