// SPDX-License-Identifier: MIT
#pragma once

// Messages of HTTP/1.1 as bytes.

#include "failure.hpp"
#include "head.hpp"

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace patio::wire::http {

/// Appends a request's head to a text, which is the connection's, so that it need not allocate.
///
/// Fills `meaning`, `form`, `authority` and `expects_continue` of the head, as whoever reads it
/// will: they say how the body is to be written behind it. Blanks around values are not written.
///
/// **Returns** what is wrong with the head; then the text is as it was. That is all that a parser
/// refuses: names and values that would split the message, a Host too little or too many, a
/// Content-Length that is no number or comes with Transfer-Encoding.
[[nodiscard]] PATIO_EXPORT problem write_request_head(std::string& into, request_head& head);

/// The same for the answer to that request. With 1xx and 204, and 2xx to CONNECT, fields that frame
/// a body are refused, because RFC 9110 section 8.6 and RFC 9112 section 6.1 forbid to send them.
[[nodiscard]] PATIO_EXPORT problem write_response_head(std::string& into, response_head& head,
                                                       const asked& request);

/// What stands in front of a chunk: its size and CR LF. Behind the chunk stands `chunk_end`.
///
/// **Borrows** a view of it is a view into it.
class chunk_head {
public:
    /// The size is not 0, which would be the end of the body.
    PATIO_EXPORT explicit chunk_head(std::uint64_t size_bytes) noexcept;
    operator byte_view() const noexcept {  // NOLINT: to be one of several parts of a write
        return {text_.data() + begin_, text_.size() - begin_};
    }

private:
    std::array<char, 18> text_{};
    std::size_t begin_ = 0;
};

inline constexpr char chunk_end[] = "\r\n";

/// Appends a chunk's head to a text.
PATIO_EXPORT void write_chunk_head(std::string& into, std::uint64_t size_bytes);

/// Appends the last chunk, the trailers and the end of the message to a text.
/// **Returns** what is wrong with the trailers; then the text is as it was.
[[nodiscard]] PATIO_EXPORT problem write_last_chunk(std::string& into, fields trailers = {});

}  // namespace patio::wire::http
