// SPDX-License-Identifier: MIT

#include "screen.hpp"

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/testing/run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using fetch::screen;
using fetch::screen_kind;
using patio::async;
using ::testing::HasSubstr;
using ::testing::StartsWith;

template <class F>
async<> use_screen(patio::stream to, screen_kind kind, F body) {
    screen shown{std::move(to), kind};
    const auto both = [&](patio::task_group& group) -> async<> {
        const auto picture = [] { return std::vector<std::string>{"picture"}; };
        group.spawn(shown.show(picture));
        auto working = body(shown);
        co_await std::move(working);
        shown.end();
    };
    co_await patio::with_task_group(both);
    std::vector<std::string> last;
    last.emplace_back("last");
    auto finishing = shown.finish(std::move(last));
    co_await std::move(finishing);
}

/// What the screen writes while `body(screen&)` runs.
template <class F>
std::string written(screen_kind kind, F body) {
    std::string all;
    patio::testing::run([&]() -> async<> {
        auto [mine, theirs] = patio::testing::memory_streams();
        patio::stream reader = std::move(theirs);
        auto using_it = use_screen(std::move(mine), kind, std::move(body));
        co_await std::move(using_it);
        auto reading = reader.read_all();
        all = co_await std::move(reading);
    });
    return all;
}

std::size_t count_of(const std::string& part, const std::string& in) {
    std::size_t count = 0;
    for (std::size_t at = in.find(part); at != std::string::npos; at = in.find(part, at + 1))
        ++count;
    return count;
}

async<> say_much(screen& shown) {
    for (int i = 0; i < 1000; ++i) {
        shown.say("line");
        co_await patio::sleep(1ms);
    }
}

TEST(screen, draws_ten_times_a_second_however_much_happens) {
    const std::string text = written(screen_kind::terminal, say_much);
    EXPECT_EQ(count_of("picture", text), 11U);  // at both ends of the second, too
    EXPECT_EQ(count_of("line", text), 1000U);
}

TEST(screen, puts_lines_above_the_picture_in_its_place) {
    const std::string text = written(screen_kind::terminal, [](screen& shown) -> async<> {
        co_await patio::sleep(150ms);
        shown.say("line");
    });
    EXPECT_EQ(text,
              "\x1b[?25l\rpicture\x1b[K\n\x1b[J"
              "\r\x1b[1Apicture\x1b[K\n\x1b[J"
              "\r\x1b[1Aline\x1b[K\nlast\x1b[K\n\x1b[J\x1b[?25h");
}

TEST(screen, writes_lines_at_once_and_no_picture_where_there_is_no_terminal) {
    EXPECT_EQ(written(screen_kind::lines,
                      [](screen& shown) -> async<> {
                          shown.say("one");
                          co_await patio::sleep(1ms);
                          shown.say("two");
                      }),
              "one\ntwo\nlast\n");
}

TEST(screen, gives_the_cursor_back_before_it_ends) {
    const std::string text = written(screen_kind::terminal, say_much);
    EXPECT_THAT(text, StartsWith("\x1b[?25l"));
    EXPECT_EQ(text.substr(text.size() - 6), "\x1b[?25h");
}

}  // namespace
