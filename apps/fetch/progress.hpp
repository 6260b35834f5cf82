// SPDX-License-Identifier: MIT
#pragma once

// What is going on, as data, and how it looks as text.

#include <patio/base/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace fetch {

/// A page that is on its way.
struct transfer {
    std::string label;
    std::uint64_t bytes = 0;
    std::optional<std::uint64_t> bytes_total;  // once it is known
    patio::time_point began;
};

/// Everything that the lines at the bottom of the screen show. Those who fetch write it, the screen
/// reads it.
struct progress {
    std::list<transfer> underway;  // in the order of their beginnings; places do not move
    std::size_t done = 0;
    std::size_t failed = 0;
    std::size_t waiting = 0;
    std::uint64_t bytes = 0;  // of pages that have ended
    patio::time_point began;
};

/// What can be drawn on.
struct canvas {
    std::size_t columns = 80;
    std::size_t rows = 24;
    bool has_colours = false;
};

/// One line for each transfer, as many as there is room for, and one for everything. None is wider
/// than the canvas.
///
/// ```
/// example.org/docs/guide.html       ━━━━━━━━━━━━━╸──────────   1.2 MB of 2.1 MB   0.84 s
/// example.org/docs/                 ·····━━━━···············           12 kB      0.12 s
/// 17 done, 1 failed, 2 underway, 40 waiting · 23 MB · 3.2 s
/// ```
[[nodiscard]] std::vector<std::string> draw(const progress& state, const canvas& on,
                                            patio::time_point now);

/// A bar of so many columns, of which the part from `begin` to `end` (of 0 to 1) is filled.
[[nodiscard]] std::string bar(double begin, double end, std::size_t columns);

/// Text in a colour, or as it is.
enum class colour : std::uint8_t { red = 31, green = 32, yellow = 33, blue = 34, grey = 90 };
[[nodiscard]] std::string painted(const std::string& text, colour in, const canvas& on);

}  // namespace fetch
