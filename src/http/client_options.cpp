// SPDX-License-Identifier: MIT

#include <patio/http/client_options.hpp>

#include "basic_credentials.hpp"
#include "text_rules.hpp"

#include <patio/core/error.hpp>

#include <utility>

namespace patio::http {

namespace detail {

const client_settings& settings_of(const client_options& options) noexcept {
    return options.settings_;
}

namespace {

/// For a field that the client makes. **Fails** with `errc::malformed`.
std::string checked_value(std::string value) {
    if (!has_no_controls(value)) throw error{errc::malformed, "a header has a control character"};
    return value;
}

}  // namespace
}  // namespace detail

client_options::client_options() { settings_.user_agent = "patio/0.1"; }
client_options::client_options(const client_options& other) = default;
client_options::client_options(client_options&& other) noexcept = default;
client_options& client_options::operator=(const client_options& other) = default;
client_options& client_options::operator=(client_options&& other) noexcept = default;
client_options::~client_options() = default;

client_options& client_options::base_url(std::string_view url) {
    settings_.base_url = url::parse(url);
    return *this;
}
client_options& client_options::header(std::string_view name, std::string_view value) {
    settings_.defaults.set(name, value);
    return *this;
}
client_options& client_options::headers(http::headers defaults) {
    settings_.defaults = std::move(defaults);
    return *this;
}
client_options& client_options::user_agent(std::string_view name) {
    settings_.user_agent = detail::checked_value(std::string{name});
    return *this;
}
client_options& client_options::basic_auth(std::string_view user, std::string_view password) {
    settings_.authorization = detail::basic_credentials(user, password);
    return *this;
}
client_options& client_options::bearer(std::string_view token) {
    settings_.authorization = detail::checked_value("Bearer " + std::string{token});
    return *this;
}
client_options& client_options::cookies(cookie_jar jar) {
    settings_.cookies = std::move(jar);
    settings_.keeps_cookies = true;
    return *this;
}
client_options& client_options::without_cookies() {
    settings_.keeps_cookies = false;
    return *this;
}

client_options& client_options::connections_max(std::size_t count) {
    settings_.connections_max = count > 0 ? count : 1;
    return *this;
}
client_options& client_options::origin_connections_max(std::size_t count) {
    settings_.origin_connections_max = count > 0 ? count : 1;
    return *this;
}
client_options& client_options::idle_timeout(duration length) {
    settings_.idle_timeout = length;
    return *this;
}
client_options& client_options::connecting(connect_options options) {
    settings_.connecting = std::move(options);
    return *this;
}
client_options& client_options::tls(const stream_layer& layer) {
    settings_.layer = &layer;
    return *this;
}
client_options& client_options::unix_socket(std::string path) {
    settings_.unix_path = std::move(path);
    return *this;
}
client_options& client_options::connector(http::connector open) {
    settings_.connector = std::make_shared<http::connector>(std::move(open));
    return *this;
}
client_options& client_options::proxy(std::string_view url) {
    settings_.proxy = url::parse(url);
    if (settings_.proxy.scheme() != "http" && settings_.proxy.scheme() != "https") {
        throw error{errc::unsupported, "a proxy is asked in HTTP: http://… or https://…"};
    }
    settings_.uses_environment = false;
    return *this;
}
client_options& client_options::without_proxy() {
    settings_.proxy = {};
    settings_.uses_environment = false;
    return *this;
}

client_options& client_options::connect_timeout(duration length) {
    settings_.connect_timeout = length;
    return *this;
}
client_options& client_options::response_timeout(duration length) {
    settings_.response_timeout = length;
    return *this;
}
client_options& client_options::read_timeout(duration length) {
    settings_.read_timeout = length;
    return *this;
}
client_options& client_options::timeout(duration length) {
    settings_.timeout = length;
    return *this;
}

client_options& client_options::redirects_max(std::size_t count) {
    settings_.redirects_max = count;
    settings_.follows_redirects = true;
    return *this;
}
client_options& client_options::without_redirects() {
    settings_.follows_redirects = false;
    return *this;
}
client_options& client_options::allow_downgrade() {
    settings_.allows_downgrade = true;
    return *this;
}
client_options& client_options::retries(std::size_t count) {
    settings_.retries = count;
    return *this;
}
client_options& client_options::retry_delay(duration first, duration longest) {
    settings_.retry_delay = first;
    settings_.retry_delay_max = longest;
    return *this;
}
client_options& client_options::without_decompression() {
    settings_.decompresses = false;
    return *this;
}
client_options& client_options::expect_bytes_min(std::uint64_t count) {
    settings_.expect_bytes_min = count;
    return *this;
}
client_options& client_options::decoded_bytes_max(std::size_t count) {
    settings_.decoded_bytes_max = count;
    return *this;
}
client_options& client_options::header_bytes_max(std::size_t count) {
    settings_.header_bytes_max = count;
    return *this;
}
client_options& client_options::header_count_max(std::size_t count) {
    settings_.header_count_max = count;
    return *this;
}

}  // namespace patio::http
