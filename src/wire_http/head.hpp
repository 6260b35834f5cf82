// SPDX-License-Identifier: MIT
#pragma once

// The heads of messages, as they are read and written.

#include <cstdint>
#include <span>
#include <string_view>

namespace patio::wire::http {

/// A field line. The value has no blanks around it.
struct field {
    std::string_view name;
    std::string_view value;

    friend bool operator==(const field&, const field&) = default;
};

using fields = std::span<const field>;

enum class version : std::uint8_t { http_1_0, http_1_1 };

/// How the end of a body is found. RFC 9112 section 6.3.
enum class body_kind : std::uint8_t {
    none,         // there is none
    length,       // after `bytes`, which may be 0
    chunked,      // after the last chunk
    until_close,  // when the connection ends; only in answers
};

struct body_framing {
    body_kind kind = body_kind::none;
    std::uint64_t bytes = 0;  // if the kind is `length`, otherwise 0

    friend bool operator==(const body_framing&, const body_framing&) = default;
};

/// RFC 9112 section 3.2.
enum class target_form : std::uint8_t { origin, absolute, authority, asterisk };

/// What the fields of any message say about it and its connection; who writes a head need not set
/// it.
struct head_meaning {
    body_framing body;
    /// Whether another message may follow: RFC 9112 section 9.3.
    bool is_keep_alive = false;
    /// The value of Upgrade if Connection names it; empty otherwise. RFC 9110 section 7.8.
    std::string_view upgrade;
};

struct request_head {
    std::string_view method;
    std::string_view target;
    http::version version = version::http_1_1;
    http::fields fields;

    head_meaning meaning;
    target_form form = target_form::origin;
    /// Host and port that are meant, without userinfo: from the target if it has one, because then
    /// Host is to be ignored (RFC 9112 section 3.2.2), otherwise from Host.
    std::string_view authority;
    /// Whether the body comes only after "100 Continue". RFC 9110 section 10.1.1.
    bool expects_continue = false;
};

struct response_head {
    int status = 200;
    std::string_view reason;
    http::version version = version::http_1_1;
    http::fields fields;

    head_meaning meaning;
};

/// What one must know of a request to read its answer. RFC 9112 section 6.3.
struct asked {
    bool is_head = false;
    bool is_connect = false;
    /// Whether it asked for another protocol, so that "101" is an answer.
    bool is_upgrade = false;
};

}  // namespace patio::wire::http
