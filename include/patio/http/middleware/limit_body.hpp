// SPDX-License-Identifier: MIT
#pragma once

// Requests with too much in them.

#include <patio/base/config.hpp>
#include <patio/http/middleware.hpp>

#include <cstdint>

namespace patio::http {

/// Refuses bodies of requests that are longer than that: 413.
///
/// ```
/// uploads.use(http::limit_body(10 << 20));
/// ```
///
/// One that says how long it is does not reach the handler. One that does not say so throws
/// `status_error` 413 at the handler when it has read that much.
[[nodiscard]] PATIO_EXPORT middleware limit_body(std::uint64_t bytes_max);

}  // namespace patio::http
