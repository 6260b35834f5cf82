// SPDX-License-Identifier: MIT
#pragma once

// What the fields of a head mean for the message: its body, its connection, its host. Whoever
// reads a head and whoever writes one asks the same functions, so nothing is written that would not
// be read.

#include "failure.hpp"
#include "head.hpp"

#include <patio/base/config.hpp>

#include <string_view>

namespace patio::wire::http {

/// Fills what follows from method, target, version and fields.
/// **Returns** the first thing that is wrong with them.
///
/// Where RFC 9110 leaves a choice between refusing and mending, it is refused: two recipients that
/// mend differently are how requests are smuggled. So there is one Content-Length at most, it is a
/// number and no list, and Transfer-Encoding is in one line and is "chunked".
[[nodiscard]] PATIO_EXPORT problem understand(request_head& head) noexcept;

/// The same for an answer to that request.
///
/// A body where there can be none (1xx, 204, to HEAD, 304, 2xx to CONNECT) is not read, whatever
/// the fields say: RFC 9112 section 6.3. With 1xx and 204 such fields are wrong, so nothing is read
/// behind them either: the connection does not stay alive.
[[nodiscard]] PATIO_EXPORT problem understand(response_head& head, const asked& request) noexcept;

/// Whether an answer is not the last one to its request; 101 is.
[[nodiscard]] constexpr bool is_interim(int status) noexcept {
    return status >= 100 && status < 200 && status != 101;
}

/// Whether an answer with this status to this request has no body, whatever its fields say.
[[nodiscard]] constexpr bool is_bodiless(int status, const asked& request) noexcept {
    return status < 200 || status == 204 || status == 304 || request.is_head ||
           (request.is_connect && status < 300);
}

/// Whether a field may stand in trailers. Those that frame, route, authenticate, or say how to
/// treat the body come too late there: RFC 9110 section 6.5.1.
[[nodiscard]] PATIO_EXPORT bool may_be_trailer(std::string_view name) noexcept;

}  // namespace patio::wire::http
