// SPDX-License-Identifier: MIT

#include "progress.hpp"

#include "text.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace fetch {

namespace {

constexpr std::size_t columns_for_numbers = 29;
constexpr std::size_t bar_columns_max = 40;

/// Where the bar of a transfer without a known length is: it goes to and fro in two seconds.
double swing(patio::duration since) {
    const double phase = std::fmod(since.in_seconds() / 2, 1.0);
    return phase < 0.5 ? phase * 2 : 2 - phase * 2;
}

std::string bar_of(const transfer& of, std::size_t columns, patio::time_point now) {
    if (of.bytes_total && *of.bytes_total > 0) {
        const double part = static_cast<double>(of.bytes) / static_cast<double>(*of.bytes_total);
        return bar(0, part, columns);
    }
    constexpr double length = 0.2;
    const double begin = swing(now - of.began) * (1 - length);
    return bar(begin, begin + length, columns);
}

std::string line_of(const transfer& of, const canvas& on, patio::time_point now) {
    std::string numbers = bytes_text(of.bytes);
    if (of.bytes_total) numbers += " of " + bytes_text(*of.bytes_total);
    if (of.bytes == 0 && !of.bytes_total) numbers = "waiting";
    numbers = fmt::format("{:>19} {:>9}", numbers, seconds_text(now - of.began));
    if (on.columns <= columns_for_numbers + 4) return fitted(of.label, on.columns);

    const std::size_t left = on.columns - columns_for_numbers - 2;
    const std::size_t bar_columns = std::min(left / 2, bar_columns_max);
    return fitted(of.label, left - bar_columns) + " " +
           painted(bar_of(of, bar_columns, now), colour::blue, on) + " " + numbers;
}

std::string total_of(const progress& state, const canvas& on, patio::time_point now) {
    std::uint64_t bytes = state.bytes;
    for (const transfer& each : state.underway)
        bytes += each.bytes;
    std::string text = fmt::format("{} done", state.done);
    if (state.failed > 0) text += fmt::format(", {} failed", state.failed);
    text += fmt::format(", {} underway, {} waiting · {} · {}", state.underway.size(), state.waiting,
                        bytes_text(bytes), seconds_text(now - state.began));
    if (columns_of(text) > on.columns) text = fitted(text, on.columns);
    return painted(text, state.failed > 0 ? colour::yellow : colour::green, on);
}

}  // namespace

std::string bar(double begin, double end, std::size_t columns) {
    // Halves of columns, so that it grows smoothly.
    const auto halves = static_cast<double>(columns * 2);
    const auto place = [&](double part) {
        return static_cast<std::size_t>(std::lround(std::clamp(part, 0.0, 1.0) * halves));
    };
    const std::size_t first = place(begin);
    const std::size_t last = place(end);
    std::string line;
    for (std::size_t i = 0; i < columns * 2; i += 2) {
        const bool left = i >= first && i < last;
        const bool right = i + 1 >= first && i + 1 < last;
        line += left && right ? "━" : left ? "╸" : right ? "╺" : "·";
    }
    return line;
}

std::string painted(const std::string& text, colour in, const canvas& on) {
    if (!on.has_colours) return text;
    return fmt::format("\x1b[{}m{}\x1b[0m", static_cast<int>(in), text);
}

std::vector<std::string> draw(const progress& state, const canvas& on, patio::time_point now) {
    std::vector<std::string> lines;
    const std::size_t room = on.rows > 3 ? on.rows - 3 : 0;
    const std::size_t hidden = state.underway.size() > room ? state.underway.size() - room + 1 : 0;
    for (const transfer& each : state.underway) {
        if (lines.size() + hidden >= state.underway.size()) break;
        lines.push_back(line_of(each, on, now));
    }
    if (hidden > 0 && room > 0)
        lines.push_back(fitted(fmt::format("… and {} more", hidden), on.columns));
    lines.push_back(total_of(state, on, now));
    return lines;
}

}  // namespace fetch
