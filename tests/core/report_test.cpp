// SPDX-License-Identifier: MIT

#include <patio/core/report.hpp>

#include <patio/core/async.hpp>
#include <patio/core/loop.hpp>
#include <patio/testing/run.hpp>
#include <patio/testing/virtual_time.hpp>

#include "support/trace.hpp"

#include <set>
#include <source_location>
#include <string>

#include <gtest/gtest.h>

namespace {

using patio::async;
using patio::report;
using patio::report_kind;

TEST(report, has_a_kind_a_text_a_task_and_a_place) {
    const auto here = std::source_location::current();
    const report what{report_kind::broken_lock, "the text", "the task", here};
    EXPECT_EQ(what.kind(), report_kind::broken_lock);
    EXPECT_STREQ(what.text(), "the text");
    EXPECT_STREQ(what.task(), "the task");
    EXPECT_EQ(what.where().line(), here.line());
    const report little{report_kind::deadlock, "the text"};
    EXPECT_STREQ(little.task(), "");
    EXPECT_EQ(little.where().line(), 0U);
}

TEST(report, has_a_name_for_each_kind) {
    std::set<std::string> names;
    for (int kind = 0; kind <= static_cast<int>(report_kind::failed_callback); ++kind) {
        names.insert(patio::name_of(static_cast<report_kind>(kind)));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(report_kind::failed_callback) + 1);
    EXPECT_TRUE(names.contains("never awaited"));
    EXPECT_FALSE(names.contains("report")) << "a kind without a name";
}

TEST(report, goes_to_the_sink_of_the_loop) {
    std::vector<patio::testing::kept_report> reports;
    patio::testing::run(
        []() -> async<> {
            patio::emit_report(report{report_kind::broken_lock, "the text", "the task"});
            co_return;
        },
        test::keeping(reports));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].kind, report_kind::broken_lock);
    EXPECT_EQ(reports[0].text, "the text");
    EXPECT_EQ(reports[0].task, "the task");
}

TEST(report, goes_to_standard_error_without_a_loop) {
    testing::internal::CaptureStderr();
    patio::emit_report(report{report_kind::broken_lock, "first line\n  second line"});
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "patio: first line\n  second line\n");
}

TEST(report, goes_to_standard_error_from_a_loop_without_a_sink) {
    patio::testing::virtual_time time;
    patio::loop loop{time, time};
    auto main = []() -> async<> {
        patio::emit_report(report{report_kind::broken_lock, "the text"});
        co_return;
    };
    testing::internal::CaptureStderr();
    loop.run(main());
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "patio: the text\n");
}

}  // namespace
