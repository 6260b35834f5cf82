// SPDX-License-Identifier: MIT
#pragma once

// Handlers that take too long.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/http/middleware.hpp>

namespace patio::http {

/// Gives whatever is behind it this long to answer, then cancels it and answers 503.
///
/// ```
/// site.use(http::timeout_after(10s));
/// ```
///
/// It is about the answer, not about its body: that is sent by the server, which has limits of its
/// own. Reading the request's body in the handler counts.
[[nodiscard]] PATIO_EXPORT middleware timeout_after(duration limit);

}  // namespace patio::http
