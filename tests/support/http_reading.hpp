// SPDX-License-Identifier: MIT
#pragma once

// What a parser of HTTP/1.1 tells about an input, as one line of text per event; the same however
// the input is cut, and the same that llhttp reads.

#include "support/second_reader.hpp"
#include "wire_http/parser.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace patio::testing {

namespace http = patio::wire::http;

inline std::string describe(http::fields all) {
    std::string text;
    for (const auto& each : all)
        text += " [" + std::string{each.name} + "=" + std::string{each.value} + "]";
    return text;
}

inline std::string describe(const http::body_framing& body) {
    std::string text;
    switch (body.kind) {
        case http::body_kind::none:
            break;
        case http::body_kind::length:
            text += " length=" + std::to_string(body.bytes);
            break;
        case http::body_kind::chunked:
            text += " chunked";
            break;
        case http::body_kind::until_close:
            text += " until_close";
            break;
    }
    return text;
}

inline std::string describe(const http::head_meaning& meaning) {
    std::string text = describe(meaning.body);
    if (!meaning.is_keep_alive) text += " close";
    if (!meaning.upgrade.empty()) text += " upgrade=" + std::string{meaning.upgrade};
    return text;
}

inline std::string describe(http::version spoken) {
    return spoken == http::version::http_1_1 ? " 1.1" : " 1.0";
}

/// What stands there, without what it means.
inline std::string describe_lines(const http::request_head& head) {
    return std::string{head.method} + " " + std::string{head.target} + describe(head.version) +
           describe(head.fields);
}
inline std::string describe_lines(const http::response_head& head) {
    return std::to_string(head.status) + " '" + std::string{head.reason} + "'" +
           describe(head.version) + describe(head.fields);
}

inline std::string describe(const http::request_head& head) {
    return describe_lines(head) + describe(head.meaning) +
           (head.expects_continue ? " expects_continue" : "");
}
inline std::string describe(const http::response_head& head) {
    return describe_lines(head) + describe(head.meaning);
}

inline std::string describe(const http::failure& failure) {
    return std::to_string(failure.status) + " " + std::string{http::text_of(failure.what)} +
           " at " + std::to_string(failure.position);
}

inline std::string text_of(patio::byte_view bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Collects events; pieces of one body become one line. What llhttp sees otherwise becomes a line,
/// too, so that no expectation holds.
template <class Parser>
class http_reading {
public:
    http_reading(Parser parser, std::vector<http::asked> requests)
        : parser_{std::move(parser)}, requests_{std::move(requests)} {
        begin_next();
    }

    void feed(std::string_view piece) {
        // A copy of exactly this length, so that a sanitizer sees what is read behind it.
        const std::vector<char> memory{piece.begin(), piece.end()};
        patio::byte_view input{memory.data(), memory.size()};
        while (!is_over_) {
            const patio::byte_view before = input;
            const http::event what = parser_.next(input);
            second_.feed(text_of(before.first(before.size() - input.size())));
            if (note(what, input) == http::event::need_more) return;
        }
    }
    void finish() {
        parser_.finish();
        second_.finish();
        patio::byte_view none;
        while (!is_over_)
            note(parser_.next(none), none);
    }
    [[nodiscard]] const std::string& log() const noexcept { return log_; }
    /// Whether llhttp has seen the same.
    [[nodiscard]] bool agrees() const noexcept { return agrees_; }

private:
    http::event note(http::event what, const patio::byte_view& input) {
        if (what == http::event::body) {
            if (!is_in_body_) log_ += "body ";
            log_ += text_of(parser_.body());
            body_ += text_of(parser_.body());
            is_in_body_ = true;
            return what;
        }
        if (what == http::event::need_more) {
            if (!input.empty()) log_ += "input left over\n";
            return what;
        }
        if (is_in_body_) log_ += "\n";
        is_in_body_ = false;
        is_over_ = what == http::event::upgraded || what == http::event::closed ||
                   what == http::event::failed;
        log_ += line_of(what) + "\n";
        compare(what);
        if (what == http::event::end) begin_next();
        return what;
    }
    void compare(http::event what) {
        if (second_.has_given_up()) return;
        if (what == http::event::head || what == http::event::interim) {
            std::string seen = describe_lines(parser_.head());
            const http::body_framing& body = parser_.head().meaning.body;
            // Where there is no body llhttp tells what the fields say nevertheless.
            const bool is_framed =
                body.kind == http::body_kind::chunked || body.kind == http::body_kind::length;
            if (is_framed) seen += describe(body);
            const std::string other = second_.head();
            const bool is_same = is_framed ? other == seen : other.starts_with(seen);
            if (!is_same) disagree(other);
            body_.clear();
        } else if (what == http::event::trailers) {
            if (second_.trailers() != describe(parser_.trailers()))
                disagree("trailers" + second_.trailers());
        } else if (what == http::event::end) {
            if (!second_.is_complete() || second_.body() != body_)
                disagree(second_.head() + " body " + second_.body());
        }
    }
    void disagree(const std::string& other) {
        agrees_ = false;
        log_ += "llhttp: " + other + "\n";
    }
    std::string line_of(http::event what) const {
        switch (what) {
            case http::event::interim:
                return "interim " + describe(parser_.head());
            case http::event::head:
                return "head " + describe(parser_.head());
            case http::event::trailers:
                return "trailers" + describe(parser_.trailers());
            case http::event::end:
                return "end";
            case http::event::upgraded:
                return "upgraded";
            case http::event::closed:
                return "closed";
            case http::event::failed:
                return "failed " + describe(parser_.failure());
            default:
                return "?";
        }
    }
    void begin_next() {
        if constexpr (requires { parser_.begin(http::asked{}); }) {
            if (next_request_ == requests_.size()) return;
            second_.begin(requests_[next_request_]);
            parser_.begin(requests_[next_request_++]);
        }
    }

    static constexpr bool reads_requests = std::is_same_v<Parser, http::request_parser>;

    Parser parser_;
    second_reader second_{reads_requests ? second_reader::kind::request
                                         : second_reader::kind::response};
    std::vector<http::asked> requests_;
    std::size_t next_request_ = 0;
    std::string log_;
    std::string body_;
    bool is_in_body_ = false;
    bool is_over_ = false;
    bool agrees_ = true;
};

/// What comes behind the input.
enum class input_end { open, over };

template <class Parser>
std::string read_in_pieces(std::string_view input, const std::vector<std::size_t>& cuts,
                           input_end end, const http::limits& bounds = {},
                           const std::vector<http::asked>& requests = {}) {
    http_reading<Parser> reading{Parser{bounds}, requests};
    std::size_t begin = 0;
    for (const std::size_t cut : cuts) {
        reading.feed(input.substr(begin, cut - begin));
        begin = cut;
    }
    reading.feed(input.substr(begin));
    if (end == input_end::over) reading.finish();
    return reading.log();
}

/// Reads an input whole, byte by byte, and cut at each boundary. **Returns** what is told, or a
/// text that says which cut changes it.
template <class Parser>
std::string read_any_way(std::string_view input, input_end end, const http::limits& bounds = {},
                         const std::vector<http::asked>& requests = {}) {
    const std::string whole = read_in_pieces<Parser>(input, {}, end, bounds, requests);
    std::vector<std::size_t> all_cuts;
    for (std::size_t cut = 1; cut < input.size(); ++cut) {
        all_cuts.push_back(cut);
        const std::string two = read_in_pieces<Parser>(input, {cut}, end, bounds, requests);
        if (two != whole) return "cut at " + std::to_string(cut) + ":\n" + two + "whole:\n" + whole;
    }
    const std::string single = read_in_pieces<Parser>(input, all_cuts, end, bounds, requests);
    if (single != whole) return "byte by byte:\n" + single + "whole:\n" + whole;
    return whole;
}

inline std::string read_requests(std::string_view input, const http::limits& bounds = {}) {
    return read_any_way<http::request_parser>(input, input_end::over, bounds);
}

inline std::string read_answers(std::string_view input, const std::vector<http::asked>& requests,
                                input_end end = input_end::over, const http::limits& bounds = {}) {
    return read_any_way<http::response_parser>(input, end, bounds, requests);
}

}  // namespace patio::testing
