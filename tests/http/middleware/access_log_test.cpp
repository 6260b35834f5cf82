// SPDX-License-Identifier: MIT

#include <patio/http/middleware/access_log.hpp>

#include "http/answers.hpp"
#include "support/scratch.hpp"

#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/http/router.hpp>
#include <patio/io/run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::http::access_log;
using patio::http::access_log_format;
using patio::http::access_log_options;
using patio::http::body;
using patio::http::request;
using patio::http::response;
using patio::http::router;
using patio::http::test_support::answer_of;
using patio::http::test_support::ask;
using patio::http::test_support::received;
using ::testing::ElementsAre;
using ::testing::MatchesRegex;

class an_access_log : public ::testing::Test {
protected:
    std::vector<std::string> lines;
    router site;

    void log(access_log_format format = access_log_format::brief) {
        site.use(access_log(access_log_options{}.format(format).sink(
            [this](std::string_view line) { lines.emplace_back(line); })));
    }
    void get(std::string_view target) { (void)answer_of(site, "GET", target); }
};

patio::async_generator<std::string> slowly() {
    for (const char* piece : {"ab", "cd", "e"}) {
        co_await patio::sleep(1s);
        co_yield std::string{piece};
    }
}

async<response> broken(request&) {
    co_await patio::sleep(1s);
    throw std::runtime_error{"broken"};
}

TEST_F(an_access_log, has_a_line_for_each_request) {
    log();
    site.get("/a", [](request&) -> async<response> {
        co_await patio::sleep(1500us);
        co_return "hello";
    });
    get("/a?b");
    get("/none");
    EXPECT_THAT(lines, ElementsAre("- GET /a?b 200 5 1.5ms", "- GET /none 404 14 0.0ms"));
}

TEST_F(an_access_log, knows_the_peer) {
    log();
    const patio::endpoint peer = patio::endpoint::parse("[2001:db8::1]:80");
    request asked = received("POST", "/");
    patio::http::detail::request_access::set_peer(asked, peer, false);
    (void)answer_of(site, std::move(asked));
    EXPECT_THAT(lines, ElementsAre("2001:db8::1 POST / 404 14 0.0ms"));
}

TEST_F(an_access_log, can_be_in_the_combined_format) {
    log(access_log_format::combined);
    request asked = received("GET", "/");
    asked.with("User-Agent", "curl/8 \"x\"\\");
    (void)answer_of(site, std::move(asked));
    EXPECT_THAT(lines, ElementsAre(MatchesRegex(
                           R"(- - - \[[0-3][0-9]/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} \+0000\] )"
                           R"("GET / HTTP/1.1" 404 14 "-" "curl/8 \\x22x\\x22\\x5c" 0.0ms)")));
}

TEST_F(an_access_log, writes_the_line_of_a_slow_body_at_its_end) {
    log();
    site.get("/a", [](request&) { return response{body{slowly()}}; });
    get("/a");
    EXPECT_THAT(lines, ElementsAre("- GET /a 200 5 3000.0ms"));
}

TEST_F(an_access_log, says_if_a_body_was_cut) {
    log();
    site.get("/a", [](request&) { return response{body{slowly()}}; });
    const auto main = [this]() -> async<> {
        request asked = received("GET", "/a");
        auto answering = site.answer(asked);
        response got = co_await std::move(answering);
        auto reading = got.body().read_some(100);
        (void)co_await std::move(reading);
        EXPECT_TRUE(lines.empty());
    };
    patio::testing::run(main);
    EXPECT_THAT(lines, ElementsAre("- GET /a 200 2 1000.0ms cut"));
}

TEST_F(an_access_log, survives_bodies_that_are_dropped_after_the_loop) {
    log();
    site.get("/a", [](request&) { return response{body{slowly()}}; });
    std::optional<response> kept;
    const auto main = [this, &kept]() -> async<> {
        request asked = received("GET", "/a");
        auto answering = site.answer(asked);
        kept = co_await std::move(answering);
    };
    patio::testing::run(main);
    site = router{};
    kept.reset();
    EXPECT_THAT(lines, ElementsAre("- GET /a 200 0 - cut"));
}

TEST_F(an_access_log, says_if_nobody_waited_for_the_answer) {
    log();
    site.get("/a", [](request&) -> async<response> {
        co_await patio::sleep(1h);
        co_return "late";
    });
    const auto main = [this]() -> async<> {
        request asked = received("GET", "/a");
        auto asking = ask(site, asked);
        const auto seen = co_await patio::move_on_after(2s, std::move(asking));
        EXPECT_FALSE(seen.has_value());
    };
    patio::testing::run(main);
    EXPECT_THAT(lines, ElementsAre("- GET /a - - 2000.0ms cancelled"));
}

TEST_F(an_access_log, says_if_a_handler_or_a_body_failed) {
    log();
    site.get("/a", broken);
    site.get("/b", [](request&) { return response{body{slowly(), 4}}; });
    EXPECT_ANY_THROW(get("/a"));
    EXPECT_ANY_THROW(get("/b"));
    EXPECT_THAT(lines,
                ElementsAre("- GET /a 500 - 1000.0ms failed", "- GET /b 200 4 3000.0ms failed"));
}

TEST_F(an_access_log, leaves_files_to_those_who_can_send_them) {
    log();
    const patio::test_support::scratch_directory scratch;
    const std::string path = scratch.make("file", "12345");
    site.get("/a", [path](request&) -> async<response> {
        auto opening = body::from_file(path);
        body content = co_await std::move(opening);
        co_return response{std::move(content)};
    });
    const auto main = [this]() -> async<> {
        request asked = received("GET", "/a");
        auto answering = site.answer(asked);
        response got = co_await std::move(answering);
        EXPECT_EQ(lines.size(), 1U);
        EXPECT_EQ(got.body().length(), 5U);
    };
    patio::run(main());
}

}  // namespace
