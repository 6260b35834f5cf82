// SPDX-License-Identifier: MIT

#include "client_call.hpp"

#include <patio/core/loop.hpp>

namespace patio::http::detail {

std::string shown_url(const url& of) {
    std::string text{of.scheme()};
    text.append("://").append(of.host_and_port()).append(of.path());
    if (of.has_query()) text += "?…";
    return text;
}

void client_call::fail(const error& cause) const {
    if (const auto* limit = dynamic_cast<const passed_limit*>(&cause))
        fail(cause.code(), "timed out, " + std::string{limit->name()});
    fail(cause.code(), cause.what());
}

void client_call::fail(std::error_code code, const std::string& cause) const {
    throw request_error{code, asked, phase, cause, this_thread_loop().now() - begin};
}

}  // namespace patio::http::detail
