// SPDX-License-Identifier: MIT

#include "opening_handshake.hpp"

#include "field_list.hpp"
#include "opening_key.hpp"

#include <algorithm>
#include <vector>

namespace patio::wire::ws {

namespace {

/// The lines of one name.
struct found_lines {
    std::size_t count = 0;
    std::string_view first;
    std::string joined;  // by commas: RFC 9110 section 5.3
};

found_lines find(fields lines, std::string_view name) {
    found_lines found;
    for (const field& line : lines) {
        if (!is_same_word(line.name, name)) continue;
        if (found.count++ == 0) {
            found.first = trimmed(line.value);
            found.joined = found.first;
        } else {
            found.joined += ", ";
            found.joined += trimmed(line.value);
        }
    }
    return found;
}

/// The element may be a protocol with a version, as in `websocket/13`: it is another one, then.
bool has_element(std::string_view list, std::string_view word) noexcept {
    list_reader reader{list};
    for (auto element = reader.next(); !element.empty(); element = reader.next())
        if (is_same_word(element, word)) return true;
    return false;
}

/// The elements of a list of tokens. Empty if one is none, or there twice: RFC 6455 section 4.1.
std::vector<std::string_view> read_protocols(std::string_view list) {
    std::vector<std::string_view> found;
    list_reader reader{list};
    for (auto element = reader.next(); !element.empty(); element = reader.next())
        found.push_back(element);
    auto sorted = found;
    std::sort(sorted.begin(), sorted.end());
    const bool is_unique = std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
    if (!is_unique || !std::all_of(found.begin(), found.end(), is_token)) found.clear();
    return found;
}

opening_error check_upgrade(const opening_request& request) {
    if (request.method != "GET") return opening_error::method_not_get;
    if (request.http_version_major != 1 || request.http_version_minor < 1)
        return opening_error::http_version_too_low;
    if (find(request.lines, "Host").count != 1) return opening_error::host_missing;
    if (!has_element(find(request.lines, "Upgrade").joined, "websocket"))
        return opening_error::upgrade_missing;
    if (!has_element(find(request.lines, "Connection").joined, "upgrade"))
        return opening_error::connection_without_upgrade;
    return opening_error::none;
}

/// The version comes first: another one may have other rules for the rest.
opening_error check_version_and_key(const opening_request& request) {
    const found_lines version = find(request.lines, "Sec-WebSocket-Version");
    if (version.count != 1) return opening_error::version_missing;
    if (version.first != "13") return opening_error::version_unsupported;
    const found_lines key = find(request.lines, "Sec-WebSocket-Key");
    if (key.count != 1) return opening_error::key_missing;
    return is_valid_key(key.first) ? opening_error::none : opening_error::key_invalid;
}

server_answer refuse(opening_error error) {
    server_answer answer;
    answer.error = error;
    const bool upgrade_would_help =
        error == opening_error::upgrade_missing || error == opening_error::version_unsupported;
    answer.status = upgrade_would_help ? 426 : 400;
    return answer;
}

const std::string_view* find_protocol(std::span<const std::string_view> among,
                                      std::string_view name) noexcept {
    // Case counts: RFC 6455 section 11.5 registers the names as they are written.
    const auto found = std::find(among.begin(), among.end(), name);
    return found == among.end() ? nullptr : &*found;
}

}  // namespace

server_answer check_request(const opening_request& request, const server_offer& offer) {
    if (const auto error = check_upgrade(request); error != opening_error::none)
        return refuse(error);
    if (const auto error = check_version_and_key(request); error != opening_error::none)
        return refuse(error);

    server_answer answer;
    const found_lines protocols = find(request.lines, "Sec-WebSocket-Protocol");
    if (protocols.count > 0) {
        const auto wanted = read_protocols(protocols.joined);
        if (wanted.empty()) return refuse(opening_error::protocols_malformed);
        for (const std::string_view each : wanted) {
            const auto* spoken = find_protocol(offer.protocols, each);
            if (spoken == nullptr) continue;
            answer.protocol = *spoken;
            break;
        }
    }
    // Read even where no extension is spoken: a field that is none by its grammar is refused.
    const found_lines extensions = find(request.lines, "Sec-WebSocket-Extensions");
    const deflate_wishes no_wishes;
    answer.compression = choose_offer(
        extensions.joined, offer.compression != nullptr ? *offer.compression : no_wishes);
    if (answer.compression.status == agreement_status::malformed)
        return refuse(opening_error::extensions_malformed);
    if (offer.compression == nullptr) answer.compression = {};
    answer.accept = accept_for(find(request.lines, "Sec-WebSocket-Key").first);
    return answer;
}

client_result check_response(int status, fields lines, const client_request& request) {
    client_result result;
    const auto fail = [](opening_error error) {
        client_result failed;
        failed.error = error;
        return failed;
    };
    if (status != 101) return fail(opening_error::status_not_101);
    // Here the value is one word, and not a list that has it.
    const found_lines upgrade = find(lines, "Upgrade");
    if (upgrade.count != 1 || !is_same_word(upgrade.first, "websocket"))
        return fail(opening_error::upgrade_missing);
    if (!has_element(find(lines, "Connection").joined, "upgrade"))
        return fail(opening_error::connection_without_upgrade);
    const found_lines accept = find(lines, "Sec-WebSocket-Accept");
    if (accept.count != 1) return fail(opening_error::accept_missing);
    if (accept.first != accept_for(request.key)) return fail(opening_error::accept_wrong);

    const found_lines protocol = find(lines, "Sec-WebSocket-Protocol");
    if (protocol.count > 0) {
        const auto* asked_for = find_protocol(request.protocols, protocol.first);
        if (protocol.count > 1 || asked_for == nullptr)
            return fail(opening_error::protocol_not_asked_for);
        result.protocol = *asked_for;
    }
    const found_lines extensions = find(lines, "Sec-WebSocket-Extensions");
    const deflate_wishes no_wishes;
    result.compression = check_answer(
        extensions.joined, request.compression != nullptr ? *request.compression : no_wishes);
    switch (result.compression.status) {
        case agreement_status::none:
            break;
        case agreement_status::malformed:
            return fail(opening_error::extensions_malformed);
        case agreement_status::invalid:
            return fail(opening_error::extension_not_asked_for);
        case agreement_status::agreed:
            if (request.compression == nullptr) return fail(opening_error::extension_not_asked_for);
            break;
    }
    return result;
}

const char* describe(opening_error error) noexcept {
    switch (error) {
        case opening_error::none:
            return "no error";
        case opening_error::method_not_get:
            return "the method is not GET";
        case opening_error::http_version_too_low:
            return "the HTTP version is not 1.1";
        case opening_error::host_missing:
            return "there is not one Host field";
        case opening_error::upgrade_missing:
            return "Upgrade does not have websocket";
        case opening_error::connection_without_upgrade:
            return "Connection does not have Upgrade";
        case opening_error::key_missing:
            return "there is not one Sec-WebSocket-Key field";
        case opening_error::key_invalid:
            return "Sec-WebSocket-Key is not 16 bytes in base64";
        case opening_error::version_missing:
            return "there is not one Sec-WebSocket-Version field";
        case opening_error::version_unsupported:
            return "Sec-WebSocket-Version is not 13";
        case opening_error::protocols_malformed:
            return "Sec-WebSocket-Protocol is not a list of different tokens";
        case opening_error::extensions_malformed:
            return "Sec-WebSocket-Extensions is malformed";
        case opening_error::status_not_101:
            return "the status is not 101 Switching Protocols";
        case opening_error::accept_missing:
            return "there is not one Sec-WebSocket-Accept field";
        case opening_error::accept_wrong:
            return "Sec-WebSocket-Accept does not fit the key";
        case opening_error::protocol_not_asked_for:
            return "the server chose a subprotocol that was not asked for";
        case opening_error::extension_not_asked_for:
            return "the server chose an extension, or parameters, that were not asked for";
    }
    return "an unknown error";
}

}  // namespace patio::wire::ws
