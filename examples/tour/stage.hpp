// SPDX-License-Identifier: MIT
#pragma once

// How the tour speaks: headings, paragraphs, code, bars and promises. Nothing about coroutines.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tour {

/// Seconds since an arbitrary point, on the real clock.
double seconds_now();
/// Seconds of processor time that this process has used.
double processor_seconds();

/// Measures from its construction.
class stopwatch {
public:
    [[nodiscard]] double seconds() const { return seconds_now() - start_; }

private:
    double start_ = seconds_now();
};

/// Who was busy when, to be drawn as bars.
class timeline {
public:
    /// A bar that grows until it is destroyed.
    class [[nodiscard]] bar {
    public:
        bar(timeline& drawn_on, std::string label);
        bar(const bar&) = delete;
        bar& operator=(const bar&) = delete;
        ~bar();

    private:
        timeline& line_;
        std::size_t row_;
    };

    /// A point in time: drawn as one cell.
    void mark(std::string label);

    struct span {
        std::string label;
        double begin;
        double end;
    };
    [[nodiscard]] const std::vector<span>& spans() const { return spans_; }
    /// From the first beginning to the last end.
    [[nodiscard]] double seconds() const;

private:
    std::vector<span> spans_;
    stopwatch clock_;
};

/// The output of one station, and whether it kept what it promised.
class stage {
public:
    stage(bool is_plain, std::string_view source) : is_plain_{is_plain}, source_{source} {}

    void title(int number, std::string_view text) const;
    /// A paragraph, wrapped.
    void say(std::string_view paragraph) const;
    /// Lines as they are, set off from the text: what a program printed.
    void show(std::string_view output) const;
    /// The part of this station's own source between "// show: TAG" and "// end".
    void code(std::string_view tag) const;
    /// A row for each label, on one scale of `seconds`; 0: as long as the timeline.
    void draw(const timeline& line, double seconds = 0) const;

    /// What the reader should see confirmed; a promise that does not hold fails the tour.
    void promise(bool is_kept, std::string_view text);
    [[nodiscard]] bool kept_all() const { return kept_all_; }

private:
    [[nodiscard]] std::string paint(std::string_view text, const char* colour) const;

    bool is_plain_;
    bool kept_all_ = true;
    std::string_view source_;
};

/// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...);

}  // namespace tour
