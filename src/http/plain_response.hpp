// SPDX-License-Identifier: MIT
#pragma once

// A response that says its status and nothing else.

#include <patio/http/response.hpp>

namespace patio::http::detail {

/// "404 Not Found" as a text; without a body where the status has none.
[[nodiscard]] response plain_response(int status);

}  // namespace patio::http::detail
