// SPDX-License-Identifier: MIT

#include "deflate_agreement.hpp"

#include "field_list.hpp"

#include <patio/base/assert.hpp>

#include <algorithm>

namespace patio::wire::ws {

namespace {

constexpr std::string_view extension_name = "permessage-deflate";
constexpr int window_bits_default = 15;

/// The parameters of one element, as they stand there.
struct parameters {
    bool server_drops_context = false;
    bool client_drops_context = false;
    bool has_client_window_bits = false;  // with a value or without
    std::optional<int> server_window_bits;
    std::optional<int> client_window_bits;
};

/// **Source** RFC 7692 section 7.1.2.1: 8 to 15, without leading zeros.
std::optional<int> read_window_bits(const std::string& text) noexcept {
    if (text.size() == 1 && text[0] >= '8' && text[0] <= '9') return text[0] - '0';
    if (text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5')
        return 10 + text[1] - '0';
    return std::nullopt;
}

bool set_flag(bool& flag, const extension_parameter& parameter) noexcept {
    if (flag || parameter.value) return false;
    flag = true;
    return true;
}

bool set_window_bits(std::optional<int>& bits, const extension_parameter& parameter) noexcept {
    if (bits || !parameter.value) return false;
    bits = read_window_bits(*parameter.value);
    return bits.has_value();
}

/// **Returns** whether it is known, valid and there for the first time.
bool add(parameters& to, const extension_parameter& parameter) noexcept {
    if (is_same_word(parameter.name, "server_no_context_takeover"))
        return set_flag(to.server_drops_context, parameter);
    if (is_same_word(parameter.name, "client_no_context_takeover"))
        return set_flag(to.client_drops_context, parameter);
    if (is_same_word(parameter.name, "server_max_window_bits"))
        return set_window_bits(to.server_window_bits, parameter);
    if (is_same_word(parameter.name, "client_max_window_bits")) {
        if (to.has_client_window_bits) return false;
        to.has_client_window_bits = true;
        return !parameter.value || set_window_bits(to.client_window_bits, parameter);
    }
    return false;
}

/// **Returns** nothing if there is a parameter that makes the element invalid. All of it is read
/// even then, since the list behind it counts.
std::optional<parameters> read_parameters(extension_reader& from) {
    parameters found;
    bool is_valid = true;
    while (const auto parameter = from.next_parameter())
        is_valid = add(found, *parameter) && is_valid;
    if (!is_valid || from.is_malformed()) return std::nullopt;
    return found;
}

void check(const deflate_wishes& wishes) {
    const auto is_window = [](int bits) { return bits >= 8 && bits <= window_bits_default; };
    PATIO_ASSERT(is_window(wishes.own_window_bits_max) && is_window(wishes.peer_window_bits_max),
                 "the window of permessage-deflate has 8 to 15 bits");
}

std::string with_bits(const char* name, int bits) { return name + std::to_string(bits); }

/// What the client has brought up about our window is answered even where it is the default:
/// section 7.1.2.1 has a server accept it by saying it.
std::string make_answer(const deflate_agreement& agreement, const parameters& offer) {
    std::string answer{extension_name};
    if (agreement.server_drops_context) answer += "; server_no_context_takeover";
    if (agreement.client_drops_context) answer += "; client_no_context_takeover";
    if (offer.server_window_bits || agreement.server_window_bits < window_bits_default)
        answer += with_bits("; server_max_window_bits=", agreement.server_window_bits);
    if (agreement.client_window_bits < window_bits_default)
        answer += with_bits("; client_max_window_bits=", agreement.client_window_bits);
    return answer;
}

}  // namespace

std::string make_offer(const deflate_wishes& wishes) {
    check(wishes);
    std::string offer{extension_name};
    if (wishes.peer_drops_context) offer += "; server_no_context_takeover";
    if (wishes.own_drops_context) offer += "; client_no_context_takeover";
    if (wishes.peer_window_bits_max < window_bits_default)
        offer += with_bits("; server_max_window_bits=", wishes.peer_window_bits_max);
    // Always said, so that a server may ask for less.
    if (wishes.own_window_bits_max < window_bits_default) {
        offer += with_bits("; client_max_window_bits=", wishes.own_window_bits_max);
    } else {
        offer += "; client_max_window_bits";
    }
    return offer;
}

deflate_answer choose_offer(std::string_view offers, const deflate_wishes& wishes) {
    check(wishes);
    deflate_answer answer;
    extension_reader reader{offers};
    for (auto name = reader.next(); !name.empty(); name = reader.next()) {
        if (!is_same_word(name, extension_name)) continue;
        const auto offer = read_parameters(reader);
        if (!offer || answer.status == agreement_status::agreed) continue;
        answer.status = agreement_status::agreed;
        auto& agreed = answer.agreement;
        agreed.server_drops_context = offer->server_drops_context || wishes.own_drops_context;
        agreed.client_drops_context = offer->client_drops_context || wishes.peer_drops_context;
        agreed.server_window_bits = std::min(
            offer->server_window_bits.value_or(window_bits_default), wishes.own_window_bits_max);
        if (offer->has_client_window_bits) {
            // Section 7.1.2.2: an answer may say it only to who has offered it.
            agreed.client_window_bits =
                std::min(offer->client_window_bits.value_or(window_bits_default),
                         wishes.peer_window_bits_max);
        }
        answer.field = make_answer(agreed, *offer);
    }
    if (reader.is_malformed()) return {agreement_status::malformed, {}, {}};
    return answer;
}

deflate_answer check_answer(std::string_view answer, const deflate_wishes& wishes) {
    check(wishes);
    extension_reader reader{answer};
    const auto name = reader.next();
    const auto chosen = name.empty() ? std::nullopt : read_parameters(reader);
    const bool is_alone = reader.next().empty();
    if (reader.is_malformed()) return {agreement_status::malformed, {}, {}};
    if (name.empty()) return {agreement_status::none, {}, {}};
    const deflate_answer invalid{agreement_status::invalid, {}, {}};
    if (!chosen || !is_alone || !is_same_word(name, extension_name)) return invalid;
    // Section 7.1.1.1: who accepts such an offer says so.
    if (wishes.peer_drops_context && !chosen->server_drops_context) return invalid;
    // Section 7.1.2.1: the same or less, and said if it was asked for.
    const int server_bits = chosen->server_window_bits.value_or(window_bits_default);
    if (server_bits > wishes.peer_window_bits_max) return invalid;
    // Section 7.1.2.2: an answer has a value. More than we offered would not hurt, but is no
    // answer.
    if (chosen->has_client_window_bits && !chosen->client_window_bits) return invalid;
    const int client_bits = chosen->client_window_bits.value_or(wishes.own_window_bits_max);
    if (client_bits > wishes.own_window_bits_max) return invalid;

    deflate_agreement agreed;
    agreed.server_drops_context = chosen->server_drops_context;
    agreed.client_drops_context = chosen->client_drops_context || wishes.own_drops_context;
    agreed.server_window_bits = server_bits;
    agreed.client_window_bits = client_bits;
    return {agreement_status::agreed, agreed, {}};
}

}  // namespace patio::wire::ws
