// SPDX-License-Identifier: MIT
#pragma once

// Request targets and hosts. RFC 9112 section 3.2, RFC 3986 section 3.2.

#include "failure.hpp"
#include "head.hpp"

#include <patio/base/config.hpp>

#include <string_view>

namespace patio::wire::http {

/// A host and its port, `[::1]:8080`. **Borrows** the text that it was read from.
struct host_and_port {
    std::string_view host;  // with the brackets of an address of IPv6
    std::string_view port;  // digits; empty if there is none
    bool is_valid = false;
};

/// Takes the value of Host, or an authority without userinfo, apart. It is invalid without a host,
/// with a port above 65535, and with bytes that RFC 3986 does not allow.
[[nodiscard]] PATIO_EXPORT host_and_port parse_host(std::string_view text) noexcept;

struct target_facts {
    problem what = problem::none;
    target_form form = target_form::origin;
    std::string_view authority;  // of the absolute and the authority form
};

/// Which form a target has, and whether it goes with the method.
///
/// Of absolute targets those of http and https are taken, without userinfo (RFC 9110 section
/// 4.2.4). `is_target_character` says what is allowed beyond RFC 3986; a backslash only in a query.
[[nodiscard]] PATIO_EXPORT target_facts check_target(std::string_view method,
                                                     std::string_view target) noexcept;

}  // namespace patio::wire::http
