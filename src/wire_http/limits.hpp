// SPDX-License-Identifier: MIT
#pragma once

// How much of a message a parser takes before it refuses.

#include <cstddef>

namespace patio::wire::http {

/// What bounds the memory and the work that a peer can cause with one head. The size of bodies is
/// not among them: a parser never holds a body.
struct limits {
    /// Of the request line or status line, without its CRLF. RFC 9112 section 3 asks for 8000.
    std::size_t start_line_bytes_max = 8192;
    /// Of all field lines of a head with their CRLFs, without the empty line behind them.
    std::size_t header_bytes_max = std::size_t{32} << 10;
    /// Field lines in a head; in trailers as many again.
    std::size_t header_count_max = 128;
    /// Of all chunk extensions of one message, from the semicolon on. RFC 9112 section 7.1.1.
    std::size_t chunk_extension_bytes_max = 4096;
    /// Of all trailers of a message with their CRLFs, without the empty line behind them.
    std::size_t trailer_bytes_max = 8192;
    /// Interim answers (1xx) in front of one final one.
    std::size_t interim_count_max = 16;
};

}  // namespace patio::wire::http
