// SPDX-License-Identifier: MIT

#include <patio/http/body.hpp>

#include "http/access.hpp"
#include "http/file_body.hpp"
#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/io/run.hpp>
#include <patio/testing/cancel_everywhere.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::byte_span;
using patio::http::body;
using patio::test_support::scratch_directory;

patio::async_generator<std::string> pieces() {
    for (const char* piece : {"ab", "", "cde", "f"}) {
        co_await patio::sleep(1s);
        co_yield std::string{piece};
    }
}

template <class F>
std::optional<patio::error> failure_of(F&& reads) {
    try {
        reads();
    } catch (const patio::error& failure) {
        return failure;
    }
    return std::nullopt;
}

TEST(body, is_nothing_by_default) {
    body none;
    EXPECT_FALSE(none.has_value());
    EXPECT_EQ(none.length(), 0U);
    EXPECT_EQ(patio::testing::run(none.text()), "");
    EXPECT_EQ(patio::testing::run(none.read_some(10)), "");
}

TEST(body, is_a_text) {
    body text{"hello"};
    EXPECT_TRUE(text.has_value());
    EXPECT_TRUE(body{""}.has_value());
    EXPECT_EQ(text.length(), 5U);
    EXPECT_EQ(text.in_memory(), "hello");
    EXPECT_EQ(patio::testing::run(text.read_some(3)), "hel");
    EXPECT_EQ(patio::testing::run(text.text()), "lo");
    EXPECT_EQ(patio::testing::run(text.text()), "");
    EXPECT_EQ(text.length(), 5U);
    EXPECT_EQ(text.trailers(), nullptr);
}

TEST(body, is_read_into_memory_of_the_caller) {
    const auto main = []() -> async<> {
        body text{"hello"};
        char target[4];
        auto first = text.read_some(byte_span{target, sizeof target});
        const std::size_t count = co_await std::move(first);
        EXPECT_EQ((std::string_view{target, count}), "hell");
        auto second = text.read_some(byte_span{target, sizeof target});
        const std::size_t rest = co_await std::move(second);
        EXPECT_EQ(rest, 1U);
        auto third = text.read_some(byte_span{target, sizeof target});
        const std::size_t end = co_await std::move(third);
        EXPECT_EQ(end, 0U);
    };
    patio::testing::run(main);
}

TEST(body, is_what_a_generator_gives) {
    body made{pieces()};
    EXPECT_EQ(made.length(), std::nullopt);
    EXPECT_EQ(made.in_memory(), std::nullopt);
    EXPECT_EQ(patio::testing::run(made.text()), "abcdef");
    const auto main = []() -> async<> {
        body slow{pieces(), 6};
        EXPECT_EQ(slow.length(), 6U);
        auto first = slow.read_some(1);
        const std::string a = co_await std::move(first);
        auto second = slow.read_some(100);
        const std::string b = co_await std::move(second);
        auto third = slow.read_some(100);
        const std::string c = co_await std::move(third);
        EXPECT_EQ(a + "|" + b + "|" + c, "a|b|cde");
    };
    patio::testing::run(main);
}

TEST(body, that_is_generated_must_have_the_length_that_was_said) {
    body shorter{pieces(), 7};
    EXPECT_THROW((void)patio::testing::run(shorter.text()), patio::usage_error);
    body longer{pieces(), 5};
    EXPECT_THROW((void)patio::testing::run(longer.text()), patio::usage_error);
}

TEST(body, is_read_up_to_a_limit) {
    body text{"12345"};
    const auto failure = failure_of([&] { (void)patio::testing::run(text.text(4)); });
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->code(), patio::errc::limit_exceeded);
    EXPECT_EQ(patio::testing::run(text.text(5)), "12345");
    body made{pieces()};
    EXPECT_TRUE(failure_of([&] { (void)patio::testing::run(made.text(5)); }).has_value());
    body exactly{pieces()};
    EXPECT_EQ(patio::testing::run(exactly.text(6)), "abcdef");
}

TEST(body, can_be_dropped) {
    body made{pieces()};
    patio::testing::run(made.discard());
    EXPECT_EQ(patio::testing::run(made.text()), "");
    body text{"12345"};
    patio::testing::run(text.discard());
    EXPECT_EQ(patio::testing::run(text.text()), "");
    body long_one{pieces()};
    EXPECT_TRUE(failure_of([&] { patio::testing::run(long_one.discard(5)); }).has_value());
}

TEST(body, is_a_stream_with_lines) {
    const auto main = []() -> async<> {
        body text{"one\ntwo\n"};
        patio::stream lines = std::move(text).as_stream();
        EXPECT_FALSE(text.has_value());  // NOLINT: that is the question
        const auto first = co_await lines.read_line();
        const auto second = co_await lines.read_line();
        const auto third = co_await lines.read_line();
        EXPECT_EQ(first, "one");
        EXPECT_EQ(second, "two");
        EXPECT_EQ(third, std::nullopt);
        bool is_refused = false;
        try {
            co_await lines.write("x");
        } catch (const patio::error& failure) {
            is_refused = failure.code() == patio::errc::unsupported;
        }
        EXPECT_TRUE(is_refused);
    };
    patio::testing::run(main);
}

TEST(body, may_die_before_what_reads_it) {
    const auto main = []() -> async<> {
        std::optional<body> made{std::in_place, pieces()};
        auto reading = made->text();
        made.reset();
        const std::string all = co_await std::move(reading);
        EXPECT_EQ(all, "abcdef");
    };
    patio::testing::run(main);
}

TEST(body, is_nothing_after_it_was_moved_from) {
    body text{"12345"};
    (void)patio::testing::run(text.read_some(2));
    body moved = std::move(text);
    EXPECT_FALSE(text.has_value());  // NOLINT: that is the question
    EXPECT_EQ(text.length(), 0U);
    EXPECT_EQ(patio::testing::run(moved.text()), "345");
    text = std::move(moved);
    EXPECT_EQ(text.in_memory(), "12345");
}

TEST(body, can_be_cancelled_wherever_it_is_read) {
    const auto main = []() -> async<> {
        body made{pieces()};
        auto reading = made.text();
        const std::string all = co_await std::move(reading);
        EXPECT_EQ(all, "abcdef");
    };
    EXPECT_GT(patio::testing::cancel_everywhere(main), 4U);
}

class body_in_files : public patio::test_support::on_each_driver {
protected:
    scratch_directory scratch;
};
PATIO_TEST_ON_EACH_DRIVER(body_in_files);

TEST_P(body_in_files, is_a_part_of_one) {
    const std::string path = scratch.make("file", "0123456789");
    const auto main = [&path]() -> async<> {
        body all = co_await body::from_file(path);
        EXPECT_EQ(all.length(), 10U);
        auto reading_all = all.text();
        const std::string text = co_await std::move(reading_all);
        EXPECT_EQ(text, "0123456789");
        body part = co_await body::from_file(path, 3, 4);
        EXPECT_EQ(part.length(), 4U);
        auto reading_part = part.text();
        const std::string four = co_await std::move(reading_part);
        EXPECT_EQ(four, "3456");
        body end = co_await body::from_file(path, 10);
        EXPECT_EQ(end.length(), 0U);
    };
    patio::run(main(), options());
}

TEST_P(body_in_files, is_only_what_is_there) {
    const std::string path = scratch.make("file", "0123456789");
    const auto code = [&](std::string from, std::uint64_t offset,
                          std::optional<std::uint64_t> length) {
        const auto failure = failure_of([&] {
            auto opening = body::from_file(std::move(from), offset, length);
            (void)patio::run(std::move(opening), options());
        });
        return failure ? failure->code() : std::error_code{};
    };
    EXPECT_EQ(code(path, 11, {}), patio::errc::end_of_stream);
    EXPECT_EQ(code(path, 3, 8), patio::errc::end_of_stream);
    EXPECT_EQ(code(path, 3, UINT64_MAX), patio::errc::end_of_stream);
    EXPECT_EQ(code(scratch.path(), 0, {}), patio::errc::unsupported);
    EXPECT_EQ(code(scratch / "none", 0, {}), std::errc::no_such_file_or_directory);
}

TEST_P(body_in_files, fails_if_the_file_is_cut_meanwhile) {
    const std::string path = scratch.make("file", "0123456789");
    const auto main = [&path]() -> async<> {
        body all = co_await body::from_file(path);
        std::filesystem::resize_file(path, 4);
        auto reading = all.text();
        (void)co_await std::move(reading);
    };
    const auto failure = failure_of([&] { patio::run(main(), options()); });
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->code(), patio::errc::end_of_stream);
}

TEST_P(body_in_files, is_saved_whole_or_not_at_all) {
    const std::string target = scratch / "target";
    const auto simple = [&target]() -> async<> {
        body text{"a text"};
        const std::uint64_t count = co_await text.save_to(target);
        EXPECT_EQ(count, 6U);
    };
    patio::run(simple(), options());
    EXPECT_EQ(scratch_directory::content_of(target), "a text");
    const auto cut = [&target]() -> async<> {
        body made{pieces()};
        auto saving = made.save_to(target);
        const auto saved = co_await patio::move_on_after(1ms, std::move(saving));
        EXPECT_FALSE(saved.has_value());
    };
    patio::run(cut(), options());
    EXPECT_EQ(scratch_directory::content_of(target), "a text");
    EXPECT_EQ(scratch.count(), 1U);
}

TEST_P(body_in_files, is_saved_while_it_comes) {
    const std::string source = scratch.make("source", std::string(200000, 'x'));
    const std::string target = scratch / "target";
    const auto main = [&]() -> async<> {
        body all = co_await body::from_file(source);
        const std::uint64_t count = co_await all.save_to(target);
        EXPECT_EQ(count, 200000U);
    };
    patio::run(main(), options());
    EXPECT_EQ(scratch_directory::content_of(target), std::string(200000, 'x'));
    EXPECT_EQ(scratch.count(), 2U);
}

}  // namespace
