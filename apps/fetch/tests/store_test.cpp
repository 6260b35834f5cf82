// SPDX-License-Identifier: MIT

#include "store.hpp"

#include "support/scratch.hpp"

#include <patio/io/run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using fetch::found_page;
using fetch::known_page;
using fetch::page_result;
using fetch::store;
using patio::async;
using patio::test_support::scratch_directory;
using ::testing::HasSubstr;

class storing : public ::testing::Test {
protected:
    scratch_directory scratch;
    std::string path = scratch / "state.db";

    template <class F>
    void with_store(F body) {
        patio::run([&]() -> async<> {
            auto opening = store::open(path);
            store opened = co_await std::move(opening);
            auto working = body(opened);
            co_await std::move(working);
            co_await opened.close();
        });
    }
    static page_result done(std::string url) {
        page_result page;
        page.url = std::move(url);
        page.status = 200;
        page.file = "pages/x";
        return page;
    }
    std::vector<known_page> loaded() {
        std::vector<known_page> pages;
        with_store([&](store& opened) -> async<> {
            auto loading = opened.load();
            pages = co_await std::move(loading);
        });
        return pages;
    }
};

async<> add(store& to, const char* url, int depth = 0) {
    std::vector<found_page> pages;
    pages.push_back({url, depth});
    auto adding = to.add(std::move(pages));
    co_await std::move(adding);
}

TEST_F(storing, remembers_pages_once_and_in_their_order) {
    with_store([](store& opened) -> async<> {
        co_await add(opened, "http://b/");
        co_await add(opened, "http://a/", 2);
        co_await add(opened, "http://b/", 7);
    });
    const auto pages = loaded();
    ASSERT_EQ(pages.size(), 2U);
    EXPECT_EQ(pages[0].url, "http://b/");
    EXPECT_EQ(pages[0].depth, 0);
    EXPECT_EQ(pages[1].depth, 2);
    EXPECT_TRUE(pages[1].is_waiting);
}

TEST_F(storing, begins_again_with_what_was_underway) {
    with_store([](store& opened) -> async<> {
        co_await add(opened, "http://a/");
        co_await opened.begin("http://a/");
    });
    EXPECT_TRUE(loaded().at(0).is_waiting);
}

TEST_F(storing, keeps_results_and_what_they_lead_to) {
    std::string lines;
    with_store([&](store& opened) -> async<> {
        co_await add(opened, "http://a/");
        std::vector<found_page> found;
        found.push_back({"http://a/1", 1});
        auto finishing = opened.finish(done("http://a/"), std::move(found));
        co_await std::move(finishing);
        auto gathering = opened.json_lines();
        lines = co_await std::move(gathering);
    });
    EXPECT_EQ(lines, R"({"url":"http://a/","final_url":null,"depth":0,"status":200,"bytes":0,)"
                     R"("type":null,"milliseconds":0,"file":"pages/x","links":0,"kind":null,)"
                     R"("error":null})"
                     "\n");
    const auto pages = loaded();
    ASSERT_EQ(pages.size(), 2U);
    EXPECT_FALSE(pages[0].is_waiting);
    EXPECT_EQ(pages[0].file, "pages/x");
    EXPECT_TRUE(pages[1].is_waiting);
}

TEST_F(storing, remembers_where_a_crawl_began) {
    with_store([](store& opened) -> async<> {
        auto setting = opened.set_crawl_start("http://a/");
        co_await std::move(setting);
    });
    std::string start;
    with_store([&](store& opened) -> async<> {
        auto asking = opened.crawl_start();
        start = co_await std::move(asking);
    });
    EXPECT_EQ(start, "http://a/");
}

TEST_F(storing, refuses_a_file_that_is_something_else) {
    path = scratch.make("no_database", std::string(5000, 'x'));
    EXPECT_THROW(loaded(), patio::error);
}

TEST(json_line, is_valid_whatever_a_server_has_said) {
    page_result page;
    page.url = "http://a/";
    page.type = "\xff\"\n";
    EXPECT_THAT(fetch::json_line(page), HasSubstr(R"("type":"�\"\n")"));
}

}  // namespace
