// SPDX-License-Identifier: MIT

#include "lines.hpp"

#include "characters.hpp"
#include "lists.hpp"

#include <algorithm>

namespace patio::wire::http {

namespace {

void take_bytes(byte_view& input, std::string& text, std::size_t count) {
    text.append(reinterpret_cast<const char*>(input.data()), count);
    input = input.from(count);
}

problem parse_version(std::string_view text, version& into) noexcept {
    // HTTP-version of RFC 9112 section 2.3: upper case, one digit, a point, one digit.
    constexpr std::string_view name = "HTTP/";
    if (text.size() != name.size() + 3 || !text.starts_with(name) || !is_digit(text[5]) ||
        text[6] != '.' || !is_digit(text[7])) {
        return problem::start_line_malformed;
    }
    if (text[5] != '1' || text[7] > '1') return problem::version_unsupported;
    into = text[7] == '1' ? version::http_1_1 : version::http_1_0;
    return problem::none;
}

bool is_framing_name(std::string_view name) noexcept {
    return (name.size() == 14 && is_same_token(name, "content-length")) ||
           (name.size() == 17 && is_same_token(name, "transfer-encoding"));
}

/// Takes characters of tokens off the front. **Returns** whether there were any.
bool take_token(std::string_view& text) noexcept {
    const std::size_t before = text.size();
    while (!text.empty() && is_token_character(text.front()))
        text.remove_prefix(1);
    return text.size() != before;
}

bool take_quoted(std::string_view& text) noexcept {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return true;
        }
    }
    return false;
}

bool is_chunk_extension(std::string_view text) noexcept {
    while (!text.empty()) {
        if (text.front() != ';') return false;
        text.remove_prefix(1);
        if (!take_token(text)) return false;
        if (!text.starts_with('=')) continue;
        text.remove_prefix(1);
        if (!(text.starts_with('"') ? take_quoted(text) : take_token(text))) return false;
    }
    return true;
}

}  // namespace

line_gatherer::outcome line_gatherer::take(byte_view& input, std::string& text,
                                           std::size_t bytes_max) {
    if (input.empty()) return outcome::need_more;
    if (!has_cr_) {
        // One more than the line may have: there must be its CR, if not before.
        const std::size_t room = bytes_max + 1 - std::min(bytes_max, text.size() - begin_);
        const std::string_view window{reinterpret_cast<const char*>(input.data()),
                                      std::min(room, input.size())};
        const std::size_t index = find_control(window);
        const bool is_end = index < window.size() && window[index] == '\r';
        if (is_end && input.size() > index + 1 && input.data()[index + 1] == std::byte{'\n'}) {
            take_bytes(input, text, index + 2);
            return outcome::line;
        }
        take_bytes(input, text, is_end ? index + 1 : index);
        if (index == window.size()) return index == room ? outcome::too_long : outcome::need_more;
        if (!is_end) return window[index] == '\n' ? outcome::bare_lf : outcome::control_character;
        has_cr_ = true;
        if (input.empty()) return outcome::need_more;
    }
    if (*input.data() != std::byte{'\n'}) return outcome::bare_cr;
    take_bytes(input, text, 1);
    has_cr_ = false;
    return outcome::line;
}

problem problem_of(line_gatherer::outcome outcome, problem if_too_long) noexcept {
    switch (outcome) {
        case line_gatherer::outcome::too_long:
            return if_too_long;
        case line_gatherer::outcome::bare_cr:
            return problem::bare_cr;
        case line_gatherer::outcome::bare_lf:
            return problem::bare_lf;
        case line_gatherer::outcome::control_character:
            return problem::control_character;
        default:
            return problem::none;
    }
}

problem parse_field_line(std::string_view line, std::size_t begin, field_place& into) noexcept {
    if (line.empty()) return problem::field_malformed;
    if (is_blank(line.front())) return problem::field_folded;
    std::size_t colon = 0;
    while (colon < line.size() && is_token_character(line[colon]))
        ++colon;
    if (colon == 0 || colon == line.size() || line[colon] != ':') return problem::field_malformed;
    const std::string_view name = line.substr(0, colon);
    const std::string_view raw = line.substr(colon + 1);
    const std::string_view value = without_blanks(raw);
    const auto value_begin = static_cast<std::size_t>(value.data() - line.data());
    if (is_framing_name(name) && raw.size() != value.size()) {
        const bool is_plain = raw.size() == value.size() + 1 && raw.front() == ' ';
        if (!is_plain) {
            return name.size() == 14 ? problem::length_malformed : problem::encoding_malformed;
        }
    }
    into = {begin, colon, begin + value_begin, value.size()};
    return problem::none;
}

problem parse_request_line(std::string_view line, request_head& into) noexcept {
    const std::size_t first = line.find(' ');
    if (first == std::string_view::npos) return problem::start_line_malformed;
    const std::size_t last = line.rfind(' ');
    into.method = line.substr(0, first);
    if (!is_token(into.method) || last == first) return problem::start_line_malformed;
    into.target = line.substr(first + 1, last - first - 1);
    return parse_version(line.substr(last + 1), into.version);
}

problem parse_status_line(std::string_view line, response_head& into) noexcept {
    constexpr std::size_t version_size = 8;
    const problem of_version = parse_version(line.substr(0, version_size), into.version);
    if (of_version != problem::none) return of_version;
    const std::string_view rest = line.substr(version_size);
    if (rest.size() < 4 || rest[0] != ' ') return problem::status_malformed;
    // RFC 9110 section 15: the first digit is the class; there is none of 0.
    if (!is_digit(rest[1]) || !is_digit(rest[2]) || !is_digit(rest[3]) || rest[1] == '0')
        return problem::status_malformed;
    if (rest.size() > 4 && rest[4] != ' ') return problem::status_malformed;
    into.status = (rest[1] - '0') * 100 + (rest[2] - '0') * 10 + (rest[3] - '0');
    into.reason = rest.size() > 5 ? rest.substr(5) : std::string_view{};
    return problem::none;
}

chunk_line parse_chunk_line(std::string_view line) noexcept {
    constexpr std::size_t digits_max = 16;
    std::size_t count = 0;
    while (count < line.size() && is_hex_digit(line[count]))
        ++count;
    chunk_line parts{problem::none, 0, line.substr(count)};
    if (count == 0) {
        parts.what = problem::chunk_size_malformed;
    } else if (count > digits_max) {
        parts.what = problem::chunk_size_too_large;
    } else if (!parts.extension.empty() && parts.extension.front() != ';') {
        parts.what = problem::chunk_size_malformed;
    } else if (!is_chunk_extension(parts.extension)) {
        parts.what = problem::chunk_extension_malformed;
    } else {
        for (const char c : line.substr(0, count))
            parts.size = parts.size << 4u | hex_value(c);
    }
    return parts;
}

}  // namespace patio::wire::http
