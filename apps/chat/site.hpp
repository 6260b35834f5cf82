// SPDX-License-Identifier: MIT
#pragma once

// What the program serves over HTTP: the page, and the way to the WebSocket.

#include "hall.hpp"

#include <patio/http/router.hpp>

#include <string>
#include <vector>

namespace chat {

/// **Borrows** the hall as long as the router and its connections live. `origins` are those whose
/// pages may connect; only this server's own, if it is empty.
[[nodiscard]] patio::http::router make_site(hall& in, const std::vector<std::string>& origins);

}  // namespace chat
