// SPDX-License-Identifier: MIT
#pragma once

// Which proxy is asked for what.

#include <patio/http/client_options.hpp>
#include <patio/http/url.hpp>

#include <string>
#include <string_view>

namespace patio::http::detail {

/// Whether a list like "localhost,.example.org,192.0.2.1:8080,*" has the host of a URL: itself, a
/// domain above it, or all. An element with a port is only for that port.
[[nodiscard]] bool is_exempt(std::string_view no_proxy, const url& of) noexcept;

/// The proxies of a client.
class proxies {
public:
    /// What the settings say, or the environment.
    explicit proxies(const client_settings& settings);

    /// Null if the server is asked itself.
    [[nodiscard]] const url* for_request(const url& to) const noexcept;

private:
    url http_;
    url https_;
    std::string no_proxy_;
};

}  // namespace patio::http::detail
