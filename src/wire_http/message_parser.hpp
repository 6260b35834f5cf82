// SPDX-License-Identifier: MIT
#pragma once

// What the parsers of requests and of answers have in common, which is nearly all.

#include "failure.hpp"
#include "head.hpp"
#include "limits.hpp"
#include "lines.hpp"
#include "parser.hpp"

#include <patio/base/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patio::wire::http {

class message_parser {
public:
    enum class kind : std::uint8_t { request, response };

    message_parser(kind what, const limits& bounds);

    event next(byte_view& input);
    void begin(const asked& request) noexcept;
    void finish() noexcept { is_input_over_ = true; }
    void switch_protocol() noexcept;
    [[nodiscard]] bool is_idle() const noexcept;

    [[nodiscard]] const request_head& request() const noexcept { return request_; }
    [[nodiscard]] const response_head& response() const noexcept { return response_; }
    [[nodiscard]] byte_view body() const noexcept { return body_; }
    [[nodiscard]] fields trailers() const noexcept { return trailers_; }
    [[nodiscard]] const http::failure& failure() const noexcept { return failure_; }

private:
    /// What comes next in the input.
    enum class stage : std::uint8_t {
        idle,         // the first byte of a message
        start_line,   // more of it
        field_lines,  // of the head
        body_bytes,   // `left_bytes_` of them
        chunk_line,
        chunk_bytes,  // `left_bytes_` of them
        chunk_end,    // CR LF
        trailer_lines,
        until_close,
        end,       // nothing: the message's end is to be told
        over,      // nothing that would be read
        upgraded,  // another protocol
        failed,
    };
    /// What a step comes to; empty if the next one follows at once.
    using progress = std::optional<event>;

    progress step(byte_view& input);
    progress on_idle(byte_view& input);
    progress on_start_line(byte_view& input);
    progress on_field_lines(byte_view& input);
    progress on_body_bytes(byte_view& input);
    progress on_chunk_line(byte_view& input);
    progress on_chunk_end(byte_view& input);
    progress on_trailer_lines(byte_view& input);
    progress on_until_close(byte_view& input);
    progress on_end() noexcept;
    event on_input_over();

    /// Takes a line into `text`. **Returns** what `step` returns if there is none yet or it is
    /// wrong.
    progress take_line(byte_view& input, std::string& text, std::size_t bytes_max,
                       problem if_too_long);
    /// Takes the next field line of a section; `is_last` tells that it was the empty one.
    progress take_field_line(byte_view& input, std::string& text, bool is_trailer, bool& is_last);
    progress complete_head();
    stage stage_of_body() const noexcept;
    void take_body(byte_view& input, std::size_t count) noexcept;
    event fail(problem what) noexcept { return fail(what, position_); }
    event fail(problem what, std::uint64_t position) noexcept;

    [[nodiscard]] bool is_request() const noexcept { return kind_ == kind::request; }
    [[nodiscard]] const head_meaning& meaning() const noexcept {
        return is_request() ? request_.meaning : response_.meaning;
    }

    const kind kind_;
    const limits bounds_;
    stage stage_ = stage::idle;
    bool is_input_over_ = false;
    bool is_asked_ = false;        // only for answers: `begin` was called for the one to come
    bool is_after_blank_ = false;  // an empty line in front of a request was left out
    asked asked_;
    std::size_t interim_count_ = 0;
    std::size_t extension_bytes_ = 0;  // of the message
    std::uint64_t left_bytes_ = 0;     // of a body or a chunk
    std::uint64_t position_ = 0;       // bytes of the message that were read

    // Heads, fields and trailers are views of these two texts, which do not change from the end of
    // the section on until the next message; chunk lines come between, so the trailers' text is
    // theirs before.
    std::string head_text_;
    std::string text_;
    line_gatherer lines_;
    std::size_t fields_begin_ = 0;  // where the section's first field line begins
    std::vector<field_place> places_;
    std::vector<field> fields_;
    std::vector<field> trailers_;
    request_head request_;
    response_head response_;
    byte_view body_;
    http::failure failure_;
};

}  // namespace patio::wire::http
