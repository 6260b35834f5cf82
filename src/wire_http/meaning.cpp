// SPDX-License-Identifier: MIT

#include "meaning.hpp"

#include "characters.hpp"
#include "lists.hpp"
#include "target.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace patio::wire::http {

namespace {

/// The fields that matter here, as they were found.
struct noted_fields {
    const field* host = nullptr;
    const field* length = nullptr;
    const field* encoding = nullptr;
    const field* expect = nullptr;
    const field* upgrade = nullptr;
    bool has_close = false;
    bool has_keep_alive = false;
    bool has_upgrade = false;
    problem what = problem::none;  // the first that is wrong
};

enum class message_kind : std::uint8_t { request, response };

void note_once(const field*& place, const field& each, problem if_repeated,
               noted_fields& into) noexcept {
    if (place != nullptr && into.what == problem::none) into.what = if_repeated;
    place = &each;
}

void note_option(std::string_view option, noted_fields& into) noexcept {
    into.has_close |= is_same_token(option, "close");
    into.has_keep_alive |= is_same_token(option, "keep-alive");
    into.has_upgrade |= is_same_token(option, "upgrade");
}

void note_connection(std::string_view value, noted_fields& into) noexcept {
    if (value.find(',') == std::string_view::npos) return note_option(value, into);
    list_reader options{value};
    while (const auto each = options.next())
        note_option(*each, into);
}

void note(const field& each, message_kind kind, noted_fields& into) noexcept {
    const bool is_request = kind == message_kind::request;
    switch (each.name.size()) {  // a comparison for one in four fields, not six for each
        case 4:
            if (is_request && is_same_token(each.name, "host"))
                note_once(into.host, each, problem::host_repeated, into);
            break;
        case 6:
            if (is_request && is_same_token(each.name, "expect"))
                note_once(into.expect, each, problem::expectation_unknown, into);
            break;
        case 7:
            if (is_same_token(each.name, "upgrade")) into.upgrade = &each;
            break;
        case 10:
            if (is_same_token(each.name, "connection")) note_connection(each.value, into);
            break;
        case 14:
            if (is_same_token(each.name, "content-length"))
                note_once(into.length, each, problem::length_repeated, into);
            break;
        case 17:
            if (is_same_token(each.name, "transfer-encoding"))
                note_once(into.encoding, each, problem::encoding_malformed, into);
            break;
        default:
            break;
    }
}

problem read_length(std::string_view digits, body_framing& into) noexcept {
    constexpr std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
    if (digits.empty()) return problem::length_malformed;
    std::uint64_t value = 0;
    bool is_too_large = false;
    for (const char c : digits) {
        if (!is_digit(c)) return problem::length_malformed;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (max - digit) / 10) is_too_large = true;
        value = value * 10 + digit;
    }
    if (is_too_large) return problem::length_too_large;
    into = {body_kind::length, value};
    return problem::none;
}

/// Transfer-Encoding is "chunked", in any case. RFC 9112 section 6.1 and 6.3: what does not end
/// with it has no length; what has other codings in front of it is not understood.
problem read_encoding(std::string_view value) noexcept {
    if (is_same_token(value, "chunked")) return problem::none;
    const std::size_t comma = value.rfind(',');
    if (comma == std::string_view::npos) return problem::encoding_malformed;
    if (!is_same_token(without_blanks(value.substr(comma + 1)), "chunked"))
        return problem::encoding_malformed;
    const std::string_view others = without_blanks(value.substr(0, comma));
    if (others.empty() || has_token(others, "chunked")) return problem::encoding_malformed;
    return problem::encoding_unknown;
}

problem read_framing(const noted_fields& noted, version spoken, body_framing& into) noexcept {
    if (noted.encoding != nullptr) {
        if (noted.length != nullptr) return problem::length_and_encoding;
        if (spoken == version::http_1_0) return problem::encoding_in_http_1_0;
        into.kind = body_kind::chunked;
        return read_encoding(noted.encoding->value);
    }
    return noted.length == nullptr ? problem::none : read_length(noted.length->value, into);
}

head_meaning read_connection(const noted_fields& noted, version spoken) noexcept {
    const bool is_1_1 = spoken == version::http_1_1;
    head_meaning meaning;
    meaning.is_keep_alive = !noted.has_close && (is_1_1 || noted.has_keep_alive);
    // In HTTP/1.0 it must be ignored: RFC 9110 section 7.8.
    if (is_1_1 && noted.has_upgrade && noted.upgrade != nullptr)
        meaning.upgrade = noted.upgrade->value;
    return meaning;
}

problem read_host(const noted_fields& noted, request_head& head) noexcept {
    if (noted.host == nullptr)
        return head.version == version::http_1_1 ? problem::host_missing : problem::none;
    const std::string_view value = noted.host->value;
    // Empty is valid: a client whose URI has no authority sends that. RFC 9112 section 3.2.
    if (!value.empty() && !parse_host(value).is_valid) return problem::host_malformed;
    if (head.authority.empty()) head.authority = value;
    return problem::none;
}

problem read_expectation(const noted_fields& noted, request_head& head) noexcept {
    head.expects_continue = false;
    if (noted.expect == nullptr || head.version == version::http_1_0) return problem::none;
    if (!is_same_token(noted.expect->value, "100-continue")) return problem::expectation_unknown;
    // Without a body there is nothing to wait for.
    head.expects_continue =
        head.meaning.body.kind == body_kind::chunked || head.meaning.body.bytes > 0;
    return problem::none;
}

noted_fields note_all(fields all, message_kind kind) noexcept {
    noted_fields noted;
    for (const field& each : all)
        note(each, kind, noted);
    return noted;
}

bool has_body(const body_framing& body) noexcept {
    return body.kind == body_kind::chunked || body.bytes > 0;
}

}  // namespace

problem understand(request_head& head) noexcept {
    const target_facts target = check_target(head.method, head.target);
    if (target.what != problem::none) return target.what;
    head.form = target.form;
    head.authority = target.authority;
    const noted_fields noted = note_all(head.fields, message_kind::request);
    if (noted.what != problem::none) return noted.what;
    head.meaning = read_connection(noted, head.version);
    const problem framing = read_framing(noted, head.version, head.meaning.body);
    if (framing != problem::none) return framing;
    // RFC 9110 section 9.3.6: such a request has no content. What came as one would be the tunnel's
    // first bytes to another recipient.
    if (head.method == "CONNECT" && has_body(head.meaning.body)) return problem::length_not_allowed;
    const problem host = read_host(noted, head);
    return host != problem::none ? host : read_expectation(noted, head);
}

problem understand(response_head& head, const asked& request) noexcept {
    const noted_fields noted = note_all(head.fields, message_kind::response);
    if (noted.what != problem::none) return noted.what;
    head.meaning = read_connection(noted, head.version);
    if (head.status == 101 && (!request.is_upgrade || head.meaning.upgrade.empty()))
        return problem::answer_unasked;
    const problem framing = read_framing(noted, head.version, head.meaning.body);
    if (framing != problem::none) return framing;
    if (is_bodiless(head.status, request)) {
        const bool may_have_fields = request.is_head || head.status == 304;
        if (!may_have_fields && has_body(head.meaning.body)) head.meaning.is_keep_alive = false;
        head.meaning.body = {};
    } else if (head.meaning.body.kind == body_kind::none) {
        head.meaning.body.kind = body_kind::until_close;
        head.meaning.is_keep_alive = false;
    }
    return problem::none;
}

bool may_be_trailer(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 44> forbidden{
        // framing and connections
        "transfer-encoding", "content-length", "connection", "keep-alive", "proxy-connection",
        "upgrade", "te", "trailer",
        // routing
        "host", "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
        // what modifies requests
        "cache-control", "expect", "max-forwards", "pragma", "range", "if-match", "if-none-match",
        "if-modified-since", "if-unmodified-since", "if-range",
        // who is who
        "authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate", "cookie",
        "set-cookie",
        // what controls an answer
        "age", "expires", "date", "location", "retry-after", "vary", "warning", "refresh",
        // what the body is
        "content-encoding", "content-type", "content-range", "content-language", "content-location",
        "content-disposition"};
    for (const std::string_view each : forbidden)
        if (is_same_token(each, name)) return false;
    return true;
}

}  // namespace patio::wire::http
