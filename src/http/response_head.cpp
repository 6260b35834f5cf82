// SPDX-License-Identifier: MIT

#include "response_head.hpp"

#include "../wire_http/dates.hpp"
#include "../wire_http/lists.hpp"
#include "access.hpp"

#include <patio/http/status.hpp>

#include <charconv>
#include <chrono>

namespace patio::http::detail {

namespace {

void append_number(std::string& to, std::uint64_t number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    to.append(digits, end);
}

/// The date as it is now, written anew once a second. Each thread has its own, so there is no lock.
std::string_view date_of_now() noexcept {
    struct written_date {
        std::chrono::sys_seconds second{std::chrono::seconds{-1}};
        wire::http::date_text text{{}};
    };
    thread_local written_date last;
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (now != last.second) {
        last.second = now;
        last.text = wire::http::format_date(now);
    }
    return last.text.text();
}

/// The status line with the words of everyday statuses made beforehand.
void append_status_line(std::string& to, const response& of) {
    if (of.status() == 200) {
        to.append("HTTP/1.1 200 OK\r\n");
        return;
    }
    to.append("HTTP/1.1 ");
    append_number(to, static_cast<std::uint64_t>(of.status()));
    to.append(" ").append(reason_of(of.status())).append("\r\n");
}

/// What a handler's fields say, found in one walk.
struct found_fields {
    bool has_type = false;
    bool has_own = false;  // a field that is the server's to set
};

bool is_servers_own(std::string_view name) noexcept {
    switch (name.size()) {
        case 4:
            return is_same_name(name, "Date");
        case 10:
            return is_same_name(name, "Connection") || is_same_name(name, "Keep-Alive");
        case 14:
            return is_same_name(name, "Content-Length");
        case 17:
            return is_same_name(name, "Transfer-Encoding");
        default:
            return false;
    }
}

found_fields look_through(const headers& fields) noexcept {
    found_fields found;
    for (const auto& [name, value] : fields) {
        found.has_own |= is_servers_own(name);
        found.has_type |= name.size() == 12 && is_same_name(name, "Content-Type");
    }
    return found;
}

void append_line(std::string& to, std::string_view name, std::string_view value) {
    to.append(name).append(": ").append(value).append("\r\n");
}

/// The fields one by one, without the server's own.
void append_others(std::string& to, const response& of, bool keeps_length) {
    for (const auto& [name, value] : of.headers()) {
        const bool is_length = name.size() == 14 && is_same_name(name, "Content-Length");
        const bool is_upgrade = of.status() == 101 && is_same_name(name, "Connection");
        if (is_servers_own(name) && !(is_length && keeps_length) && !is_upgrade) continue;
        append_line(to, name, value);
    }
}

}  // namespace

framing frame_response(const response& of, const answer_context& context) noexcept {
    const int status = of.status();
    const bool is_tunnel = context.is_connect && is_success(status);
    if (is_informational(status) || status == 204 || is_tunnel) return {};
    const std::optional<std::uint64_t> length = of.body().length();
    if (status == 304 || context.is_head) {
        // A length that is told must be the one that a GET would have got, so none is better than a
        // wrong one: RFC 9110 section 8.6.
        const bool is_known = length.has_value() && of.body().has_value();
        return is_known ? framing{framing_kind::length_only, *length} : framing{};
    }
    if (length) return {framing_kind::length, *length};
    return {context.is_http_1_0 ? framing_kind::until_close : framing_kind::chunked, 0};
}

bool asks_for_close(const response& of) noexcept {
    for (const std::string_view value : of.headers().all("Connection"))
        if (wire::http::has_token(value, "close")) return true;
    return false;
}

void append_response_head(std::string& to, const response& of, const framing& how,
                          const answer_context& context, bool keeps_alive) {
    const found_fields found = look_through(of.headers());
    const bool tells_length =
        how.kind == framing_kind::length || how.kind == framing_kind::length_only;
    append_status_line(to, of);
    append_line(to, "Date", date_of_now());
    if (found.has_own) {
        const bool is_bodyless = how.kind == framing_kind::none && !is_informational(of.status()) &&
                                 of.status() != 204 && !context.is_connect;
        append_others(to, of, is_bodyless);
    } else {
        to.append(of.headers().lines());
    }
    if (!found.has_type && of.body().in_memory().has_value() && tells_length && how.bytes > 0) {
        to.append("Content-Type: text/plain; charset=utf-8\r\n");
    }
    if (tells_length) {
        to.append("Content-Length: ");
        append_number(to, how.bytes);
        to.append("\r\n");
    } else if (how.kind == framing_kind::chunked) {
        to.append("Transfer-Encoding: chunked\r\n");
    }
    const bool is_upgrade = of.status() == 101;
    if (!keeps_alive && !is_upgrade) {
        to.append("Connection: close\r\n");
    } else if (context.is_http_1_0 && !is_upgrade) {
        to.append("Connection: keep-alive\r\n");
    }
    to.append("\r\n");
}

}  // namespace patio::http::detail
