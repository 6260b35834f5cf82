// SPDX-License-Identifier: MIT
#pragma once

// What the two ends agree on about compression.

#include <patio/base/config.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace patio::wire::ws {

/// What permessage-deflate was agreed to be. **Source** RFC 7692 section 7.1.
struct deflate_agreement {
    bool server_drops_context = false;  ///< server_no_context_takeover
    bool client_drops_context = false;  ///< client_no_context_takeover
    int server_window_bits = 15;        ///< of what the server compresses
    int client_window_bits = 15;        ///< of what the client compresses

    friend bool operator==(const deflate_agreement&, const deflate_agreement&) = default;
};

/// What one end would like. Our own compressor keeps to it whatever the peer says.
///
/// What the peer compresses with costs us memory too. That a server asks for smaller windows of its
/// clients works only with those that offer client_max_window_bits; others stay at 15.
struct deflate_wishes {
    int own_window_bits_max = 15;   ///< 8 to 15
    int peer_window_bits_max = 15;  ///< 8 to 15
    bool own_drops_context = false;
    bool peer_drops_context = false;
};

enum class agreement_status : std::uint8_t {
    agreed,
    none,       ///< there is no compression: nothing was offered that we take, or it was declined
    malformed,  ///< the field is none by its grammar
    invalid,    ///< (client) the answer is none to what was offered
};

struct deflate_answer {
    agreement_status status = agreement_status::none;
    deflate_agreement agreement;  ///< if agreed
    std::string field;            ///< (server) the Sec-WebSocket-Extensions that says so, if agreed
};

/// The value of Sec-WebSocket-Extensions that a client sends.
[[nodiscard]] PATIO_EXPORT std::string make_offer(const deflate_wishes& wishes);

/// A server's choice: the first offer of permessage-deflate whose parameters are known, valid, and
/// there once. Other extensions are passed over.
///
/// `offers` is the whole field, lines joined by commas. **Source** RFC 7692 sections 5.1 and 7.1.
[[nodiscard]] PATIO_EXPORT deflate_answer choose_offer(std::string_view offers,
                                                       const deflate_wishes& wishes);
/// A client's check of what the server has chosen from make_offer(wishes). Anything but one
/// permessage-deflate is invalid: nothing else was offered.
[[nodiscard]] PATIO_EXPORT deflate_answer check_answer(std::string_view answer,
                                                       const deflate_wishes& wishes);

}  // namespace patio::wire::ws
