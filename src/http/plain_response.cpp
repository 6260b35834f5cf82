// SPDX-License-Identifier: MIT

#include "plain_response.hpp"

#include <patio/http/status.hpp>

#include <string>
#include <utility>

namespace patio::http::detail {

response plain_response(int status) {
    response made{status};
    if (status < 200 || status == 204 || status == 304) return made;
    std::string text = std::to_string(status);
    text.append(" ").append(reason_of(status)).append("\n");
    made.with("Content-Type", "text/plain; charset=utf-8").with(http::body{std::move(text)});
    return made;
}

}  // namespace patio::http::detail
