// SPDX-License-Identifier: MIT

#include "stage.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <ctime>
#include <stdexcept>

namespace tour {

namespace {

constexpr std::size_t text_columns = 78;
constexpr int bar_columns = 46;
constexpr const char* bold = "1";
constexpr const char* dim = "2";
constexpr const char* red = "31";
constexpr const char* green = "32";
constexpr const char* cyan = "36";

double seconds_of(clockid_t clock) {
    timespec t{};
    clock_gettime(clock, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

}  // namespace

double seconds_now() { return seconds_of(CLOCK_MONOTONIC); }
double processor_seconds() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

timeline::bar::bar(timeline& drawn_on, std::string label)
    : line_{drawn_on}, row_{drawn_on.spans_.size()} {
    const double now = line_.clock_.seconds();
    line_.spans_.push_back({std::move(label), now, now});
}

timeline::bar::~bar() { line_.spans_[row_].end = line_.clock_.seconds(); }

void timeline::mark(std::string label) {
    const double now = clock_.seconds();
    spans_.push_back({std::move(label), now, now});
}

double timeline::seconds() const {
    double first = 1e9;
    double last = 0;
    for (const span& one : spans_) {
        first = std::min(first, one.begin);
        last = std::max(last, one.end);
    }
    return std::max(0.0, last - first);
}

std::string stage::paint(std::string_view words, const char* colour) const {
    if (is_plain_) return std::string{words};
    return "\033[" + std::string{colour} + "m" + std::string{words} + "\033[0m";
}

void stage::title(int number, std::string_view words) const {
    const std::string line = std::to_string(number) + ". " + std::string{words};
    std::printf("\n%s\n%s\n", paint(line, bold).c_str(),
                paint(std::string(line.size(), '-'), dim).c_str());
}

void stage::say(std::string_view paragraph) const {
    std::string line;
    std::size_t begin = 0;
    while (begin < paragraph.size()) {
        std::size_t end = paragraph.find(' ', begin);
        if (end == paragraph.npos) end = paragraph.size();
        const std::string_view word = paragraph.substr(begin, end - begin);
        if (!line.empty() && line.size() + 1 + word.size() > text_columns) {
            std::printf("%s\n", line.c_str());
            line.clear();
        }
        if (!line.empty()) line += ' ';
        line += word;
        begin = end + 1;
    }
    std::printf("%s\n", line.c_str());
}

void stage::show(std::string_view output) const {
    while (!output.empty()) {
        const std::size_t end = std::min(output.find('\n'), output.size());
        std::printf("  %s %s\n", paint("|", dim).c_str(),
                    std::string{output.substr(0, end)}.c_str());
        output.remove_prefix(std::min(end + 1, output.size()));
    }
}

void stage::code(std::string_view tag) const {
    const std::string opening = "// show: " + std::string{tag} + "\n";
    const std::size_t begin = source_.find(opening);
    if (begin == source_.npos) throw std::logic_error{"no code is tagged " + std::string{tag}};
    const std::size_t indent = begin - (source_.rfind('\n', begin) + 1);
    std::string_view rest = source_.substr(begin + opening.size());
    rest = rest.substr(0, rest.rfind('\n', rest.find("// end\n")) + 1);
    std::printf("\n");
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        line.remove_prefix(std::min(indent, line.size()));
        // A line that ends in "//" only tells the formatter to break it there.
        if (line.ends_with("//")) line = line.substr(0, line.find_last_not_of(" /") + 1);
        std::printf(line.empty() ? "\n" : "    %s\n", paint(line, cyan).c_str());
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    std::printf("\n");
}

void stage::draw(const timeline& line, double seconds) const {
    if (line.spans().empty()) return;
    const double scale = seconds > 0 ? seconds : line.seconds();
    const double first = line.spans().front().begin;
    const auto column = [&](double t) {
        const double share = scale > 0 ? (t - first) / scale : 0;
        return std::clamp(static_cast<int>(share * bar_columns + 0.5), 0, bar_columns);
    };
    std::vector<std::string> labels;
    for (const timeline::span& one : line.spans()) {
        if (std::find(labels.begin(), labels.end(), one.label) == labels.end()) {
            labels.push_back(one.label);
        }
    }
    for (const std::string& label : labels) {
        std::string row(bar_columns, ' ');
        double begun = 1e9;
        double ended = 0;
        for (const timeline::span& one : line.spans()) {
            if (one.label != label) continue;
            const int begin = std::min(column(one.begin), bar_columns - 1);
            const int end = std::max(column(one.end), begin + 1);
            std::fill(row.begin() + begin, row.begin() + end, '#');
            begun = std::min(begun, one.begin - first);
            ended = std::max(ended, one.end - first);
        }
        std::string bar;
        for (const char cell : row) {
            bar += cell == '#' ? (is_plain_ ? "#" : "█") : (is_plain_ ? "." : "·");
        }
        std::printf("    %-9s %s %.2f to %.2f s\n", label.c_str(), paint(bar, green).c_str(), begun,
                    ended);
    }
}

void stage::promise(bool is_kept, std::string_view words) {
    const std::string mark = is_plain_ ? (is_kept ? "[ok]  " : "[FAIL]") : (is_kept ? "✔" : "✘");
    std::printf("  %s %s\n", paint(mark, is_kept ? green : red).c_str(),
                std::string{words}.c_str());
    kept_all_ = kept_all_ && is_kept;
}

std::string text(const char* format, ...) {
    char buffer[512];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    return buffer;
}

}  // namespace tour
