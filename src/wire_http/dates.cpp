// SPDX-License-Identifier: MIT

#include "dates.hpp"

#include "characters.hpp"

#include <algorithm>
#include <cstddef>

namespace patio::wire::http {

namespace {

namespace ch = std::chrono;

constexpr std::array<std::string_view, 7> days{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                               "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Takes a text apart from left to right. After the first thing that is not there nothing else is.
class date_reader {
public:
    explicit date_reader(std::string_view text) noexcept : rest_{text} {}

    void expect(std::string_view text) noexcept {
        if (!take(text)) has_failed_ = true;
    }
    bool take(std::string_view text) noexcept {
        if (has_failed_ || !rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }
    unsigned number(std::size_t digits) noexcept {
        unsigned value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (has_failed_ || rest_.empty() || !is_digit(rest_.front())) {
                has_failed_ = true;
                return 0;
            }
            value = value * 10 + static_cast<unsigned>(rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }
    unsigned month() noexcept {
        for (unsigned i = 0; i < months.size(); ++i)
            if (take(months[i])) return i + 1;
        has_failed_ = true;
        return 0;
    }
    [[nodiscard]] bool is_done() const noexcept { return !has_failed_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool has_failed_ = false;
};

struct date_parts {
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
};

void read_time(date_reader& from, date_parts& into) noexcept {
    into.hour = from.number(2);
    from.expect(":");
    into.minute = from.number(2);
    from.expect(":");
    into.second = from.number(2);
}

void read_fixdate(date_reader& from, date_parts& into) noexcept {
    into.day = from.number(2);
    from.expect(" ");
    into.month = from.month();
    from.expect(" ");
    into.year = from.number(4);
    from.expect(" ");
    read_time(from, into);
    from.expect(" GMT");
}

unsigned full_year(unsigned two_digits, ch::sys_seconds now) noexcept {
    const auto today = ch::year_month_day{ch::floor<ch::days>(now)};
    const int latest = static_cast<int>(today.year()) + 50;
    int year = latest - latest % 100 + static_cast<int>(two_digits);
    if (year > latest) year -= 100;
    return static_cast<unsigned>(std::max(year, 0));
}

void read_rfc850(date_reader& from, date_parts& into, ch::sys_seconds now) noexcept {
    into.day = from.number(2);
    from.expect("-");
    into.month = from.month();
    from.expect("-");
    into.year = full_year(from.number(2), now);
    from.expect(" ");
    read_time(from, into);
    from.expect(" GMT");
}

void read_asctime(date_reader& from, date_parts& into) noexcept {
    into.month = from.month();
    from.expect(" ");
    into.day = from.take(" ") ? from.number(1) : from.number(2);
    from.expect(" ");
    read_time(from, into);
    from.expect(" ");
    into.year = from.number(4);
}

std::optional<ch::sys_seconds> put_together(const date_parts& parts) noexcept {
    const ch::year_month_day date{ch::year{static_cast<int>(parts.year)}, ch::month{parts.month},
                                  ch::day{parts.day}};
    if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60)
        return std::nullopt;
    return ch::sys_days{date} + ch::hours{parts.hour} + ch::minutes{parts.minute} +
           ch::seconds{parts.second};
}

void write_number(char* to, unsigned value, std::size_t digits) noexcept {
    for (std::size_t i = digits; i-- > 0; value /= 10)
        to[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::optional<ch::sys_seconds> parse_date(std::string_view text, ch::sys_seconds now) noexcept {
    date_reader from{text};
    date_parts parts;
    for (const std::string_view day : days) {
        // The long name first: it begins with the short one.
        const bool is_long = from.take(day);
        if (!is_long && !from.take(day.substr(0, 3))) continue;
        if (is_long) {
            from.expect(", ");
            read_rfc850(from, parts, now);
        } else if (from.take(", ")) {
            read_fixdate(from, parts);
        } else {
            from.expect(" ");
            read_asctime(from, parts);
        }
        return from.is_done() ? put_together(parts) : std::nullopt;
    }
    return std::nullopt;
}

date_text format_date(ch::sys_seconds when) noexcept {
    constexpr ch::sys_seconds earliest = ch::sys_days{ch::year{0} / 1 / 1};
    constexpr ch::sys_seconds latest = ch::sys_days{ch::year{10'000} / 1 / 1} - ch::seconds{1};
    when = std::clamp(when, earliest, latest);
    const auto midnight = ch::floor<ch::days>(when);
    const ch::year_month_day date{midnight};
    const ch::hh_mm_ss time{when - midnight};
    std::array<char, 29> all{};
    constexpr std::string_view model = "Day, 00 Mon 0000 00:00:00 GMT";
    std::copy(model.begin(), model.end(), all.begin());
    const std::string_view day = days[ch::weekday{midnight}.c_encoding()];
    std::copy_n(day.begin(), 3, all.begin());
    write_number(&all[5], static_cast<unsigned>(date.day()), 2);
    const std::string_view month = months[static_cast<unsigned>(date.month()) - 1];
    std::copy_n(month.begin(), 3, all.begin() + 8);
    write_number(&all[12], static_cast<unsigned>(static_cast<int>(date.year())), 4);
    write_number(&all[17], static_cast<unsigned>(time.hours().count()), 2);
    write_number(&all[20], static_cast<unsigned>(time.minutes().count()), 2);
    write_number(&all[23], static_cast<unsigned>(time.seconds().count()), 2);
    return date_text{all};
}

}  // namespace patio::wire::http
