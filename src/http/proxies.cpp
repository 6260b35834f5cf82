// SPDX-License-Identifier: MIT

#include "proxies.hpp"

#include "text_rules.hpp"

#include <patio/core/error.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace patio::http::detail {

namespace {

bool is_same_text(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool is_exempt_by(std::string_view element, const url& of) noexcept {
    if (element == "*") return true;
    const std::size_t bracket = element.rfind(']');
    const std::size_t colon = element.rfind(':');
    const bool is_bare_v6 = bracket == std::string_view::npos && colon != element.find(':');
    if (colon != std::string_view::npos && !is_bare_v6 &&
        (bracket == std::string_view::npos || colon > bracket)) {
        unsigned port = 0;
        std::from_chars(element.data() + colon + 1, element.data() + element.size(), port);
        if (port != of.port_or_default()) return false;
        element = element.substr(0, colon);
    }
    if (element.starts_with('[') && element.ends_with(']'))
        element = element.substr(1, element.size() - 2);
    if (element.starts_with("*.")) element.remove_prefix(1);
    if (element.starts_with('.')) element.remove_prefix(1);
    const std::string_view host = of.host_bare();
    if (element.empty() || element.size() > host.size()) return false;
    const std::size_t in_front = host.size() - element.size();
    if (!is_same_text(host.substr(in_front), element)) return false;
    return in_front == 0 || (host[in_front - 1] == '.' && !of.host_is_ip());
}

const char* variable(const char* name) noexcept {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : nullptr;
}

/// The first of these that is set; an empty URL if none is. "proxy:3128" is http.
url proxy_of(std::initializer_list<const char*> names) {
    for (const char* name : names) {
        const char* value = variable(name);
        if (value == nullptr) continue;
        std::string text{value};
        if (text.find("://") == std::string::npos) text.insert(0, "http://");
        const url_result read = url::try_parse(text);
        if (!read || (read->scheme() != "http" && read->scheme() != "https")) {
            throw error{errc::unsupported,
                        "the variable " + std::string{name} + " names no proxy of HTTP"};
        }
        return *read;
    }
    return {};
}

}  // namespace

bool is_exempt(std::string_view no_proxy, const url& of) noexcept {
    while (!no_proxy.empty()) {
        const std::string_view element = trimmed(take_until(no_proxy, ','));
        if (!element.empty() && is_exempt_by(element, of)) return true;
    }
    return false;
}

proxies::proxies(const client_settings& settings) : http_{settings.proxy}, https_{settings.proxy} {
    if (!settings.uses_environment || !settings.unix_path.empty()) return;
    // HTTP_PROXY in capitals is what a CGI program gets for a field "Proxy" of a stranger.
    http_ = proxy_of({"http_proxy", "all_proxy", "ALL_PROXY"});
    https_ = proxy_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
    const char* exempt = variable("no_proxy");
    if (exempt == nullptr) exempt = variable("NO_PROXY");
    if (exempt != nullptr) no_proxy_ = exempt;
}

const url* proxies::for_request(const url& to) const noexcept {
    const url& chosen = to.scheme() == "https" ? https_ : http_;
    if (chosen.empty() || is_exempt(no_proxy_, to)) return nullptr;
    return &chosen;
}

}  // namespace patio::http::detail
