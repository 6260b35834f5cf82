// SPDX-License-Identifier: MIT

#include <patio/http/middleware.hpp>

#include "http/answers.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace {

using patio::async;
using patio::http::handler;
using patio::http::make_handler;
using patio::http::middleware;
using patio::http::request;
using patio::http::response;
using patio::http::test_support::received;

TEST(middleware, is_any_coroutine_function_around_a_handler) {
    const auto main = []() -> async<> {
        int calls = 0;
        middleware counting = [&calls](request& asked, handler& next) -> async<response> {
            ++calls;
            auto answering = next.answer(asked);
            response made = co_await std::move(answering);
            made.status(201);
            co_return made;
        };
        const std::unique_ptr<handler> inner = make_handler([](request&) { return "made"; });
        request asked = received("GET", "/");
        auto answering = counting(asked, *inner);
        response got = co_await std::move(answering);
        EXPECT_EQ(got.status(), 201);
        EXPECT_EQ(got.body().in_memory(), "made");
        EXPECT_EQ(calls, 1);
    };
    patio::testing::run(main);
}

}  // namespace
