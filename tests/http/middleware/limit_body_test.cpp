// SPDX-License-Identifier: MIT

#include <patio/http/middleware/limit_body.hpp>

#include "http/answers.hpp"

#include <patio/core/async_generator.hpp>
#include <patio/http/router.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using patio::async;
using patio::http::body;
using patio::http::limit_body;
using patio::http::request;
using patio::http::response;
using patio::http::router;
using patio::http::test_support::answer_of;
using patio::http::test_support::received;

patio::async_generator<std::string> pieces() {
    co_yield std::string{"123"};
    co_yield std::string{"456"};
}

int status_with(body content, std::uint64_t limit) {
    router site;
    site.use(limit_body(limit));
    site.post("/", [](request& asked) -> async<response> {
        auto reading = asked.text();
        std::string all = co_await std::move(reading);
        co_return response{all.empty() ? 204 : 200};
    });
    request asked = received("POST", "/");
    asked.with(std::move(content));
    return answer_of(site, std::move(asked)).status;
}

TEST(limit_body, refuses_what_is_too_long) {
    EXPECT_EQ(status_with("123456", 6), 200);
    EXPECT_EQ(status_with("1234567", 6), 413);
    EXPECT_EQ(status_with({}, 0), 204);
}

TEST(limit_body, counts_what_does_not_say_how_long_it_is) {
    EXPECT_EQ(status_with(body{pieces()}, 6), 200);
    EXPECT_EQ(status_with(body{pieces()}, 5), 413);
}

}  // namespace
