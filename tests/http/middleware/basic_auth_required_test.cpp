// SPDX-License-Identifier: MIT

#include <patio/http/middleware/basic_auth_required.hpp>

#include "http/answers.hpp"

#include <patio/core/error.hpp>
#include <patio/core/sleep.hpp>
#include <patio/http/router.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::http::basic_auth_required;
using patio::http::request;
using patio::http::router;
using patio::http::test_support::answer_of;
using patio::http::test_support::received;
using patio::http::test_support::seen_answer;

bool is_ada(const std::string& user, const std::string& password) {
    return user == "ada" && password == "love:lace";
}
async<bool> is_ada_later(std::string user, std::string password) {
    co_await patio::sleep(1s);
    co_return is_ada(user, password);
}

seen_answer with(router& site, std::string_view credentials) {
    request asked = received("GET", "/");
    if (!credentials.empty()) asked.with("Authorization", credentials);
    return answer_of(site, std::move(asked));
}

TEST(basic_auth, lets_in_who_knows_the_password) {
    router site;
    site.use(basic_auth_required(is_ada, "the notes")).get("/", [](request&) { return "in"; });
    EXPECT_EQ(with(site, "Basic YWRhOmxvdmU6bGFjZQ==").text, "in");
    EXPECT_EQ(with(site, "bAsIc   YWRhOmxvdmU6bGFjZQ==").text, "in");
    EXPECT_EQ(with(site, "Basic YWRhOmxvdmU6bGFjZT==").text, "in");
    const auto refused = with(site, "");
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.header("WWW-Authenticate"), "Basic realm=\"the notes\", charset=\"UTF-8\"");
}

TEST(basic_auth, keeps_out_everybody_else) {
    router site;
    site.use(basic_auth_required(is_ada)).get("/", [](request&) { return "in"; });
    for (const std::string_view each :
         {"Basic YWRhOng=", "Basic", "Basic ", "Basic YWRh", "Basic !!!!",
          "Basic YWRhOmxvdmU6bGFjZQ",
          "Bearer YWRhOmxvdmU6bGFjZQ==", "Basic ====", "YWRhOmxvdmU6bGFjZQ=="}) {
        EXPECT_EQ(with(site, each).status, 401) << each;
    }
}

TEST(basic_auth, may_take_its_time) {
    router site;
    site.use(basic_auth_required(is_ada_later)).get("/", [](request&) { return "in"; });
    EXPECT_EQ(with(site, "Basic YWRhOmxvdmU6bGFjZQ==").text, "in");
    EXPECT_EQ(with(site, "Basic YWRhOng=").status, 401);
}

TEST(basic_auth, refuses_a_realm_that_would_be_more) {
    EXPECT_THROW((void)basic_auth_required(is_ada, "a\"b"), patio::error);
    EXPECT_THROW((void)basic_auth_required(is_ada, "a\r\nb"), patio::error);
}

}  // namespace
