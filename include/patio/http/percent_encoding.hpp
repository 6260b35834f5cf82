// SPDX-License-Identifier: MIT
#pragma once

// Percent-encoding: how bytes that would mean something else stand in a URL or in a form.

#include <patio/base/config.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace patio::http {

/// Which bytes are written as `%XX`. Each set adds to the one before it, `special_query` alone is
/// beside the line; bytes above 0x7E are in all of them.
///
/// **Use** `component` for a value that becomes a part of a path or of a query: nothing in it is
/// read as a separator. The others leave alone what separates inside of their part, and `%` too, so
/// that text that is encoded already stays as it is.
/// **Source** WHATWG URL Standard, section 1.3.
enum class percent_set : std::uint8_t {
    /// Control characters only.
    c0_control = 1U << 0U,
    /// And space, `"`, `<`, `>`, and the backtick.
    fragment = 1U << 1U,
    /// Control characters, space, `"`, `#`, `<` and `>`.
    query = 1U << 2U,
    /// And the apostrophe: the query of http, https, ws, wss, ftp and file.
    special_query = 1U << 3U,
    /// As `query`, and `?`, `^`, the backtick, `{` and `}`.
    path = 1U << 4U,
    /// And `/`, `:`, `;`, `=`, `@`, `[`, `\`, `]` and `|`.
    userinfo = 1U << 5U,
    /// And `$`, `%`, `&`, `+` and the comma: what JavaScript's encodeURIComponent does.
    component = 1U << 6U,
    /// And all but letters, digits, asterisk, hyphen, dot and underscore. A space becomes %20 here;
    /// `form_encode` writes a plus sign.
    form = 1U << 7U,
};

/// The text with the bytes of `set` written as `%XX`, in capitals.
///
/// **Cost** one pass and one allocation; the result has at most three times the bytes.
[[nodiscard]] PATIO_EXPORT std::string percent_encode(std::string_view text, percent_set set);

/// The text with each `%XX` turned into its byte; a `%` without two digits behind it stays.
///
/// The result may be any bytes: zeros, line ends, slashes, text that is no UTF-8. Check what you
/// need after decoding, not before it.
/// **Source** WHATWG URL Standard, section 1.3. **Cost** one pass and one allocation.
[[nodiscard]] PATIO_EXPORT std::string percent_decode(std::string_view text);

}  // namespace patio::http
