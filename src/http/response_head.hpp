// SPDX-License-Identifier: MIT
#pragma once

// The head of a response as a server sends it.

#include <patio/http/response.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace patio::http::detail {

/// How the end of the body is marked.
enum class framing_kind : std::uint8_t {
    none,         ///< this status never has one
    length,       ///< `bytes` of it are sent
    length_only,  ///< to HEAD: a length is told, and nothing sent
    chunked,
    until_close,  ///< to HTTP/1.0, and of unknown length
};

struct framing {
    framing_kind kind = framing_kind::none;
    std::uint64_t bytes = 0;
};

/// What is asked by whom, as far as it matters to the answer.
struct answer_context {
    bool is_head = false;      // the method is HEAD
    bool is_connect = false;   // the method is CONNECT
    bool is_http_1_0 = false;  // which knows no chunks
};

/// How a response will be framed: the handler need not know.
/// **Source** RFC 9112 section 6, RFC 9110 sections 8.6, 9.3.2 and 15.
[[nodiscard]] framing frame_response(const response& of, const answer_context& context) noexcept;

/// Whether the fields ask for the connection to be closed: `Connection: close`.
[[nodiscard]] bool asks_for_close(const response& of) noexcept;

/// Appends status line, fields and the empty line. Date, framing and the connection's fields are
/// the server's: what the handler has set of them is left out, except the length of a body that is
/// not sent (of a HEAD or a 304 that was forwarded) and what belongs to an upgrade.
void append_response_head(std::string& to, const response& of, const framing& how,
                          const answer_context& context, bool keeps_alive);

}  // namespace patio::http::detail
