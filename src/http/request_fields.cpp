// SPDX-License-Identifier: MIT

#include "request_fields.hpp"

#include "access.hpp"
#include "wire_http/lists.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace patio::http::detail {

namespace {

/// What the client says itself, or what was meant for another connection: RFC 9110 section 7.6.1.
bool is_clients_affair(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 6> all{
        "host", "content-length", "keep-alive", "transfer-encoding", "expect", "proxy-connection"};
    return std::any_of(all.begin(), all.end(),
                       [&](std::string_view each) { return is_same_name(each, name); });
}

/// What nobody but the origin that it was meant for may see.
bool is_secret(std::string_view name) noexcept {
    return is_same_name(name, "Authorization") || is_same_name(name, "Cookie") ||
           is_same_name(name, "Proxy-Authorization");
}

cookie::time_point wall_now() noexcept {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// A body that says itself how long it is: of a text, what was not read of it.
std::optional<std::uint64_t> length_of(const body& of) noexcept {
    return of.in_memory() ? body_access::rest(of).size() : of.length();
}

}  // namespace

request_fields::request_fields(client_errand& errand, const route& along) {
    request& asked = errand.asked;
    const client_settings& settings = errand.of.settings;
    const std::string_view method = asked.method();
    head_.method = method;
    head_.target = asked.target();
    if (method == "CONNECT") {
        target_.append(asked.url().host()).append(":");
        target_.append(std::to_string(asked.url().port_or_default()));
        head_.target = target_;
    } else if (along.proxy != nullptr && !along.is_tunnel) {
        target_.append(asked.url().scheme()).append("://").append(asked.url().host_and_port());
        target_.append(asked.target());
        head_.target = target_;
    }
    const bool means_body = method == "POST" || method == "PUT" || method == "PATCH";
    head_.has_body = asked.body().has_value() || means_body;
    head_.length = length_of(asked.body());

    const std::string_view host =
        method == "CONNECT" ? std::string_view{target_} : asked.url().host_and_port();
    fields_.push_back({"Host", asked.header("Host").value_or(host)});
    add_given(asked);
    for (const header_field& each : settings.defaults) {
        if (!errand.is_foreign || !is_secret(each.name)) add_missing(each.name, each.value);
    }
    if (!settings.user_agent.empty()) add_missing("User-Agent", settings.user_agent);
    add_missing("Accept", "*/*");
    if (settings.decompresses && !asked.headers().contains("Range"))
        add_missing("Accept-Encoding", "gzip, deflate, br, zstd");
    add_credentials(errand);
    if (along.proxy != nullptr && !along.is_tunnel) {
        proxy_authorization_ = credentials_for(*along.proxy);
        if (!proxy_authorization_.empty()) add_missing("Proxy-Authorization", proxy_authorization_);
    }
    const std::string connection = asked.headers().joined("Connection");
    head_.is_upgrade =
        asked.headers().contains("Upgrade") && wire::http::has_token(connection, "upgrade");
    const bool asks_for_it =
        wire::http::has_token(asked.header("Expect").value_or(std::string_view{}), "100-continue");
    expects_continue_ = errand.may_expect && asked.body().has_value() &&
                        (asks_for_it || head_.length.value_or(0) >= settings.expect_bytes_min);
    if (expects_continue_) fields_.push_back({"Expect", "100-continue"});
}

void request_fields::add_given(const request& asked) {
    for (const header_field& each : asked.headers()) {
        if (!is_clients_affair(each.name)) fields_.push_back({each.name, each.value});
    }
}

void request_fields::add_missing(std::string_view name, std::string_view value) {
    const bool is_there = std::any_of(fields_.begin(), fields_.end(), [&](const auto& each) {
        return is_same_name(each.name, name);
    });
    if (!is_there && !is_clients_affair(name)) fields_.push_back({name, value});
}

void request_fields::add_credentials(client_errand& errand) {
    const url& to = errand.asked.url();
    authorization_ = credentials_for(to);
    if (authorization_.empty() && !errand.is_foreign)
        authorization_ = errand.of.settings.authorization;
    if (!authorization_.empty()) add_missing("Authorization", authorization_);
    if (!errand.of.settings.keeps_cookies) return;
    const auto security =
        to.scheme() == "https" ? channel_security::secure : channel_security::plain;
    cookie_ = errand.of.jar.header(to.host(), to.path(), security, wall_now());
    if (!cookie_.empty()) add_missing("Cookie", cookie_);
}

outgoing_head request_fields::head() {
    sent_ = fields_;
    outgoing_head made = head_;
    made.fields = &sent_;
    return made;
}

}  // namespace patio::http::detail
