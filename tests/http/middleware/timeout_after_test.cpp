// SPDX-License-Identifier: MIT

#include <patio/http/middleware/timeout_after.hpp>

#include "http/answers.hpp"

#include <patio/core/sleep.hpp>
#include <patio/http/router.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::http::request;
using patio::http::response;
using patio::http::router;
using patio::http::timeout_after;
using patio::http::test_support::answer_of;

TEST(timeout_after, answers_503_instead_of_a_slow_handler) {
    const auto held = std::make_shared<int>(0);
    router site;
    site.use(timeout_after(2s));
    site.get("/slow", [held](request&) -> async<response> {
        const auto kept = held;
        co_await patio::sleep(1h);
        co_return "late";
    });
    site.get("/fast", [](request&) -> async<response> {
        co_await patio::sleep(1s);
        co_return "in time";
    });
    EXPECT_EQ(answer_of(site, "GET", "/slow").status, 503);
    EXPECT_EQ(held.use_count(), 2);
    EXPECT_EQ(answer_of(site, "GET", "/fast").text, "in time");
}

}  // namespace
