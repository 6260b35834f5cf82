// SPDX-License-Identifier: MIT

#include "message_parser.hpp"

#include "lists.hpp"
#include "meaning.hpp"
#include "methods.hpp"

#include <patio/base/assert.hpp>

#include <algorithm>

namespace patio::wire::http {

message_parser::message_parser(kind what, const limits& bounds) : kind_{what}, bounds_{bounds} {}

event message_parser::next(byte_view& input) {
    body_ = {};
    for (;;) {
        const progress happened = step(input);
        if (!happened) continue;
        if (*happened == event::need_more && is_input_over_) return on_input_over();
        return *happened;
    }
}

void message_parser::begin(const asked& request) noexcept {
    PATIO_ASSERT(is_idle() || stage_ == stage::over || stage_ == stage::failed,
                 "the answer before is not read to its end; call next() until it says end");
    asked_ = request;
    is_asked_ = true;
    interim_count_ = 0;
}

void message_parser::switch_protocol() noexcept {
    PATIO_ASSERT(is_idle() || stage_ == stage::over,
                 "a protocol can only be switched between messages; call next() until it says end");
    stage_ = stage::upgraded;
}

bool message_parser::is_idle() const noexcept {
    // Behind an interim answer the other one is under way, though no byte of it has come.
    return stage_ == stage::idle && interim_count_ == 0;
}

message_parser::progress message_parser::step(byte_view& input) {
    switch (stage_) {
        case stage::idle:
            return on_idle(input);
        case stage::start_line:
            return on_start_line(input);
        case stage::field_lines:
            return on_field_lines(input);
        case stage::body_bytes:
        case stage::chunk_bytes:
            return on_body_bytes(input);
        case stage::chunk_line:
            return on_chunk_line(input);
        case stage::chunk_end:
            return on_chunk_end(input);
        case stage::trailer_lines:
            return on_trailer_lines(input);
        case stage::until_close:
            return on_until_close(input);
        case stage::end:
            return on_end();
        case stage::over:
            return event::closed;
        case stage::upgraded:
            return event::upgraded;
        case stage::failed:
            break;
    }
    return event::failed;
}

event message_parser::on_input_over() {
    if (is_idle()) {
        stage_ = stage::over;
        return event::closed;
    }
    if (stage_ != stage::until_close) return fail(problem::cut_short);
    stage_ = stage::over;
    return event::end;
}

event message_parser::fail(problem what, std::uint64_t position) noexcept {
    stage_ = stage::failed;
    failure_ = {what, is_request() ? status_of(what) : 502, position, limit_of(what)};
    return event::failed;
}

message_parser::progress message_parser::on_idle(byte_view& input) {
    if (input.empty()) return event::need_more;
    position_ = 0;
    if (!is_request() && !is_asked_) return fail(problem::answer_unasked);
    stage_ = stage::start_line;
    extension_bytes_ = 0;
    lines_.start(head_text_);
    places_.clear();
    fields_.clear();
    trailers_.clear();
    request_ = {};
    response_ = {};
    return std::nullopt;
}

message_parser::progress message_parser::take_line(byte_view& input, std::string& text,
                                                   std::size_t bytes_max, problem if_too_long) {
    const std::size_t before = input.size();
    const auto outcome = lines_.take(input, text, bytes_max);
    position_ += before - input.size();
    if (outcome == line_gatherer::outcome::line) return std::nullopt;
    if (outcome == line_gatherer::outcome::need_more) return event::need_more;
    return fail(problem_of(outcome, if_too_long));
}

message_parser::progress message_parser::on_start_line(byte_view& input) {
    if (const progress other = take_line(input, head_text_, bounds_.start_line_bytes_max,
                                         problem::start_line_too_long)) {
        // Once there is a method, it is the target that is too long.
        const std::size_t blank = head_text_.find(' ');
        const bool is_of_target = is_request() && failure_.what == problem::start_line_too_long &&
                                  blank != std::string::npos &&
                                  is_token(std::string_view{head_text_}.substr(0, blank));
        return is_of_target ? fail(problem::target_too_long) : *other;
    }
    const std::string_view line = lines_.line(head_text_);
    if (is_request() && line.empty() && !is_after_blank_) {
        // One empty line in front of a request is ignored: some clients send one behind a body.
        // RFC 9112 section 2.2.
        is_after_blank_ = true;
        stage_ = stage::idle;
        return std::nullopt;
    }
    const problem what =
        is_request() ? parse_request_line(line, request_) : parse_status_line(line, response_);
    if (what != problem::none) return fail(what, 0);
    lines_.next_line(head_text_);
    fields_begin_ = head_text_.size();
    stage_ = stage::field_lines;
    return std::nullopt;
}

message_parser::progress message_parser::take_field_line(byte_view& input, std::string& text,
                                                         bool is_trailer, bool& is_last) {
    constexpr std::size_t line_end_bytes = 2;
    const std::size_t section_bytes_max =
        is_trailer ? bounds_.trailer_bytes_max : bounds_.header_bytes_max;
    // The empty line needs no room.
    const std::size_t used = lines_.begin() - fields_begin_;
    const std::size_t left = section_bytes_max - std::min(used + line_end_bytes, section_bytes_max);
    if (const progress other = take_line(
            input, text, left, is_trailer ? problem::trailer_too_long : problem::header_too_long)) {
        return other;
    }
    const std::string_view line = lines_.line(text);
    const std::size_t begin = lines_.begin();
    const std::uint64_t position = position_ - line.size() - line_end_bytes;
    lines_.next_line(text);
    is_last = line.empty();
    if (is_last) return std::nullopt;
    field_place place;
    const problem what = parse_field_line(line, begin, place);
    if (what != problem::none) return fail(what, position);
    if (is_trailer && !may_be_trailer(place.in(text).name))
        return fail(problem::trailer_forbidden, position);
    if (places_.size() == bounds_.header_count_max)
        return fail(is_trailer ? problem::trailer_too_many : problem::header_too_many, position);
    places_.push_back(place);
    return std::nullopt;
}

message_parser::progress message_parser::on_field_lines(byte_view& input) {
    for (bool is_last = false; !is_last;)
        if (const progress other = take_field_line(input, head_text_, false, is_last)) return other;
    return complete_head();
}

message_parser::progress message_parser::complete_head() {
    // Since a line was read the text has grown, and may lie elsewhere.
    const std::string_view text = head_text_;
    for (const field_place& place : places_)
        fields_.push_back(place.in(text));
    if (is_request()) {
        const std::size_t method_bytes = request_.method.size();
        request_.method = text.substr(0, method_bytes);
        request_.target = text.substr(method_bytes + 1, request_.target.size());
        request_.fields = fields_;
        const problem what = understand(request_);
        if (what != problem::none) return fail(what);
        if (!is_known_method(request_.method)) return fail(problem::method_unknown, 0);
    } else {
        const std::size_t reason_bytes = response_.reason.size();
        response_.reason = text.substr(fields_begin_ - 2 - reason_bytes, reason_bytes);
        response_.fields = fields_;
        const problem what = understand(response_, asked_);
        if (what != problem::none) return fail(what);
    }
    if (!is_request() && is_interim(response_.status)) {
        if (++interim_count_ > bounds_.interim_count_max) return fail(problem::interim_too_many);
        stage_ = stage::idle;
        position_ = 0;
        return event::interim;
    }
    is_asked_ = false;
    interim_count_ = 0;
    lines_.start(text_);
    stage_ = stage_of_body();
    left_bytes_ = meaning().body.bytes;
    return event::head;
}

message_parser::stage message_parser::stage_of_body() const noexcept {
    if (!is_request()) {
        const bool is_tunnel = asked_.is_connect && response_.status / 100 == 2;
        if (is_tunnel || response_.status == 101) return stage::upgraded;
    }
    switch (meaning().body.kind) {
        case body_kind::chunked:
            return stage::chunk_line;
        case body_kind::until_close:
            return stage::until_close;
        case body_kind::length:
            return meaning().body.bytes > 0 ? stage::body_bytes : stage::end;
        case body_kind::none:
            break;
    }
    return stage::end;
}

void message_parser::take_body(byte_view& input, std::size_t count) noexcept {
    body_ = input.first(count);
    input = input.from(count);
    position_ += count;
}

message_parser::progress message_parser::on_body_bytes(byte_view& input) {
    if (input.empty()) return event::need_more;
    take_body(input, static_cast<std::size_t>(std::min<std::uint64_t>(left_bytes_, input.size())));
    left_bytes_ -= body_.size();
    const bool is_chunk = stage_ == stage::chunk_bytes;
    if (left_bytes_ == 0) {
        stage_ = is_chunk ? stage::chunk_end : stage::end;
    }
    return event::body;
}

message_parser::progress message_parser::on_until_close(byte_view& input) {
    if (input.empty()) return event::need_more;
    take_body(input, input.size());
    return event::body;
}

message_parser::progress message_parser::on_chunk_line(byte_view& input) {
    constexpr std::size_t digits_max = 16;
    const std::size_t extension_bytes_max = bounds_.chunk_extension_bytes_max - extension_bytes_;
    if (const progress other = take_line(input, text_, digits_max + extension_bytes_max,
                                         problem::chunk_extension_too_long)) {
        if (failure_.what != problem::chunk_extension_too_long) return other;
        // Too long for a size without extension, or with one.
        const problem what = parse_chunk_line(text_).what;
        const bool is_size =
            what == problem::chunk_size_malformed || what == problem::chunk_size_too_large;
        return is_size ? fail(what) : *other;
    }
    const std::string_view line = lines_.line(text_);
    const std::uint64_t position = position_ - line.size() - 2;
    const chunk_line parts = parse_chunk_line(line);
    if (parts.what != problem::none) return fail(parts.what, position);
    if (parts.extension.size() > extension_bytes_max)
        return fail(problem::chunk_extension_too_long, position);
    extension_bytes_ += parts.extension.size();
    left_bytes_ = parts.size;
    stage_ = left_bytes_ > 0 ? stage::chunk_bytes : stage::trailer_lines;
    lines_.start(text_);
    fields_begin_ = 0;
    places_.clear();
    return std::nullopt;
}

message_parser::progress message_parser::on_chunk_end(byte_view& input) {
    if (const progress other = take_line(input, text_, 0, problem::chunk_end_missing))
        return *other == event::failed ? fail(problem::chunk_end_missing) : *other;
    lines_.start(text_);
    stage_ = stage::chunk_line;
    return std::nullopt;
}

message_parser::progress message_parser::on_trailer_lines(byte_view& input) {
    for (bool is_last = false; !is_last;)
        if (const progress other = take_field_line(input, text_, true, is_last)) return other;
    for (const field_place& place : places_)
        trailers_.push_back(place.in(text_));
    stage_ = stage::end;
    if (trailers_.empty()) return std::nullopt;
    return event::trailers;
}

message_parser::progress message_parser::on_end() noexcept {
    is_after_blank_ = false;
    stage_ = meaning().is_keep_alive ? stage::idle : stage::over;
    return event::end;
}

}  // namespace patio::wire::http
