// SPDX-License-Identifier: MIT
#pragma once

// llhttp, the parser of Node.js, as a second reader of what this library has read.

#include "head.hpp"

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace patio::wire::http {

/// Reads messages with llhttp, one section at a time: a whole head, a chunk's size, a piece of a
/// body, the trailers. Each section is checked by our own reader before; here it is asked whether
/// the parser that most servers and proxies of our time are built like sees the same message.
///
/// llhttp is lenient where people needed it: bare CR and LF, folded lines, blanks in sizes. It
/// never sees these here.
///
/// **Cost** one allocation, when it is made.
class PATIO_EXPORT llhttp_reader {
public:
    enum class kind : std::uint8_t { request, response };

    explicit llhttp_reader(kind what);
    llhttp_reader(const llhttp_reader&) = delete;
    llhttp_reader& operator=(const llhttp_reader&) = delete;
    ~llhttp_reader();

    enum class verdict : std::uint8_t { agrees, knows_no_such_method, disagrees };

    /// Whether it reads this text, which ends with an empty line, as this head and no more.
    /// **Borrows** the text only for the call.
    [[nodiscard]] verdict read_head(std::string_view text, const request_head& expected);
    [[nodiscard]] verdict read_head(std::string_view text, const response_head& expected,
                                    const asked& request);

    /// The size of the next chunk. **Returns** whether it is one.
    [[nodiscard]] bool read_chunk_size(std::string_view digits, std::uint64_t& size);
    /// Whether it takes these bytes for a piece of the body, all of them.
    [[nodiscard]] bool read_body(byte_view bytes);
    /// The CR LF behind a chunk.
    [[nodiscard]] bool read_chunk_end();
    /// Whether it reads the text as these trailers and sees the message's end behind them.
    [[nodiscard]] bool read_trailers(std::string_view text, fields expected);
    /// Whether the message ends with its connection here.
    [[nodiscard]] bool finish();
    /// Whether the message is complete for it.
    [[nodiscard]] bool is_complete() const noexcept;

private:
    struct state;

    [[nodiscard]] bool has_same_fields(fields expected) const noexcept;
    [[nodiscard]] bool has_same_head(const head_meaning& meaning, version spoken,
                                     fields expected) const noexcept;

    std::unique_ptr<state> state_;
};

}  // namespace patio::wire::http
