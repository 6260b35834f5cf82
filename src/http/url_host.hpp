// SPDX-License-Identifier: MIT
#pragma once

// The host of a URL: names, IPv4 in all its forms of numbers, IPv6.

#include <patio/http/url.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace patio::http::detail {

/// What a host has become, or what is wrong with it.
struct host_outcome {
    url_fault fault = url_fault::none;
    url_host kind = url_host::empty;
    /// Of the fault, in the text that was given.
    std::size_t position = 0;
};

/// Reads a host and writes it in its canonical form at the end of `to`; what it has written when
/// the host is at fault means nothing.
///
/// **Source** WHATWG URL Standard, section 3.5.
[[nodiscard]] host_outcome append_host(std::string& to, std::string_view text, bool is_special);

}  // namespace patio::http::detail
