// SPDX-License-Identifier: MIT

#include "opening.hpp"

#include "options_access.hpp"
#include "random_bytes.hpp"
#include "wire_ws/field_list.hpp"
#include "wire_ws/opening_key.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace patio::ws {

// --- options

accept_options& accept_options::origins(std::vector<std::string> allowed) {
    return origins_if([all = std::move(allowed)](std::string_view origin) {
        return std::any_of(all.begin(), all.end(), [&](const std::string& each) {
            return wire::ws::is_same_word(each, origin);
        });
    });
}

accept_options& accept_options::origins_if(origin_test is_allowed) {
    is_allowed_ = std::make_shared<origin_test>(std::move(is_allowed));
    return *this;
}

accept_options& accept_options::any_origin() {
    return origins_if([](std::string_view) { return true; });
}

handshake_refused::handshake_refused(int status, const std::string& why)
    : error{std::make_error_code(status == 101 ? std::errc::protocol_error
                                               : std::errc::connection_refused),
            "opening a WebSocket connection: " + why},
      status_{status} {}
handshake_refused::~handshake_refused() = default;

namespace detail {

const connection_options& connection_of(const accept_options& options) noexcept {
    return options_access::connection(options);
}
const connection_options& connection_of(const connect_options& options) noexcept {
    return options_access::connection(options);
}

namespace {

using wire::ws::is_same_word;
using wire::ws::opening_error;

std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
}

std::optional<wire::ws::deflate_wishes> wishes_of(const connection_options& options) {
    if (!options_access::wants_compression(options)) return std::nullopt;
    return options_access::wishes(options);
}

const wire::ws::deflate_wishes* pointer_to(
    const std::optional<wire::ws::deflate_wishes>& wishes) noexcept {
    return wishes ? &*wishes : nullptr;
}

std::optional<wire::ws::deflate_agreement> agreement_in(const wire::ws::deflate_answer& answer) {
    if (answer.status != wire::ws::agreement_status::agreed) return std::nullopt;
    return answer.agreement;
}

// --- origins

struct authority {
    std::string_view host;
    std::string_view port;
};

/// Takes "host:port" apart; the port is empty if there is none. Brackets stay.
authority split(std::string_view text) noexcept {
    const std::size_t colon = text.rfind(':');
    const std::size_t bracket = text.rfind(']');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon);
    if (!has_port) return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

/// Behind a proxy one does not know one's own scheme: ports that are not there are those of the
/// page's.
bool is_same_host(std::string_view origin, std::string_view host) noexcept {
    const std::size_t end = origin.find("://");
    if (end == std::string_view::npos) return false;  // such as "null"
    const std::string_view scheme = origin.substr(0, end);
    std::string_view usual;
    if (is_same_word(scheme, "http")) usual = "80";
    if (is_same_word(scheme, "https")) usual = "443";
    authority page = split(origin.substr(end + 3));
    authority here = split(host);
    if (page.port.empty()) page.port = usual;
    if (here.port.empty()) here.port = usual;
    return !page.host.empty() && is_same_word(page.host, here.host) && page.port == here.port;
}

struct found_field {
    std::size_t count = 0;
    std::string_view value;
};
found_field find(wire::ws::fields lines, std::string_view name) noexcept {
    found_field found;
    for (const wire::ws::field& line : lines) {
        if (!is_same_word(line.name, name)) continue;
        ++found.count;
        found.value = line.value;
    }
    return found;
}

server_opening refuse(int status, std::string text) {
    server_opening refused;
    refused.status = status;
    refused.text = std::move(text);
    return refused;
}

}  // namespace

bool is_origin_allowed(const wire::ws::opening_request& request, const accept_options& options) {
    const found_field origin = find(request.lines, "Origin");
    if (origin.count == 0) return true;
    if (origin.count > 1) return false;
    if (auto* is_allowed = options_access::origin_test(options)) return (*is_allowed)(origin.value);
    return is_same_host(origin.value, find(request.lines, "Host").value);
}

// --- the server

server_opening accept_opening(const wire::ws::opening_request& request,
                              const accept_options& options) {
    const auto wishes = wishes_of(connection_of(options));
    const auto spoken = views_of(options_access::subprotocols(options));
    wire::ws::server_offer offer;
    offer.protocols = spoken;
    offer.compression = pointer_to(wishes);
    const wire::ws::server_answer answer = wire::ws::check_request(request, offer);
    if (answer.error != opening_error::none) {
        server_opening refused = refuse(answer.status, wire::ws::describe(answer.error));
        if (answer.error == opening_error::version_unsupported)
            refused.fields.emplace_back("Sec-WebSocket-Version", "13");
        if (answer.status == 426) {
            // RFC 9110 section 7.8: who sends Upgrade names it in Connection.
            refused.fields.emplace_back("Upgrade", "websocket");
            refused.fields.emplace_back("Connection", "Upgrade");
        }
        return refused;
    }
    if (!is_origin_allowed(request, options))
        return refuse(403, "pages of this origin may not open a WebSocket here");

    server_opening accepted;
    accepted.fields.emplace_back("Upgrade", "websocket");
    accepted.fields.emplace_back("Connection", "Upgrade");
    accepted.fields.emplace_back("Sec-WebSocket-Accept", answer.accept);
    if (!answer.protocol.empty())
        accepted.fields.emplace_back("Sec-WebSocket-Protocol", answer.protocol);
    accepted.agreed.compression = agreement_in(answer.compression);
    if (accepted.agreed.compression)
        accepted.fields.emplace_back("Sec-WebSocket-Extensions", answer.compression.field);
    accepted.agreed.subprotocol = answer.protocol;
    return accepted;
}

// --- the client

client_opening::client_opening(connect_options options)
    : options_{std::move(options)}, key_{wire::ws::make_key(random_bytes<16>())} {
    fields_.emplace_back("Upgrade", "websocket");
    fields_.emplace_back("Connection", "Upgrade");
    fields_.emplace_back("Sec-WebSocket-Key", key_);
    fields_.emplace_back("Sec-WebSocket-Version", "13");
    std::string protocols;
    for (const std::string& each : options_access::subprotocols(options_)) {
        if (!wire::ws::is_token(each)) {
            throw error{errc::malformed, "a WebSocket subprotocol is no token: '" + each + "'"};
        }
        protocols += protocols.empty() ? each : ", " + each;
    }
    if (!protocols.empty()) fields_.emplace_back("Sec-WebSocket-Protocol", protocols);
    if (const auto wishes = wishes_of(connection_of(options_)))
        fields_.emplace_back("Sec-WebSocket-Extensions", wire::ws::make_offer(*wishes));
}

agreement client_opening::check(int status, wire::ws::fields lines) const {
    const auto wishes = wishes_of(connection_of(options_));
    const auto wanted = views_of(options_access::subprotocols(options_));
    wire::ws::client_request request;
    request.key = key_;
    request.protocols = wanted;
    request.compression = pointer_to(wishes);
    const wire::ws::client_result result = wire::ws::check_response(status, lines, request);
    if (result.error == opening_error::status_not_101) {
        throw handshake_refused{status, "the server has answered with " + std::to_string(status)};
    }
    if (result.error != opening_error::none)
        throw handshake_refused{status, wire::ws::describe(result.error)};
    agreement agreed;
    agreed.self = wire::ws::role::client;
    agreed.subprotocol = result.protocol;
    agreed.compression = agreement_in(result.compression);
    return agreed;
}

}  // namespace detail
}  // namespace patio::ws
