// SPDX-License-Identifier: MIT
#pragma once

// A client's connection that speaks HTTP/1.1.

#include "connection_slot.hpp"
#include "wire_http/head.hpp"
#include "wire_http/limits.hpp"
#include "wire_http/parser.hpp"

#include <patio/base/bytes.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace patio::http::detail {

/// What one connection has, whichever exchange it serves.
struct http1_connection {
    http1_connection(stream opened, const wire::http::limits& bounds, connection_slot counted)
        : slot{std::move(counted)}, line{std::move(opened)}, parser{bounds} {}

    /// Reads what there is behind `unread`, of which there must be nothing. At the end of the
    /// stream the parser hears of it.
    async<> fill();
    /// Whether it can serve another request: the server has not ended it, and has said nothing that
    /// nobody has asked for.
    async<bool> is_still_good();
    /// The stream, with all that was read and not used in front of what comes.
    [[nodiscard]] stream take_line();

    static constexpr std::size_t input_bytes = std::size_t{16} << 10;

    connection_slot slot;  // the last to go
    stream line;
    wire::http::response_parser parser;
    std::string head_text;  // of requests, so that its memory is used again
    std::unique_ptr<std::byte[]> input;
    byte_view unread;  // a part of `input`
    time_point idle_since;
    bool has_served = false;
};

/// What went wrong while reading a message. **Fails** always, with patio::error.
[[noreturn]] void throw_failure(const wire::http::response_parser& of);

}  // namespace patio::http::detail
