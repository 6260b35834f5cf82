// SPDX-License-Identifier: MIT

#include <patio/http/middleware/cors.hpp>

#include "http/answers.hpp"

#include <patio/core/errors.hpp>
#include <patio/http/router.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

namespace {

using namespace std::chrono_literals;
using patio::http::cors;
using patio::http::cors_options;
using patio::http::headers;
using patio::http::request;
using patio::http::response;
using patio::http::router;
using patio::http::test_support::answer_of;
using patio::http::test_support::received;
using patio::http::test_support::seen_answer;

constexpr const char* friendly = "https://example.org";

seen_answer answer(cors_options options, std::string_view method, headers with) {
    router site;
    site.use(cors(std::move(options)));
    site.put("/", [](request&) { return response{"put"}.with("Vary", "Accept"); });
    request asked = received(method, "/");
    asked.headers() = std::move(with);
    return answer_of(site, std::move(asked));
}

TEST(cors, lets_the_scripts_of_a_site_see_responses) {
    const auto options = cors_options{}.origin("https://other.org").origin(friendly);
    const auto seen = answer(options, "PUT", {"Origin", friendly});
    EXPECT_EQ(seen.text, "put");
    EXPECT_EQ(seen.header("Access-Control-Allow-Origin"), friendly);
    EXPECT_EQ(seen.header("Access-Control-Allow-Credentials"), "(none)");
    EXPECT_EQ(seen.header("Vary"), "Accept, Origin");
    const auto refused = answer(options, "PUT", {"Origin", "https://example.org.evil"});
    EXPECT_EQ(refused.header("Access-Control-Allow-Origin"), "(none)");
    EXPECT_EQ(refused.header("Vary"), "Accept, Origin");
    EXPECT_EQ(answer(options, "PUT", {}).header("Access-Control-Allow-Origin"), "(none)");
}

TEST(cors, lets_all_sites_in_if_they_may) {
    const auto seen = answer(cors_options{}.any_origin(), "PUT", {"Origin", "https://x.org"});
    EXPECT_EQ(seen.header("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(seen.header("Vary"), "Accept");
}

TEST(cors, answers_the_questions_of_browsers) {
    auto options = cors_options{}.origin(friendly).max_age(1h).credentials();
    headers question{"Origin", friendly};
    question.add("Access-Control-Request-Method", "PUT");
    question.add("Access-Control-Request-Headers", "x-version");
    const auto seen = answer(options, "OPTIONS", question);
    EXPECT_EQ(seen.status, 204);
    EXPECT_EQ(seen.header("Access-Control-Allow-Origin"), friendly);
    EXPECT_EQ(seen.header("Access-Control-Allow-Methods"), "GET, HEAD, POST, PUT, PATCH, DELETE");
    EXPECT_EQ(seen.header("Access-Control-Allow-Headers"), "x-version");
    EXPECT_EQ(seen.header("Access-Control-Allow-Credentials"), "true");
    EXPECT_EQ(seen.header("Access-Control-Max-Age"), "3600");
    EXPECT_EQ(seen.header("Vary"), "Access-Control-Request-Headers, Origin");
    options.methods("PUT").request_headers("Authorization");
    const auto narrow = answer(options, "OPTIONS", question);
    EXPECT_EQ(narrow.header("Access-Control-Allow-Methods"), "PUT");
    EXPECT_EQ(narrow.header("Access-Control-Allow-Headers"), "Authorization");
    question.set("Origin", "https://evil.org");
    const auto refused = answer(options, "OPTIONS", question);
    EXPECT_EQ(refused.status, 204);
    EXPECT_EQ(refused.header("Access-Control-Allow-Methods"), "(none)");
}

TEST(cors, leaves_other_questions_to_the_routes) {
    const auto seen = answer(cors_options{}.origin(friendly), "OPTIONS", {"Origin", friendly});
    EXPECT_EQ(seen.header("Allow"), "PUT, OPTIONS");
    EXPECT_EQ(seen.header("Access-Control-Allow-Origin"), friendly);
}

TEST(cors, shows_more_fields) {
    const auto options = cors_options{}.origin(friendly).exposed_headers("X-Count");
    EXPECT_EQ(answer(options, "PUT", {"Origin", friendly}).header("Access-Control-Expose-Headers"),
              "X-Count");
}

TEST(cors, refuses_options_that_make_no_sense) {
    EXPECT_THROW((void)cors(cors_options{}), patio::usage_error);
    EXPECT_THROW((void)cors(cors_options{}.any_origin().credentials()), patio::usage_error);
}

}  // namespace
