// SPDX-License-Identifier: MIT

#include "url_host.hpp"

#include "percent_bytes.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace patio::http::detail {

namespace {

constexpr std::uint8_t forbidden = 1;          // in every host
constexpr std::uint8_t forbidden_in_name = 2;  // in the host of a special scheme
constexpr std::uint8_t to_change = 4;          // stays in a name, but not as it is

/// **Source** WHATWG URL Standard, section 3.2: forbidden host and domain code points.
consteval std::array<std::uint8_t, 256> make_host_table() {
    std::array<std::uint8_t, 256> table{};
    for (const char c : std::string_view{"\0\t\n\r #/:<>?@[\\]^|", 17})
        table[static_cast<unsigned char>(c)] = forbidden | forbidden_in_name;
    for (unsigned byte = 0; byte < 256; ++byte) {
        if (byte <= 0x1F || byte == 0x7F) table[byte] |= forbidden_in_name;
        if (byte >= 0x80 || (byte >= 'A' && byte <= 'Z')) table[byte] |= to_change;
    }
    table[static_cast<unsigned char>('%')] |= to_change;
    return table;
}
constexpr std::array<std::uint8_t, 256> host_table = make_host_table();

constexpr unsigned flags_of(char c) noexcept { return host_table[static_cast<unsigned char>(c)]; }

/// Where the first character stands that has one of the flags; the text's size if none has.
std::size_t find_flags(std::string_view text, unsigned flags) noexcept {
    std::size_t at = 0;
    while (at < text.size() && (flags_of(text[at]) & flags) == 0)
        ++at;
    return at;
}

/// A number of an IPv4 address: decimal, octal behind `0`, hexadecimal behind `0x`. Numbers too
/// large are 2^32.
std::optional<std::uint64_t> read_ipv4_number(std::string_view text) noexcept {
    if (text.empty()) return std::nullopt;
    unsigned base = 10;
    if (text.size() >= 2 && text[0] == '0') {
        base = to_lower(text[1]) == 'x' ? 16 : 8;
        text.remove_prefix(base == 16 ? 2 : 1);
    }
    constexpr std::uint64_t too_large = std::uint64_t{1} << 32U;
    std::uint64_t value = 0;
    for (const char c : text) {
        const unsigned digit = hex_value(c);
        if (digit >= base) return std::nullopt;
        value = value * base + digit;
        if (value > too_large) value = too_large;
    }
    return value;
}

std::string_view take_label(std::string_view& text) noexcept {
    const auto label = text.substr(0, text.find('.'));
    text.remove_prefix(label.size() < text.size() ? label.size() + 1 : label.size());
    return label;
}

std::string_view without_last_dot(std::string_view name) noexcept {
    if (name.size() > 1 && name.back() == '.') name.remove_suffix(1);
    return name;
}

/// Whether the name must be an IPv4 address: "the ends in a number checker".
bool ends_in_number(std::string_view name) noexcept {
    name = without_last_dot(name);
    const auto dot = name.rfind('.');
    const auto last = dot == std::string_view::npos ? name : name.substr(dot + 1);
    if (last.empty() || !is_digit(last.front())) return false;
    if (last.find_first_not_of("0123456789") == std::string_view::npos) return true;
    return read_ipv4_number(last).has_value();
}

std::optional<std::uint32_t> read_ipv4(std::string_view name) noexcept {
    name = without_last_dot(name);
    std::uint64_t address = 0;
    for (unsigned count = 0; count < 4; ++count) {
        const bool is_last = name.find('.') == std::string_view::npos;
        const auto number = read_ipv4_number(take_label(name));
        if (!number) return std::nullopt;
        if (is_last) {  // it fills all bytes that are left
            const std::uint64_t end = std::uint64_t{1} << (8 * (4 - count));
            if (*number >= end) return std::nullopt;
            return static_cast<std::uint32_t>(address + *number);
        }
        if (*number > 255) return std::nullopt;
        address += *number << (8 * (3 - count));
    }
    return std::nullopt;  // a fifth number
}

void append_number(std::string& to, std::uint32_t number, int base) {
    char digits[10];
    const auto end = std::to_chars(digits, digits + sizeof digits, number, base).ptr;
    to.append(digits, static_cast<std::size_t>(end - digits));
}

void append_ipv4(std::string& to, std::uint32_t address) {
    for (unsigned shift = 32; shift != 0;) {
        shift -= 8;
        append_number(to, address >> shift & 0xFFU, 10);
        if (shift != 0) to += '.';
    }
}

using ipv6_groups = std::array<std::uint16_t, 8>;

/// The dotted end of an IPv6 address: four decimal numbers without leading zeros.
bool read_ipv6_tail(std::string_view text, std::uint16_t* groups) noexcept {
    for (unsigned count = 0; count < 4; ++count) {
        const bool is_last = text.find('.') == std::string_view::npos;
        const auto number = take_label(text);
        if (is_last != (count == 3) || number.empty() || number.size() > 3) return false;
        if (number.size() > 1 && number.front() == '0') return false;
        unsigned value = 0;
        for (const char c : number) {
            if (!is_digit(c)) return false;
            value = value * 10 + static_cast<unsigned>(c - '0');
        }
        if (value > 255) return false;
        auto& group = groups[count / 2];
        group = static_cast<std::uint16_t>(unsigned{group} << 8U | value);
    }
    return true;
}

/// The place of `::` and the groups around it.
class ipv6_reader {
public:
    std::optional<ipv6_groups> read(std::string_view text) noexcept {
        if (text.starts_with(':')) {
            if (!text.starts_with("::")) return std::nullopt;
            text.remove_prefix(2);
            gap_ = 0;
        }
        while (!text.empty()) {
            if (!read_group(text)) return std::nullopt;
        }
        if (gap_ == none) {
            if (count_ != groups_.size()) return std::nullopt;
            return groups_;
        }
        ipv6_groups spread{};
        for (std::size_t i = 0; i < count_; ++i)
            spread[i < gap_ ? i : i + groups_.size() - count_] = groups_[i];
        return spread;
    }

private:
    static constexpr std::size_t none = 9;

    bool read_group(std::string_view& text) noexcept {
        if (places() == groups_.size()) return false;
        std::size_t length = 0;
        unsigned value = 0;
        while (length < 4 && length < text.size() && hex_value(text[length]) < 16)
            value = value << 4U | hex_value(text[length++]);
        if (length < text.size() && text[length] == '.') {
            if (places() > groups_.size() - 2) return false;
            if (!read_ipv6_tail(text, groups_.data() + count_)) return false;
            count_ += 2;
            text = {};
            return true;
        }
        if (length == 0) return false;
        groups_[count_++] = static_cast<std::uint16_t>(value);
        text.remove_prefix(length);
        return text.empty() || read_colons(text);
    }

    bool read_colons(std::string_view& text) noexcept {
        if (text.front() != ':') return false;
        text.remove_prefix(1);
        if (!text.starts_with(':')) return !text.empty();
        text.remove_prefix(1);
        if (gap_ != none || count_ == groups_.size()) return false;
        gap_ = count_;
        return true;
    }

    /// The groups that are taken; `::` stands for one at least.
    [[nodiscard]] std::size_t places() const noexcept { return count_ + (gap_ != none ? 1 : 0); }

    ipv6_groups groups_{};
    std::size_t count_ = 0;   // of the groups that were read
    std::size_t gap_ = none;  // before which of them `::` stands
};

/// Where the longest run of two zeros or more begins, and its length; the first of equals.
std::pair<std::size_t, std::size_t> longest_zeros(const ipv6_groups& groups) noexcept {
    std::pair<std::size_t, std::size_t> longest{groups.size(), 1};
    for (std::size_t i = 0; i < groups.size(); ++i) {
        std::size_t length = 0;
        while (i + length < groups.size() && groups[i + length] == 0)
            ++length;
        if (length > longest.second) longest = {i, length};
    }
    return longest;
}

void append_ipv6(std::string& to, const ipv6_groups& groups) {
    const auto [gap, gap_length] = longest_zeros(groups);
    to += '[';
    for (std::size_t i = 0; i < groups.size();) {
        if (i == gap) {
            to += i == 0 ? "::" : ":";
            i += gap_length;
            continue;
        }
        append_number(to, groups[i], 16);
        if (++i < groups.size()) to += ':';
    }
    to += ']';
}

host_outcome fail(url_fault fault, std::size_t position) {
    return {.fault = fault, .kind = url_host::none, .position = position};
}

host_outcome append_bracketed(std::string& to, std::string_view text) {
    if (text.size() < 2 || text.back() != ']') return fail(url_fault::bad_ipv6, 0);
    const auto groups = ipv6_reader{}.read(text.substr(1, text.size() - 2));
    if (!groups) return fail(url_fault::bad_ipv6, 0);
    append_ipv6(to, *groups);
    return {.kind = url_host::ipv6};
}

/// A name that is as it should be but for its letters' case, or an IPv4 address.
host_outcome append_name(std::string& to, std::string_view name) {
    if (ends_in_number(name)) {
        const auto address = read_ipv4(name);
        if (!address) return fail(url_fault::bad_ipv4, 0);
        append_ipv4(to, *address);
        return {.kind = url_host::ipv4};
    }
    to += name;
    return {.kind = url_host::name};
}

/// A name with capitals, percent-encoded bytes, or bytes beyond ASCII.
host_outcome append_changed_name(std::string& to, std::string_view text) {
    std::string name = percent_decode(text);
    for (char& c : name) {
        // Where it stood before decoding nobody could tell cheaply: it is the host's beginning.
        if (static_cast<unsigned char>(c) >= 0x80) return fail(url_fault::non_ascii_host, 0);
        if (c == '%' || (flags_of(c) & forbidden_in_name) != 0) {
            return fail(url_fault::bad_host, 0);
        }
        c = to_lower(c);
    }
    return append_name(to, name);
}

}  // namespace

host_outcome append_host(std::string& to, std::string_view text, bool is_special) {
    if (text.starts_with('[')) return append_bracketed(to, text);
    if (text.empty()) return {.kind = url_host::empty};
    if (is_special && find_flags(text, forbidden_in_name | to_change) == text.size()) {
        return append_name(to, text);
    }
    const unsigned refused = is_special ? forbidden_in_name : forbidden;
    if (const auto bad = find_flags(text, refused); bad != text.size()) {
        return fail(url_fault::bad_host, bad);
    }
    if (!is_special) {
        append_percent_encoded(to, text, percent_set::c0_control);
        return {.kind = url_host::opaque};
    }
    return append_changed_name(to, text);
}

}  // namespace patio::http::detail
