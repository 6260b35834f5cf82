// SPDX-License-Identifier: MIT

#include <patio/http/handler.hpp>

#include "http/answers.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::http::handler;
using patio::http::handler_function;
using patio::http::handler_like;
using patio::http::make_handler;
using patio::http::request;
using patio::http::response;
using patio::http::test_support::answer_of;
using patio::http::test_support::received;

async<response> slow(request& asked) {
    co_await patio::sleep(1s);
    co_return std::string{asked.path()};
}
std::string plain(request& asked) { return "plain " + std::string{asked.path()}; }

class own final : public handler {
public:
    async<response> answer(request&) override { co_return "own"; }
};
struct movable final : handler {
    movable() = default;
    movable(movable&&) noexcept {}
    movable& operator=(movable&&) = delete;
    ~movable() override = default;
    async<response> answer(request&) override { co_return "moved"; }
};

static_assert(handler_function<decltype(&slow)> && handler_function<decltype(&plain)>);
static_assert(handler_like<decltype(&slow)> && handler_like<std::unique_ptr<handler>>);
static_assert(handler_like<movable> && !handler_like<own> && !handler_like<int>);
static_assert(!handler_like<int (*)(request&)>);

TEST(handler, is_a_coroutine_function) {
    const auto who = make_handler(slow);
    EXPECT_FALSE(who->answers_now());
    EXPECT_EQ(answer_of(*who, "GET", "/a").text, "/a");
    request asked = received("GET", "/");
    EXPECT_THROW((void)who->answer_now(asked), patio::usage_error);
}

TEST(handler, is_a_plain_function_that_answers_at_once) {
    const auto who = make_handler(plain);
    EXPECT_TRUE(who->answers_now());
    request asked = received("GET", "/a");
    EXPECT_EQ(who->answer_now(asked).body().in_memory(), "plain /a");
    EXPECT_EQ(&who->find(asked), who.get());
}

TEST(handler, that_answers_at_once_can_be_awaited_too) {
    const auto main = []() -> async<> {
        const auto who = make_handler(plain);
        request asked = received("GET", "/a");
        auto answering = who->answer(asked);
        response got = co_await std::move(answering);
        EXPECT_EQ(got.body().in_memory(), "plain /a");
    };
    patio::testing::run(main);
}

TEST(handler, is_any_object_of_the_class) {
    own mine;
    EXPECT_EQ(answer_of(mine, "GET", "/").text, "own");
    const auto kept = make_handler(movable{});
    EXPECT_EQ(answer_of(*kept, "GET", "/").text, "moved");
    std::unique_ptr<handler> given = std::make_unique<own>();
    const handler* const address = given.get();
    EXPECT_EQ(make_handler(std::move(given)).get(), address);
}

TEST(handler, keeps_what_its_function_has) {
    auto number = std::make_unique<int>(7);
    const auto who = make_handler(
        [number = std::move(number)](request&) mutable { return std::to_string(++*number); });
    EXPECT_EQ(answer_of(*who, "GET", "/").text, "8");
    EXPECT_EQ(answer_of(*who, "GET", "/").text, "9");
}

}  // namespace
