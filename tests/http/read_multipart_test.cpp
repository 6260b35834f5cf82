// SPDX-License-Identifier: MIT

#include <patio/http/read_multipart.hpp>

#include "http/answers.hpp"
#include "support/scratch.hpp"

#include <patio/core/async_generator.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>
#include <patio/io/run.hpp>
#include <patio/testing/cancel_everywhere.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::http::body;
using patio::http::multipart_form;
using patio::http::multipart_options;
using patio::http::multipart_part;
using patio::http::read_multipart;
using patio::http::request;
using patio::http::status_error;
using patio::http::test_support::received;

const std::string two_parts =
    "--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nNotes\r\n"
    "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
    "Content-Type: text/markdown\r\n\r\nline 1\r\nline 2\r\n--x--\r\n";

patio::async_generator<std::string> in_pieces(std::string text, std::size_t bytes) {
    for (std::size_t at = 0; at < text.size(); at += bytes) {
        co_await patio::sleep(1ms);
        co_yield text.substr(at, bytes);
    }
}

request form_with(body content) {
    request asked = received("POST", "/");
    asked.with("Content-Type", "multipart/form-data; boundary=x").with(std::move(content));
    return asked;
}

async<std::string> all_of(request asked, multipart_options options) {
    multipart_form form = read_multipart(asked, options);
    std::string all;
    for (;;) {
        auto going_on = form.next();
        std::optional<multipart_part> part = co_await std::move(going_on);
        if (!part) break;
        auto reading = part->text();
        const std::string text = co_await std::move(reading);
        all.append(part->name()).append("=").append(text).append(";");
    }
    co_return all;
}

int status_of(body content, multipart_options options = {}) {
    try {
        (void)patio::testing::run(all_of(form_with(std::move(content)), options));
    } catch (const status_error& refused) {
        return refused.status();
    }
    return 200;
}

TEST(multipart, has_parts_with_names) {
    const auto main = []() -> async<> {
        request asked = form_with(two_parts);
        multipart_form form = read_multipart(asked);
        auto first = form.next();
        std::optional<multipart_part> title = co_await std::move(first);
        EXPECT_EQ(title->name(), "title");
        EXPECT_EQ(title->filename(), std::nullopt);
        EXPECT_EQ(title->content_type(), "text/plain");
        auto second = form.next();
        std::optional<multipart_part> file = co_await std::move(second);
        EXPECT_EQ(file->name(), "file");
        EXPECT_EQ(file->filename(), "a.txt");
        EXPECT_EQ(file->content_type(), "text/markdown");
        EXPECT_EQ(file->headers().size(), 2U);
        auto reading = file->text();
        const std::string text = co_await std::move(reading);
        EXPECT_EQ(text, "line 1\r\nline 2");
        for (int i = 0; i < 2; ++i) {
            auto going_on = form.next();
            const std::optional<multipart_part> none = co_await std::move(going_on);
            EXPECT_FALSE(none.has_value());
        }
    };
    patio::testing::run(main);
}

TEST(multipart, comes_in_any_pieces) {
    for (const std::size_t bytes : {1U, 2U, 7U, 100U, 1000U}) {
        body content{in_pieces(two_parts, bytes)};
        EXPECT_EQ(patio::testing::run(all_of(form_with(std::move(content)), {})),
                  "title=Notes;file=line 1\r\nline 2;");
    }
}

TEST(multipart, skips_what_nobody_reads) {
    const auto main = []() -> async<> {
        request asked = form_with(body{in_pieces(two_parts, 3)});
        multipart_form form = read_multipart(asked);
        auto first = form.next();
        std::optional<multipart_part> title = co_await std::move(first);
        auto reading = title->body().read_some(2);
        const std::string begin = co_await std::move(reading);
        EXPECT_FALSE(begin.empty());
        auto second = form.next();
        std::optional<multipart_part> file = co_await std::move(second);
        EXPECT_EQ(file->name(), "file");
        bool is_refused = false;
        try {
            auto late = title->text();
            (void)co_await std::move(late);
        } catch (const patio::usage_error&) {
            is_refused = true;
        }
        EXPECT_TRUE(is_refused);
    };
    patio::testing::run(main);
}

TEST(multipart, saves_files) {
    const patio::test_support::scratch_directory scratch;
    const auto main = [&scratch]() -> async<> {
        request asked = form_with(two_parts);
        multipart_form form = read_multipart(asked);
        for (;;) {
            auto going_on = form.next();
            std::optional<multipart_part> part = co_await std::move(going_on);
            if (!part) break;
            if (part->filename()) co_await part->save_to(scratch / "saved");
        }
    };
    patio::run(main());
    EXPECT_EQ(scratch.content_of(scratch / "saved"), "line 1\r\nline 2");
}

TEST(multipart, may_end_before_its_parts_and_operations) {
    const auto main = []() -> async<> {
        std::optional<multipart_part> title;
        {
            request asked = form_with(body{in_pieces(two_parts, 3)});
            multipart_form form = read_multipart(asked);
            auto first = form.next();
            title = co_await std::move(first);
        }
        auto reading = title->text();
        title.reset();
        const std::string text = co_await std::move(reading);
        EXPECT_EQ(text, "Notes");
    };
    patio::testing::run(main);
}

TEST(multipart, refuses_what_is_no_form) {
    request asked = received("POST", "/");
    asked.with("Content-Type", "text/plain").with(body{two_parts});
    try {
        (void)read_multipart(asked);
        ADD_FAILURE() << "nothing was thrown";
    } catch (const status_error& refused) {
        EXPECT_EQ(refused.status(), 415);
    }
    EXPECT_EQ(asked.body().in_memory(), two_parts);
}

TEST(multipart, refuses_what_is_malformed) {
    EXPECT_EQ(status_of(two_parts), 200);
    EXPECT_EQ(status_of(two_parts.substr(0, 70)), 400);
    EXPECT_EQ(status_of(""), 400);
    EXPECT_EQ(status_of("--x\r\nContent-Type: text/plain\r\n\r\n\r\n--x--"), 400);
}

TEST(multipart, has_limits) {
    EXPECT_EQ(status_of(two_parts, multipart_options{}.parts_max(2)), 200);
    EXPECT_EQ(status_of(two_parts, multipart_options{}.parts_max(1)), 413);
    EXPECT_EQ(status_of(two_parts, multipart_options{}.part_header_bytes_max(40)), 413);
    EXPECT_EQ(status_of(two_parts, multipart_options{}.bytes_max(two_parts.size())), 200);
    EXPECT_EQ(status_of(two_parts, multipart_options{}.bytes_max(two_parts.size() - 1)), 413);
}

TEST(multipart, can_be_cancelled_everywhere) {
    const auto main = []() -> async<> {
        auto reading = all_of(form_with(body{in_pieces(two_parts, 20)}), {});
        (void)co_await std::move(reading);
    };
    EXPECT_GT(patio::testing::cancel_everywhere(main), 5U);
}

}  // namespace
