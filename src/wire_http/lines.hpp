// SPDX-License-Identifier: MIT
#pragma once

// The lines of a message: where each ends, and whether it is well formed. What they mean is the
// business of others.

#include "failure.hpp"
#include "head.hpp"

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace patio::wire::http {

/// Copies input into a text until a line is complete. A line ends with CR LF and with nothing else,
/// and has no control characters: RFC 9112 section 2.2 and RFC 9110 section 5.5.
///
/// The verdict does not depend on how the input is cut: it falls with the first byte that is wrong.
class PATIO_EXPORT line_gatherer {
public:
    enum class outcome : std::uint8_t {
        need_more,  // all input is taken
        line,       // line() is complete
        too_long,
        bare_cr,
        bare_lf,
        control_character,
    };

    /// Begins with an empty text.
    void start(std::string& text) noexcept {
        text.clear();
        begin_ = 0;
        has_cr_ = false;
    }
    /// Appends to the text at most one line with its CR LF. `bytes_max` counts without them.
    outcome take(byte_view& input, std::string& text, std::size_t bytes_max);
    /// The line behind the one that is complete comes next.
    void next_line(const std::string& text) noexcept { begin_ = text.size(); }

    /// Where the line began, and the line without its end, once it is complete.
    [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
    [[nodiscard]] std::string_view line(const std::string& text) const noexcept {
        return std::string_view{text}.substr(begin_, text.size() - begin_ - 2);
    }

private:
    std::size_t begin_ = 0;  // in the text
    bool has_cr_ = false;    // the text ends with the CR of a line whose LF is to come
};

/// The problem that an outcome other than `line` and `need_more` is.
[[nodiscard]] PATIO_EXPORT problem problem_of(line_gatherer::outcome outcome,
                                              problem if_too_long) noexcept;

/// Where in a text a field line has its name and its value. Indexes, because the text grows.
struct field_place {
    std::size_t name_begin = 0;
    std::size_t name_size = 0;
    std::size_t value_begin = 0;
    std::size_t value_size = 0;

    [[nodiscard]] field in(std::string_view text) const noexcept {
        return {text.substr(name_begin, name_size), text.substr(value_begin, value_size)};
    }
};

/// Takes a field line apart; `begin` is where it stands in its text. RFC 9112 section 5.1.
///
/// Content-Length and Transfer-Encoding must have nothing or one space in front of their value and
/// nothing behind it. The RFC allows more blanks, and tabs; nobody writes them but those who hope
/// that the next recipient overlooks such a line.
[[nodiscard]] PATIO_EXPORT problem parse_field_line(std::string_view line, std::size_t begin,
                                                    field_place& into) noexcept;

/// "GET / HTTP/1.1": RFC 9112 section 3, with single spaces. Whether the target is one is not asked
/// here.
[[nodiscard]] PATIO_EXPORT problem parse_request_line(std::string_view line,
                                                      request_head& into) noexcept;
/// "HTTP/1.1 200 OK": RFC 9112 section 4. The space behind the status may be missing where there is
/// no reason: many servers leave it out, and nothing can be mistaken.
[[nodiscard]] PATIO_EXPORT problem parse_status_line(std::string_view line,
                                                     response_head& into) noexcept;

/// The line in front of a chunk, "1f;name=value". RFC 9112 section 7.1.
struct chunk_line {
    problem what = problem::none;
    std::uint64_t size = 0;      // from 1 to 16 hexadecimal digits
    std::string_view extension;  // from the semicolon on; empty if there is none
};

/// Blanks are nowhere allowed but in quoted strings. RFC 9112 section 7.1.1 knows them around the
/// semicolon and the equals sign as "bad", which nobody may generate.
[[nodiscard]] PATIO_EXPORT chunk_line parse_chunk_line(std::string_view line) noexcept;

}  // namespace patio::wire::http
