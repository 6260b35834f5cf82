// SPDX-License-Identifier: MIT
#pragma once

// The terminal, or whatever stands in its place.

#include "progress.hpp"

#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/timeout.hpp>

#include <string>
#include <utility>
#include <vector>

namespace fetch {

/// What lines are written to.
enum class screen_kind : std::uint8_t {
    lines,     ///< a pipe or a file: one line after the other
    terminal,  ///< lines, and a picture below them that is drawn again and again
    silent,
};

/// The terminal that standard output is, as it is now.
[[nodiscard]] canvas canvas_of_stdout();
/// `terminal` if standard output is one that can move its cursor.
[[nodiscard]] screen_kind kind_of_stdout();

/// Shows lines, and below them what is going on.
///
/// One task writes (`show`), so that nobody else waits for a slow terminal. The picture is drawn at
/// most ten times a second, however much happens. The cursor is hidden meanwhile, and comes back
/// with `finish` or, if that is not reached, when the screen is destroyed.
class screen {
public:
    /// How long a picture stays at least.
    static constexpr patio::duration picture_time = patio::duration::milliseconds(100);
    using picture = std::vector<std::string>;

    screen(patio::stream out, screen_kind kind) : out_{std::move(out)}, kind_{kind} {}
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;
    ~screen();

    /// Adds a line, which stays. Returns at once.
    void say(std::string line);
    /// Writes until `end`; `draw()` gives the picture's lines.
    template <class F>
    patio::async<> show(F draw) {
        while (!is_ending_) {
            if (kind_ == screen_kind::terminal) {
                auto writing = write_frame(draw());
                co_await std::move(writing);
                auto waiting = patio::move_on_after(picture_time, ending_.wait());
                co_await std::move(waiting);
            } else {
                co_await has_lines_.wait();
                co_await write_lines();
            }
        }
    }
    /// Ends `show`, once it has written what it is writing.
    void end() noexcept;
    /// Writes the lines that are left, with this picture as the last one, which stays.
    patio::async<> finish(picture last = {});

private:
    patio::async<> write_frame(picture lines);
    patio::async<> write_lines();

    patio::stream out_;
    screen_kind kind_;
    std::vector<std::string> said_;  // not yet written
    patio::event has_lines_;         // or nobody waits for any
    patio::event ending_;
    bool is_ending_ = false;
    std::size_t picture_rows_ = 0;  // on the terminal, above the cursor
    bool is_cursor_hidden_ = false;
};

}  // namespace fetch
