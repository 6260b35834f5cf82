// SPDX-License-Identifier: MIT

#include "demo.hpp"

#include "screen.hpp"
#include "text.hpp"

#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/http/client.hpp>
#include <patio/http/server.hpp>
#include <patio/io/standard_streams.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace fetch {

namespace {

using patio::async;
using patio::duration;
using patio::time_point;
namespace http = patio::http;

// --- the site

struct slow_page {
    const char* path;
    duration takes;
};
constexpr std::array<slow_page, 9> menu{{
    {"/coffee", duration::milliseconds(350)},
    {"/toast", duration::milliseconds(250)},
    {"/eggs", duration::milliseconds(450)},
    {"/juice", duration::milliseconds(150)},
    {"/pasta", duration::milliseconds(500)},
    {"/salad", duration::milliseconds(200)},
    {"/soup", duration::milliseconds(400)},
    {"/cake", duration::milliseconds(300)},
    {"/bill", duration::milliseconds(100)},
}};

async<http::response> serve_slowly(http::request& asked) {
    const auto* page = std::ranges::find(menu, asked.path(), &slow_page::path);
    if (page == menu.end()) co_return http::response{404};
    co_await patio::sleep(page->takes);
    co_return http::response{std::string{page->path} + " is served\n"};
}

// --- fetching it

async<> fetch_lap(http::client& client, std::string url, time_point start, lap& measured) {
    measured.began = patio::now() - start;
    auto asking = client.get(url);
    http::response page = co_await std::move(asking);
    auto reading = page.raise_for_status().text();
    co_await std::move(reading);
    measured.ended = patio::now() - start;
}

/// The two rounds: this is all the difference there is.
async<> fetch_one_by_one(http::client& client, std::string site, time_point start, race& state) {
    for (std::size_t i = 0; i < menu.size(); ++i) {
        auto fetching = fetch_lap(client, site + menu[i].path, start, state.one_by_one[i]);
        co_await std::move(fetching);
    }
}
async<> fetch_at_once(http::client& client, std::string site, time_point start, race& state) {
    const auto body = [&](patio::task_group& group) -> async<> {
        for (std::size_t i = 0; i < menu.size(); ++i)
            group.spawn(fetch_lap(client, site + menu[i].path, start, state.at_once[i]));
        co_return;
    };
    co_await patio::with_task_group(body);
}

race prepared_race() {
    race state;
    for (const slow_page& each : menu) {
        state.paths.emplace_back(each.path);
        state.one_by_one_length += each.takes;
        state.at_once_length = std::max(state.at_once_length, each.takes);
    }
    state.one_by_one.resize(menu.size());
    state.at_once.resize(menu.size());
    return state;
}

// --- drawing it

constexpr std::size_t label_columns = 10;
constexpr std::size_t time_columns = 7;
constexpr std::size_t gap_columns = 3;
constexpr std::size_t chart_columns_max = 100;

duration length_of(const std::vector<lap>& laps, duration at_least) {
    for (const lap& each : laps)
        at_least = std::max(at_least, each.ended.value_or(duration{}));
    return at_least;
}

/// When the last of them had ended; nothing if one has not.
std::optional<duration> total_of(const std::vector<lap>& laps) {
    duration total;
    for (const lap& each : laps) {
        if (!each.ended) return std::nullopt;
        total = std::max(total, *each.ended);
    }
    return total;
}

/// A bar at its place in time, with its length written beside it where there is room.
std::string lap_text(const lap& of, duration now, double columns_per_second, std::size_t columns,
                     const canvas& on) {
    if (!of.began) return std::string(columns, ' ');
    const auto columns_for = [&](duration length) {
        return static_cast<std::size_t>(std::lround(length.in_seconds() * columns_per_second));
    };
    const duration end = of.ended.value_or(now);
    const duration length = std::max(end - *of.began, duration{});
    const std::size_t filled = std::clamp<std::size_t>(columns_for(length), 1, columns);
    const std::size_t first = std::min(columns_for(*of.began), columns - filled);
    const std::size_t last = first + filled;
    std::string bar;
    for (std::size_t i = first; i < last; ++i)
        bar += "━";
    bar = painted(bar, of.ended ? colour::green : colour::yellow, on);
    const std::string time = seconds_text(length);
    const std::size_t time_width = time.size() + 1;
    if (columns - last >= time_width) {
        return std::string(first, ' ') + bar + " " + time +
               std::string(columns - last - time_width, ' ');
    }
    if (first >= time_width) {
        return std::string(first - time_width, ' ') + time + " " + bar +
               std::string(columns - last, ' ');
    }
    return std::string(first, ' ') + bar + std::string(columns - last, ' ');
}

std::string total_text(const std::vector<lap>& laps) {
    const auto total = total_of(laps);
    return total ? "in all " + seconds_text(*total) : std::string{};
}

}  // namespace

std::vector<std::string> draw(const race& state, const canvas& on, duration now) {
    const duration left_length = length_of(state.one_by_one, state.one_by_one_length);
    const duration right_length = length_of(state.at_once, state.at_once_length);
    const double both = (left_length + right_length).in_seconds();
    const std::size_t fixed = label_columns + gap_columns + time_columns;
    const std::size_t room =
        std::min(on.columns > fixed + 20 ? on.columns - fixed : 20, chart_columns_max);
    const double scale = static_cast<double>(room) / both;
    const auto left = static_cast<std::size_t>(left_length.in_seconds() * scale);
    // The words above it have to fit, too.
    const std::size_t right = std::max<std::size_t>(room - left + time_columns, 11);

    const std::string blank(label_columns, ' ');
    const std::string gap(gap_columns, ' ');
    std::vector<std::string> lines;
    lines.push_back(blank + fitted("one after another", left) + gap + "all at once");
    const bool is_second = total_of(state.one_by_one).has_value();
    for (std::size_t i = 0; i < state.paths.size(); ++i) {
        lines.push_back(
            fitted(state.paths[i], label_columns) +
            lap_text(state.one_by_one[i], is_second ? left_length : now, scale, left, on) + gap +
            lap_text(state.at_once[i], now, scale, right, on));
    }
    lines.push_back(blank + fitted(total_text(state.one_by_one), left) + gap +
                    total_text(state.at_once));
    for (std::string& line : lines)
        line.resize(line.find_last_not_of(' ') + 1);
    return lines;
}

std::string verdict_of(const race& state) {
    const auto before = total_of(state.one_by_one);
    const auto after = total_of(state.at_once);
    if (!before || !after) return {};
    return fmt::format(
        "{:.1f} times faster, with one thread: while a page lets us wait, we ask for the others.",
        before->in_seconds() / after->in_seconds());
}

async<int> run_demo() {
    auto starting = http::start_server(serve_slowly, patio::endpoint::parse("127.0.0.1:0"));
    http::server server = co_await std::move(starting);
    const std::string site = fmt::format("http://127.0.0.1:{}", server.port());
    http::client client{http::client_options{}.without_proxy()};
    screen shown{patio::stdout_stream(), kind_of_stdout()};
    shown.say(
        fmt::format("A slow site on this machine has {} pages. We want them all:", menu.size()));
    shown.say("");

    race state = prepared_race();
    time_point start = patio::now();
    const auto body = [&](patio::task_group& group) -> async<> {
        group.spawn(
            shown.show([&] { return draw(state, canvas_of_stdout(), patio::now() - start); }));
        auto first = fetch_one_by_one(client, site, start, state);
        co_await std::move(first);
        client.close_idle();  // both rounds begin without connections
        start = patio::now();
        auto second = fetch_at_once(client, site, start, state);
        co_await std::move(second);
        shown.end();
    };
    co_await patio::with_task_group(body);
    std::vector<std::string> last = draw(state, canvas_of_stdout(), patio::now() - start);
    last.emplace_back();
    last.push_back(verdict_of(state));
    auto finishing = shown.finish(std::move(last));
    co_await std::move(finishing);
    server.stop(duration{});
    co_await server.wait_closed();
    co_return 0;
}

}  // namespace fetch
