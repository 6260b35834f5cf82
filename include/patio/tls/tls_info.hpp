// SPDX-License-Identifier: MIT
#pragma once

// What two sides have agreed upon.

#include <patio/base/config.hpp>
#include <patio/core/stream.hpp>

#include <optional>
#include <string>
#include <vector>

namespace patio::tls {

/// What a certificate says.
struct certificate {
    std::string subject;             ///< "CN=example.org,O=Example"
    std::string issuer;              ///< the same of who signed it
    std::vector<std::string> names;  ///< the hosts and addresses that it is for
    std::string der;                 ///< all of it, in DER
};

/// An encrypted connection, as its handshake left it.
struct tls_info {
    std::string version;      ///< "TLSv1.3"
    std::string cipher;       ///< "TLS_AES_256_GCM_SHA384"
    std::string alpn;         ///< the application protocol; empty if none was agreed upon
    std::string server_name;  ///< the host that the client asked for; empty if it told none
    bool is_resumed = false;  ///< whether it took up an earlier session
    std::optional<certificate> peer_certificate;
};

/// Asks the uppermost encryption of a stream; empty if it has none, or is closed.
[[nodiscard]] PATIO_EXPORT std::optional<tls_info> info_of(const stream& of);

}  // namespace patio::tls
