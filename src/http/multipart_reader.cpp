// SPDX-License-Identifier: MIT

#include "multipart_reader.hpp"

#include "text_rules.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace patio::http {

namespace {

constexpr std::size_t boundary_bytes_max = 70;

bool is_boundary(std::string_view text) noexcept {
    constexpr std::string_view marks = "'()+_,-./:=? ";
    if (text.empty() || text.size() > boundary_bytes_max || text.back() == ' ') return false;
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return is_digit(c) || is_alpha(c) || marks.find(c) != std::string_view::npos;
    });
}

void skip_blanks(std::string_view& text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
}

std::string_view take_token(std::string_view& text) noexcept {
    const auto end = std::find_if_not(text.begin(), text.end(), is_token_character);
    const auto count = static_cast<std::size_t>(end - text.begin());
    const std::string_view token = text.substr(0, count);
    text.remove_prefix(count);
    return token;
}

/// Takes "; name=" off. **Returns** an empty name at the end, nothing if it is something else.
std::optional<std::string_view> take_parameter_name(std::string_view& text) noexcept {
    skip_blanks(text);
    if (text.empty()) return std::string_view{};
    if (text.front() != ';') return std::nullopt;
    text.remove_prefix(1);
    skip_blanks(text);
    const std::string_view name = take_token(text);
    if (name.empty() || text.empty() || text.front() != '=') return std::nullopt;
    text.remove_prefix(1);
    return name;
}

/// `quoted-string` of RFC 9110 section 5.6.4.
std::optional<std::string> take_quoted(std::string_view& text) {
    std::string value;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return value;
        }
        if (text[i] == '\\' && ++i == text.size()) break;
        value += text[i];
    }
    return std::nullopt;
}

/// What browsers put between quotes: no escapes but for these three characters.
std::string without_escapes(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            constexpr std::pair<std::string_view, char> escapes[] = {
                {"22", '"'}, {"0D", '\r'}, {"0A", '\n'}};
            for (const auto& [digits, meant] : escapes)
                if (is_same_name(text.substr(i + 1, 2), digits)) c = meant;
            if (c != '%') i += 2;
        }
        plain += c;
    }
    return plain;
}

/// A name or a file name: a token, or anything without quotes between quotes.
std::optional<std::string> take_form_value(std::string_view& text) {
    if (text.empty() || text.front() != '"') {
        const std::string_view token = take_token(text);
        if (token.empty()) return std::nullopt;
        return std::string{token};
    }
    const std::size_t end = text.find('"', 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string value = without_escapes(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    return value;
}

std::string without_directories(const std::string& path) {
    const std::size_t last = path.find_last_of("/\\");
    std::string name = last == std::string::npos ? path : path.substr(last + 1);
    if (name == "." || name == "..") name.clear();
    return name;
}

}  // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
    const std::size_t type_end = std::min(content_type.find(';'), content_type.size());
    if (!is_same_name(trimmed(content_type.substr(0, type_end)), "multipart/form-data"))
        return std::nullopt;
    content_type.remove_prefix(type_end);
    std::optional<std::string> boundary;
    for (;;) {
        const auto name = take_parameter_name(content_type);
        if (!name) return std::nullopt;
        if (name->empty()) break;
        std::optional<std::string> value;
        if (content_type.starts_with('"')) {
            value = take_quoted(content_type);
        } else {
            const std::size_t end =
                std::min(content_type.find_first_of("; \t"), content_type.size());
            value = std::string{content_type.substr(0, end)};
            content_type.remove_prefix(end);
        }
        if (!value) return std::nullopt;
        if (!is_same_name(*name, "boundary")) continue;
        if (boundary || !is_boundary(*value)) return std::nullopt;
        boundary = std::move(value);
    }
    return boundary;
}

multipart_reader::multipart_reader(std::string_view boundary, multipart_limits limits)
    : delimiter_{"\r\n--"}, limits_{limits} {
    delimiter_.append(boundary);
    expect_line();
}

void multipart_reader::expect_line() noexcept { matched_bytes_ = unread_bytes_ = 2; }

multipart_event multipart_reader::fail(multipart_fault fault) noexcept {
    phase_ = phase::failed;
    fault_ = fault;
    return multipart_event::failed;
}

multipart_fault multipart_reader::finish() noexcept {
    if (phase_ != phase::epilogue && phase_ != phase::failed)
        static_cast<void>(fail(multipart_fault::truncated));
    return fault_;
}

/// Takes data, or a delimiter, off the input. Only its first character is a CR, so what has begun
/// as a delimiter and is none can begin no other one before its end.
multipart_reader::found multipart_reader::scan(byte_view& input) noexcept {
    const auto* const begin = reinterpret_cast<const char*>(input.data());
    const std::size_t size = input.size();
    std::size_t at = 0;
    if (matched_bytes_ > 0) {
        while (at < size && matched_bytes_ < delimiter_.size() &&
               begin[at] == delimiter_[matched_bytes_]) {
            ++at;
            ++matched_bytes_;
        }
        input = input.from(at);
        if (matched_bytes_ < delimiter_.size() && at == size) return found::nothing;
        const std::size_t unread = std::exchange(unread_bytes_, 0);
        const std::size_t matched = std::exchange(matched_bytes_, 0);
        if (matched == delimiter_.size()) return found::delimiter;
        // It was data after all, of which we know what it was.
        body_ = byte_view{delimiter_}.first(matched).from(unread);
        return found::data;
    }
    while (at < size) {
        const void* cr = std::memchr(begin + at, '\r', size - at);
        if (cr == nullptr) {
            at = size;
            break;
        }
        at = static_cast<std::size_t>(static_cast<const char*>(cr) - begin);
        const std::size_t count = std::min(size - at, delimiter_.size());
        if (std::memcmp(begin + at, delimiter_.data(), count) == 0) break;
        ++at;
    }
    body_ = input.first(at);
    input = input.from(at);
    if (!body_.empty()) return found::data;
    if (input.empty()) return found::nothing;
    matched_bytes_ = std::min(input.size(), delimiter_.size());
    input = input.from(matched_bytes_);
    if (matched_bytes_ < delimiter_.size()) return found::nothing;
    matched_bytes_ = 0;
    return found::delimiter;
}

/// Reads what follows a boundary on its line. **Returns** true at its end, whose kind the phase
/// tells; otherwise the input is empty, or it has failed.
bool multipart_reader::end_delimiter(byte_view& input) {
    while (!input.empty()) {
        const char next = std::to_integer<char>(*input.data());
        input = input.from(1);
        if (line_end_ == line_end::begin && next == '-') {
            line_end_ = line_end::hyphen;
        } else if (line_end_ == line_end::hyphen && next == '-') {
            phase_ = phase::epilogue;
            return true;
        } else if ((line_end_ == line_end::begin || line_end_ == line_end::padding) &&
                   (next == ' ' || next == '\t')) {
            line_end_ = line_end::padding;
        } else if ((line_end_ == line_end::begin || line_end_ == line_end::padding) &&
                   next == '\r') {
            line_end_ = line_end::cr;
        } else if (line_end_ == line_end::cr && next == '\n') {
            phase_ = phase::head;
            head_.clear();
            return true;
        } else {
            static_cast<void>(fail(multipart_fault::bad_delimiter));
            return false;
        }
    }
    return false;
}

/// **Returns** true when the head is complete; otherwise the input is empty, or it has failed.
bool multipart_reader::read_head(byte_view& input) {
    while (!input.empty()) {
        const auto* const begin = reinterpret_cast<const char*>(input.data());
        const auto* const lf = static_cast<const char*>(std::memchr(begin, '\n', input.size()));
        const std::size_t count =
            lf == nullptr ? input.size() : static_cast<std::size_t>(lf - begin) + 1;
        if (count > limits_.part_header_bytes_max_ - head_.size()) {
            static_cast<void>(fail(multipart_fault::part_header_bytes_max));
            return false;
        }
        head_.append(begin, count);
        input = input.from(count);
        if (lf == nullptr) return false;
        if (!head_.ends_with("\r\n")) {
            static_cast<void>(fail(multipart_fault::bad_header));
            return false;
        }
        if (head_.size() == 2 || head_.ends_with("\r\n\r\n")) return parse_head();
    }
    return false;
}

bool multipart_reader::parse_head() {
    headers_.clear();
    std::string_view rest = head_;
    while (rest != "\r\n") {
        std::string_view line = take_until(rest, '\n');
        line.remove_suffix(1);
        const std::size_t colon = line.find(':');
        // A line that goes on on the next one (RFC 5322 section 2.2.3) fails here, too: nobody
        // writes them, and parsers disagree about them.
        if (colon == std::string_view::npos ||
            headers_.try_add(line.substr(0, colon), line.substr(colon + 1)) != header_fault::none) {
            static_cast<void>(fail(multipart_fault::bad_header));
            return false;
        }
    }
    const headers::values dispositions = headers_.all("Content-Disposition");
    auto disposition = dispositions.begin();
    multipart_fault fault = multipart_fault::none;
    if (disposition == dispositions.end() || !parse_disposition(*disposition) ||
        ++disposition != dispositions.end())
        fault = multipart_fault::bad_disposition;
    if (fault_ != multipart_fault::none) return false;
    if (fault == multipart_fault::none) return true;
    static_cast<void>(fail(fault));
    return false;
}

/// **Source** RFC 7578 section 4.2; RFC 2183 section 2.
bool multipart_reader::parse_disposition(std::string_view value) {
    if (!is_same_name(take_token(value), "form-data")) return false;
    std::optional<std::string> name;
    filename_.reset();
    for (;;) {
        const auto parameter = take_parameter_name(value);
        if (!parameter) return false;
        if (parameter->empty()) break;
        if (is_same_name(*parameter, "filename*")) {
            static_cast<void>(fail(multipart_fault::extended_filename));
            return false;
        }
        std::optional<std::string> text = take_form_value(value);
        if (!text) return false;
        if (is_same_name(*parameter, "name")) {
            if (name) return false;
            name = std::move(text);
        } else if (is_same_name(*parameter, "filename")) {
            if (filename_) return false;
            filename_ = without_directories(*text);
        }
    }
    if (!name) return false;
    name_ = std::move(*name);
    return true;
}

multipart_event multipart_reader::next(byte_view& input) {
    for (;;) {
        switch (phase_) {
            case phase::preamble:
            case phase::body: {
                const bool is_body = phase_ == phase::body;
                const found what = scan(input);
                if (what == found::nothing) return multipart_event::wants_input;
                if (what == found::data) {
                    if (is_body && !body_.empty()) return multipart_event::body;
                    break;
                }
                phase_ = phase::delimiter_end;
                line_end_ = line_end::begin;
                if (is_body) return multipart_event::part_end;
                break;
            }
            case phase::delimiter_end:
                if (end_delimiter(input)) {
                    if (phase_ == phase::epilogue) break;
                    if (part_count_++ == limits_.parts_max_)
                        return fail(multipart_fault::parts_max);
                    break;
                }
                if (phase_ == phase::failed) return multipart_event::failed;
                return multipart_event::wants_input;
            case phase::head:
                if (read_head(input)) {
                    phase_ = phase::body;
                    // A boundary may follow at once: then there is no body (RFC 2046
                    // section 5.1.1).
                    expect_line();
                    return multipart_event::part;
                }
                if (phase_ == phase::failed) return multipart_event::failed;
                return multipart_event::wants_input;
            case phase::epilogue:
                input = {};
                return multipart_event::end;
            case phase::failed:
                return multipart_event::failed;
        }
    }
}

}  // namespace patio::http
