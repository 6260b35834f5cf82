// SPDX-License-Identifier: MIT
#pragma once

// Why a message is refused, and how a server answers that.

#include <patio/base/config.hpp>

#include <cstdint>
#include <string_view>

namespace patio::wire::http {

/// What is wrong with a message.
enum class problem : std::uint8_t {
    none,
    // lines
    bare_cr,            // RFC 9112 section 2.2
    bare_lf,            // as above; a recipient may accept it, this one does not
    control_character,  // RFC 9110 section 5.5
    // the first line
    start_line_malformed,
    start_line_too_long,
    method_unknown,
    target_malformed,
    target_too_long,
    target_form_wrong,  // CONNECT without an authority, "*" without OPTIONS: RFC 9112 section 3.2
    version_unsupported,
    status_malformed,
    // field lines
    field_malformed,  // no colon, no name, a blank in front of the colon
    field_folded,     // RFC 9112 section 5.2
    header_too_long,
    header_too_many,
    // what the fields mean
    host_missing,
    host_repeated,
    host_malformed,
    length_malformed,
    length_repeated,
    length_too_large,
    length_and_encoding,  // both Content-Length and Transfer-Encoding
    length_not_allowed,   // a body where there is none: CONNECT, 1xx, 204
    encoding_malformed,   // what is not, or not exactly, "chunked" at the end
    encoding_unknown,
    encoding_in_http_1_0,
    expectation_unknown,
    // chunks and trailers
    chunk_size_malformed,
    chunk_size_too_large,
    chunk_extension_malformed,
    chunk_extension_too_long,
    chunk_end_missing,
    trailer_forbidden,
    trailer_too_long,
    trailer_too_many,
    // the course of things
    cut_short,         // the input ended in the middle
    answer_unasked,    // an answer to no request, or a 101 that nobody asked for
    interim_too_many,  // 1xx without an end
};

/// The status with which a server refuses such a request.
[[nodiscard]] PATIO_EXPORT int status_of(problem what) noexcept;
/// The member of `limits` that was exceeded; empty for what is wrong at any length.
[[nodiscard]] PATIO_EXPORT std::string_view limit_of(problem what) noexcept;
/// The problem in words, for a log.
[[nodiscard]] PATIO_EXPORT std::string_view text_of(problem what) noexcept;

/// A refusal: what, where, and what to answer.
struct failure {
    problem what = problem::none;
    /// For requests as `status_of`; for answers 502, which a gateway says (RFC 9110 section
    /// 15.6.3).
    int status = 0;
    /// Bytes of the message in front of what is wrong: of the byte, or of the line or head that
    /// means nothing valid.
    std::uint64_t position = 0;
    /// The limit that was exceeded, or empty.
    std::string_view limit;
};

}  // namespace patio::wire::http
