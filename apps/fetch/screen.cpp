// SPDX-License-Identifier: MIT

#include "screen.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

namespace fetch {

namespace {

constexpr std::string_view hide_cursor = "\x1b[?25l";
constexpr std::string_view show_cursor = "\x1b[?25h";
constexpr std::string_view clear_line = "\x1b[K";
constexpr std::string_view clear_below = "\x1b[J";

std::string up(std::size_t rows) {
    return rows == 0 ? "\r" : "\r\x1b[" + std::to_string(rows) + "A";
}

}  // namespace

canvas canvas_of_stdout() {
    canvas on;
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
        on.columns = size.ws_col;
        on.rows = size.ws_row;
    }
    // https://no-color.org: set and not empty.
    const char* no_color = std::getenv("NO_COLOR");
    const bool wants_none = no_color != nullptr && *no_color != '\0';
    on.has_colours = kind_of_stdout() == screen_kind::terminal && !wants_none;
    return on;
}

screen_kind kind_of_stdout() {
    const char* term = std::getenv("TERM");
    const bool is_dumb = term == nullptr || std::string_view{term} == "dumb";
    return ::isatty(STDOUT_FILENO) != 0 && !is_dumb ? screen_kind::terminal : screen_kind::lines;
}

screen::~screen() {
    // Whoever ends like this has no time for more. Nothing can be done if it fails.
    if (is_cursor_hidden_) (void)!::write(STDOUT_FILENO, show_cursor.data(), show_cursor.size());
}

void screen::say(std::string line) {
    if (kind_ == screen_kind::silent) return;
    said_.push_back(std::move(line));
    has_lines_.set();
}

void screen::end() noexcept {
    is_ending_ = true;
    ending_.set();
    has_lines_.set();
}

patio::async<> screen::finish(picture last) {
    if (kind_ != screen_kind::terminal) {
        for (std::string& line : last)
            say(std::move(line));
        co_await write_lines();
        co_return;
    }
    co_await write_frame(std::move(last));
    picture_rows_ = 0;
    if (is_cursor_hidden_) co_await out_.write(show_cursor);
    is_cursor_hidden_ = false;
}

patio::async<> screen::write_frame(picture lines) {
    std::string frame;
    if (!is_cursor_hidden_) frame += hide_cursor;
    is_cursor_hidden_ = true;
    frame += up(picture_rows_);
    std::vector<std::string> above = std::exchange(said_, {});
    picture_rows_ = lines.size();
    std::ranges::move(lines, std::back_inserter(above));
    for (const std::string& line : above)
        frame.append(line).append(clear_line).append("\n");
    frame += clear_below;
    co_await out_.write(frame);
}

patio::async<> screen::write_lines() {
    std::string text;
    for (const std::string& line : said_)
        text.append(line).append("\n");
    said_.clear();
    has_lines_.clear();
    if (!text.empty()) co_await out_.write(text);
}

}  // namespace fetch
