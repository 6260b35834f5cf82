// SPDX-License-Identifier: MIT

#include <patio/http/router.hpp>

#include "http/answers.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>
#include <patio/testing/cancel_everywhere.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

enum class colour { red, green };

template <>
struct patio::http::param_value<colour> {
    static std::optional<colour> parse(std::string_view text) {
        if (text == "red") return colour::red;
        if (text == "green") return colour::green;
        return std::nullopt;
    }
};

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::http::handler;
using patio::http::request;
using patio::http::response;
using patio::http::router;
using patio::http::test_support::answer_of;
using patio::http::test_support::received;
using ::testing::HasSubstr;

/// A function that answers with its own name.
auto says(std::string text) {
    return [text = std::move(text)](request&) { return text; };
}
std::string text_of(router& site, std::string_view method, std::string_view target) {
    const auto seen = answer_of(site, method, target);
    return seen.status == 200 ? seen.text : std::to_string(seen.status);
}
std::string get(router& site, std::string_view target) { return text_of(site, "GET", target); }

template <class F>
std::string refused(F&& registers) {
    try {
        registers();
    } catch (const patio::usage_error& why) {
        return why.what();
    }
    return "(nothing)";
}

async<response> note(request&, std::int64_t id) {
    co_await patio::sleep(1s);
    co_return "note " + std::to_string(id);
}

// --- paths

TEST(router, finds_a_route_by_its_segments) {
    router site;
    site.get("/", says("root")).get("/a", says("a")).get("/a/b", says("ab"));
    EXPECT_EQ(get(site, "/"), "root");
    EXPECT_EQ(get(site, "/a"), "a");
    EXPECT_EQ(get(site, "/a/b?x=/c"), "ab");
    EXPECT_EQ(get(site, "/b"), "404");
    EXPECT_EQ(get(site, "/a/b/c"), "404");
    EXPECT_EQ(get(site, "/A"), "404");
}

TEST(router, tells_paths_with_and_without_a_slash_at_the_end_apart) {
    router site;
    site.get("/a", says("a")).get("/b/", says("b"));
    EXPECT_EQ(get(site, "/a/"), "404");
    EXPECT_EQ(get(site, "/b"), "404");
    EXPECT_EQ(get(site, "/b/"), "b");
    EXPECT_EQ(get(site, "//a"), "404");
}

TEST(router, compares_segments_after_decoding) {
    router site;
    site.get("/caf\xC3\xA9", says("coffee")).get("/a%20b", says("ab")).get("/c/d", says("cd"));
    EXPECT_EQ(get(site, "/caf%C3%a9"), "coffee");
    EXPECT_EQ(get(site, "/a%20b"), "ab");
    EXPECT_EQ(get(site, "/%63/d"), "cd");
    EXPECT_EQ(get(site, "/c%2Fd"), "404");
    EXPECT_EQ(get(site, "/x/../c/d"), "404");
}

TEST(router, takes_a_target_that_is_a_whole_url) {
    router site;
    site.get("/a", says("a")).get("/", says("root"));
    EXPECT_EQ(get(site, "http://example.org/a?b"), "a");
    EXPECT_EQ(get(site, "http://example.org"), "root");
}

TEST(router, answers_options_of_the_whole_server) {
    router site;
    EXPECT_EQ(answer_of(site, "OPTIONS", "*").status, 204);
    EXPECT_EQ(answer_of(site, "GET", "*").status, 404);
}

// --- parameters

TEST(router, gives_parameters_by_name) {
    router site;
    site.get("/{user}/notes/{id}", [](request& asked) {
        return std::string{asked.param("user")} + ":" + std::string{asked.param("id")} +
               std::string{asked.param("none")};
    });
    EXPECT_EQ(get(site, "/ada/notes/7"), "ada:7");
    EXPECT_EQ(get(site, "/a%2Fb%20c/notes/%25"), "a/b c:%");
    EXPECT_EQ(get(site, "//notes/7"), "404");
    EXPECT_EQ(get(site, "/ada/notes/"), "404");
}

TEST(router, gives_the_rest_of_a_path) {
    router site;
    site.get("/files/{path...}", [](request& asked) { return std::string{asked.param("path")}; });
    EXPECT_EQ(get(site, "/files/a/b%20c//d/"), "a/b c//d/");
    EXPECT_EQ(get(site, "/files/"), "");
    EXPECT_EQ(get(site, "/files"), "404");
}

TEST(router, gives_values_to_the_parameters_of_a_function) {
    router site;
    site.get("/notes/{id}", note);
    site.get("/all/{a}/{b}/{c}/{d}/{e...}",
             [](request&, int a, double b, bool c, colour d, std::string e) -> async<response> {
                 std::string text = std::to_string(a) + " " + std::to_string(b) + " ";
                 text.append(c ? "true " : "false ").append(d == colour::green ? "green " : "? ");
                 text.append(e);
                 co_return text;
             });
    site.get("/view/{text}", [](request&, std::string_view text) { return text; });
    EXPECT_EQ(get(site, "/notes/7"), "note 7");
    EXPECT_EQ(get(site, "/all/-1/2.5/true/green/x/y"), "-1 2.500000 true green x/y");
    EXPECT_EQ(get(site, "/view/a%20b"), "a b");
    EXPECT_EQ(get(site, "/notes/seven"), "404");
    EXPECT_EQ(get(site, "/all/-1/2.5/true/blue/x"), "404");
}

TEST(router, tries_the_next_route_if_a_value_does_not_convert) {
    router site;
    site.get("/{name}", says("name")).get("/{id}", [](request&, int) { return "id"; });
    site.get("/{c}", [](request&, colour) { return "colour"; });
    site.get("/new", says("new"));
    EXPECT_EQ(get(site, "/new"), "new");
    EXPECT_EQ(get(site, "/7"), "id");
    EXPECT_EQ(get(site, "/red"), "colour");
    EXPECT_EQ(get(site, "/blue"), "name");
}

TEST(router, tries_other_ways_if_one_leads_nowhere) {
    router site;
    site.get("/a/b/c", says("abc")).get("/{x}/b/d", [](request& asked) {
        return "x=" + std::string{asked.param("x")};
    });
    site.get("/{all...}", [](request& asked) { return "all=" + std::string{asked.param("all")}; });
    EXPECT_EQ(get(site, "/a/b/c"), "abc");
    EXPECT_EQ(get(site, "/a/b/d"), "x=a");
    EXPECT_EQ(get(site, "/a/b/e"), "all=a/b/e");
}

TEST(router, finds_the_method_behind_another_type_of_parameter) {
    router site;
    site.get("/{id}", [](request&, int id) { return "get " + std::to_string(id); });
    site.put("/{name}", says("put"));
    EXPECT_EQ(text_of(site, "PUT", "/7"), "put");
    EXPECT_EQ(answer_of(site, "POST", "/7").header("Allow"), "GET, PUT, HEAD, OPTIONS");
}

// --- methods

TEST(router, has_a_route_for_each_method) {
    router site;
    site.get("/", says("get")).post("/", says("post")).put("/", says("put"));
    site.patch("/", says("patch")).del("/", says("delete")).route("PROPFIND", "/", says("find"));
    EXPECT_EQ(text_of(site, "POST", "/"), "post");
    EXPECT_EQ(text_of(site, "PUT", "/"), "put");
    EXPECT_EQ(text_of(site, "PATCH", "/"), "patch");
    EXPECT_EQ(text_of(site, "DELETE", "/"), "delete");
    EXPECT_EQ(text_of(site, "PROPFIND", "/"), "find");
}

TEST(router, refuses_other_methods_with_those_that_there_are) {
    router site;
    site.get("/a", says("get")).post("/a", says("post"));
    const auto seen = answer_of(site, "PUT", "/a");
    EXPECT_EQ(seen.status, 405);
    EXPECT_EQ(seen.header("Allow"), "GET, POST, HEAD, OPTIONS");
    const auto options = answer_of(site, "OPTIONS", "/a");
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.header("Allow"), "GET, POST, HEAD, OPTIONS");
    EXPECT_EQ(answer_of(site, "OPTIONS", "/b").status, 404);
}

TEST(router, answers_head_by_get) {
    router site;
    site.get("/a", says("get")).get("/b", says("get")).head("/b", says("head"));
    site.post("/c", says("post"));
    EXPECT_EQ(text_of(site, "HEAD", "/a"), "get");
    EXPECT_EQ(text_of(site, "HEAD", "/b"), "head");
    EXPECT_EQ(text_of(site, "HEAD", "/c"), "405");
}

TEST(router, has_routes_for_any_other_method) {
    router site;
    site.any("/", says("any")).get("/", says("get"));
    EXPECT_EQ(text_of(site, "GET", "/"), "get");
    EXPECT_EQ(text_of(site, "HEAD", "/"), "get");
    EXPECT_EQ(text_of(site, "BREW", "/"), "any");
    EXPECT_EQ(text_of(site, "OPTIONS", "/"), "any");
}

// --- routers in routers

TEST(router, hands_on_what_is_below_a_mount) {
    router inner;
    inner.get("/", says("root")).get("/notes/{id}", [](request& asked, int id) {
        return std::to_string(id) + " of " + std::string{asked.param("user")};
    });
    router site;
    site.mount("/api/{user}", std::move(inner)).get("/api/{user}/health", says("well"));
    EXPECT_EQ(get(site, "/api/ada"), "root");
    EXPECT_EQ(get(site, "/api/ada/"), "root");
    EXPECT_EQ(get(site, "/api/ada/notes/7"), "7 of ada");
    EXPECT_EQ(get(site, "/api/ada/health"), "well");
    EXPECT_EQ(get(site, "/api/ada/none"), "404");
    EXPECT_EQ(text_of(site, "POST", "/api/ada/notes/7"), "405");
    EXPECT_EQ(get(site, "/apis"), "404");
}

TEST(router, tells_a_mounted_handler_what_is_left_of_the_path) {
    router site;
    const auto path = [](request& asked) {
        return std::string{asked.mounted_path()} + " of " + std::string{asked.path()};
    };
    router inner;
    inner.mount("/b", path);
    site.mount("/a/", std::move(inner)).get("/c", path);
    EXPECT_EQ(get(site, "/a/b/x%2F/y?z"), "/x%2F/y of /a/b/x%2F/y");
    EXPECT_EQ(get(site, "/a/b"), " of /a/b");
    EXPECT_EQ(get(site, "/c"), "/c of /c");
}

TEST(router, gives_the_innermost_of_parameters_with_one_name) {
    router inner;
    inner.get("/{id}", [](request& asked) { return std::string{asked.param("id")}; });
    router site;
    site.mount("/{id}", std::move(inner));
    EXPECT_EQ(get(site, "/outer/inner"), "inner");
}

TEST(router, can_be_mounted_at_the_root) {
    router inner;
    inner.get("/a", says("inner a")).get("/b", says("inner b"));
    router site;
    site.mount("/", std::move(inner)).get("/a", says("a"));
    EXPECT_EQ(get(site, "/a"), "a");
    EXPECT_EQ(get(site, "/b"), "inner b");
}

TEST(router, has_a_fallback_also_for_what_is_mounted) {
    router inner;
    inner.get("/x", says("x"));
    router own;
    own.fallback(says("nothing of mine"));
    router site;
    site.mount("/inner", std::move(inner)).mount("/own", std::move(own));
    site.fallback([](request& asked) { return response{404, "no " + std::string{asked.path()}}; });
    EXPECT_EQ(answer_of(site, "GET", "/inner/y").text, "no /inner/y");
    EXPECT_EQ(answer_of(site, "GET", "/z").text, "no /z");
    EXPECT_EQ(get(site, "/own/y"), "nothing of mine");
    EXPECT_EQ(text_of(site, "POST", "/inner/x"), "405");
}

// --- registering

TEST(router, refuses_malformed_paths) {
    router site;
    const auto why = [&site](std::string_view path) {
        return refused([&] { site.get(path, says("")); });
    };
    EXPECT_THAT(why("a"), HasSubstr("begins with a slash"));
    EXPECT_THAT(why(""), HasSubstr("begins with a slash"));
    EXPECT_THAT(why("/a{b}"), HasSubstr("a whole segment"));
    EXPECT_THAT(why("/{b"), HasSubstr("ends with the brace"));
    EXPECT_THAT(why("/{}"), HasSubstr("has a name"));
    EXPECT_THAT(why("/{...}"), HasSubstr("has a name"));
    EXPECT_THAT(why("/{a...}/b"), HasSubstr("nothing can follow"));
    EXPECT_THAT(why("/{a}/{a}"), HasSubstr("one name"));
    EXPECT_THAT(refused([&] { site.mount("/{a...}", says("")); }), HasSubstr("anyway"));
    EXPECT_THAT(refused([&] { site.route("A B", "/", says("")); }), HasSubstr("no word"));
}

TEST(router, refuses_a_function_with_other_parameters_than_the_path_has) {
    router site;
    const std::string why = refused([&] { site.get("/notes/{user}/{id}", note); });
    EXPECT_EQ(why,
              "the route /notes/{user}/{id}: the path has 2 parameter(s), but the function takes 1 "
              "behind the request");
    EXPECT_EQ(get(site, "/notes/a/7"), "404");
}

TEST(router, refuses_what_is_taken) {
    router site;
    site.get("/{a}", says("")).mount("/m", says(""));
    EXPECT_THAT(refused([&] { site.get("/{b}", says("")); }), HasSubstr("there already"));
    EXPECT_THAT(refused([&] { site.mount("/m/", says("")); }), HasSubstr("there already"));
    EXPECT_EQ(refused([&] { site.put("/{b}", says("")); }), "(nothing)");
}

// --- middleware

auto tagging(std::string tag) {
    return [tag](request& asked, handler& next) -> async<response> {
        auto answering = next.answer(asked);
        response made = co_await std::move(answering);
        made.headers().add("Tag", tag);
        co_return made;
    };
}

TEST(router, has_middleware_around_its_routes_the_first_outermost) {
    router inner;
    inner.use(tagging("inner")).get("/x", says("x"));
    router site;
    site.use(tagging("first")).use(tagging("second"));
    site.get("/a", says("a")).mount("/inner", std::move(inner));
    EXPECT_EQ(answer_of(site, "GET", "/a").headers.joined("Tag"), "second, first");
    EXPECT_EQ(answer_of(site, "GET", "/none").headers.joined("Tag"), "second, first");
    const auto seen = answer_of(site, "GET", "/inner/x");
    EXPECT_EQ(seen.text, "x");
    EXPECT_EQ(seen.headers.joined("Tag"), "inner, second, first");
}

TEST(router, lets_middleware_answer_itself) {
    bool was_asked = false;
    router site;
    site.use([](request&, handler&) -> async<response> { co_return response{403, "no"}; });
    site.get("/a", [&was_asked](request&) {
        was_asked = true;
        return "a";
    });
    EXPECT_EQ(get(site, "/a"), "403");
    EXPECT_FALSE(was_asked);
}

TEST(router, lets_middleware_ask_again_with_another_target) {
    router inner;
    inner.get("/a/{id}", [](request& asked, int id) {
        return std::to_string(id) + std::string{asked.param("id")} +
               std::string{asked.param("other")};
    });
    inner.get("/b/{other}", [](request&) { return response{500, ""}; });
    router site;
    site.mount("/m", std::move(inner));
    site.use([](request& asked, handler& next) -> async<response> {
        auto answering = next.answer(asked);
        response first = co_await std::move(answering);
        if (first.ok()) co_return first;
        asked.to(patio::http::url::parse("http://x/m/a/7"));
        auto again = next.answer(asked);
        response second = co_await std::move(again);
        co_return second;
    });
    EXPECT_EQ(get(site, "/m/b/x"), "77");
}

TEST(router, makes_a_response_of_a_status_error_before_middleware_sees_it) {
    router site;
    site.use(tagging("seen"));
    site.get("/a", [](request&) -> async<response> {
        co_await patio::sleep(1s);
        throw patio::http::status_error{409, "keeping a note"};
    });
    const auto seen = answer_of(site, "GET", "/a");
    EXPECT_EQ(seen.status, 409);
    EXPECT_EQ(seen.text, "409 Conflict\n");
    EXPECT_EQ(seen.header("Tag"), "seen");
}

TEST(router, lets_other_exceptions_through) {
    router site;
    site.use(tagging("seen"));
    site.get("/a", [](request&) -> std::string { throw std::runtime_error{"broken"}; });
    EXPECT_THROW((void)answer_of(site, "GET", "/a"), std::runtime_error);
}

// --- how it is asked

TEST(router, finds_plain_functions_that_need_no_coroutine) {
    router inner;
    inner.get("/x", says("x")).get("/notes/{id}", [](request&, int) { return "note"; });
    inner.get("/later/{id}", note);
    router site;
    site.mount("/inner", std::move(inner));
    const auto answers_now = [&site](std::string_view target) {
        request asked = received("GET", target);
        return site.find(asked).answers_now();
    };
    EXPECT_TRUE(answers_now("/inner/x"));
    EXPECT_TRUE(answers_now("/inner/notes/7"));
    EXPECT_TRUE(answers_now("/none"));
    EXPECT_FALSE(answers_now("/inner/later/7"));
    site.use(tagging("seen"));
    EXPECT_FALSE(answers_now("/inner/x"));
}

TEST(router, answers_without_being_asked_for_the_way) {
    router site;
    site.get("/x", says("x"));
    const auto main = [&site]() -> async<> {
        request asked = received("GET", "/x");
        auto answering = site.answer(asked);
        response got = co_await std::move(answering);
        EXPECT_EQ(got.body().in_memory(), "x");
    };
    patio::testing::run(main);
}

TEST(router, moves_with_all_that_it_has) {
    router site;
    router inner;
    inner.get("/x", says("x"));
    site.use(tagging("seen")).mount("/m", std::move(inner)).fallback(says("fallback"));
    router moved = std::move(site);
    EXPECT_EQ(get(moved, "/m/x"), "x");
    EXPECT_EQ(get(moved, "/m/y"), "fallback");
    EXPECT_EQ(answer_of(moved, "GET", "/m/x").header("Tag"), "seen");
}

TEST(router, dies_with_the_request_wherever_it_is_cancelled) {
    const auto main = []() -> async<> {
        router site;
        site.use(tagging("a")).use(tagging("b")).get("/notes/{id}", note);
        request asked = received("GET", "/notes/7");
        auto answering = site.answer(asked);
        response got = co_await std::move(answering);
        EXPECT_EQ(got.status(), 200);
    };
    EXPECT_GT(patio::testing::cancel_everywhere(main), 1U);
}

}  // namespace
