// SPDX-License-Identifier: MIT

#include "robots.hpp"

#include "page_url.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace fetch {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_same_word(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// Takes the first line away, whichever way it ends.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

/// Whether the pattern matches the beginning of the text; with `$` at its end all of it. A `*` that
/// turns out to have taken too little takes one more, and those before it need not: that is at most
/// the product of both lengths.
bool matches(std::string_view pattern, std::string_view text) {
    const bool is_anchored = pattern.ends_with('$');
    if (is_anchored) pattern.remove_suffix(1);
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t taken_to = 0;
    while (true) {
        if (p == pattern.size() && (!is_anchored || t == text.size())) return true;
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            taken_to = t;
        } else if (p < pattern.size() && t < text.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos && taken_to < text.size()) {
            p = star + 1;
            t = ++taken_to;
        } else {
            return false;
        }
    }
}

std::optional<patio::duration> seconds_in(std::string_view text) {
    double seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (read.ec != std::errc{} || !(seconds >= 0)) return std::nullopt;
    seconds = std::min(seconds, crawl_delay_max.in_seconds());
    return patio::duration::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

}  // namespace

/// Goes over the lines once and collects the rules for the program and those for everyone.
class robots_reader {
public:
    explicit robots_reader(std::string_view product) : product_{product} {}

    void line(std::string_view line) {
        line = line.substr(0, line.find('#'));
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) return;
        const std::string_view key = trimmed(line.substr(0, colon));
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (is_same_word(key, "user-agent")) {
            agent(value);
        } else if (is_same_word(key, "allow") || is_same_word(key, "disallow")) {
            is_in_head_ = false;
            // An empty path forbids nothing and allows nothing.
            if (!value.empty()) add({with_least_escapes(value), is_same_word(key, "allow")});
        } else if (is_same_word(key, "crawl-delay")) {
            is_in_head_ = false;
            delay(seconds_in(value));
        }
    }

    robots result() && { return std::move(has_own_ ? own_ : everyone_); }

private:
    void agent(std::string_view name) {
        if (!std::exchange(is_in_head_, true)) is_for_us_ = is_for_everyone_ = false;
        if (name == "*") {
            is_for_everyone_ = true;
        } else if (is_same_word(product_of(name), product_)) {
            is_for_us_ = has_own_ = true;
        }
    }
    void add(const robots::rule& rule) {
        if (is_for_us_) own_.rules_.push_back(rule);
        if (is_for_everyone_) everyone_.rules_.push_back(rule);
    }
    void delay(std::optional<patio::duration> length) {
        if (is_for_us_) own_.delay_ = length;
        if (is_for_everyone_) everyone_.delay_ = length;
    }

    std::string_view product_;
    robots own_;
    robots everyone_;
    bool has_own_ = false;
    bool is_in_head_ = false;  // of a group: lines that say for whom it is
    bool is_for_us_ = false;
    bool is_for_everyone_ = false;
};

robots robots::parse(std::string_view text, std::string_view product) {
    text = text.substr(0, robots_bytes_max);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    robots_reader reader{product};
    while (!text.empty())
        reader.line(take_line(text));
    return std::move(reader).result();
}

robots robots::none() {
    robots rules;
    rules.rules_.push_back({"/", false});
    return rules;
}

robots robots::of_answer(int status, std::string_view text, std::string_view product) {
    if (status >= 500) return none();
    if (status >= 400) return {};
    return parse(text, product);
}

bool robots::allows(std::string_view target) const {
    const std::string path = with_least_escapes(target);
    if (path == "/robots.txt") return true;
    const rule* decisive = nullptr;
    for (const rule& each : rules_) {
        const bool is_weaker =
            decisive != nullptr && (each.pattern.size() < decisive->pattern.size() ||
                                    (each.pattern.size() == decisive->pattern.size() &&
                                     (decisive->allows || !each.allows)));
        if (!is_weaker && matches(each.pattern, path)) decisive = &each;
    }
    return decisive == nullptr || decisive->allows;
}

std::string_view product_of(std::string_view user_agent) {
    const auto is_part = [](char c) {
        return (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '_';
    };
    const auto end = std::ranges::find_if_not(user_agent, is_part);
    return user_agent.substr(0, static_cast<std::size_t>(end - user_agent.begin()));
}

}  // namespace fetch
