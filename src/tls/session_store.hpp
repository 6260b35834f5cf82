// SPDX-License-Identifier: MIT
#pragma once

// The sessions that a client may take up again.

#include "openssl.hpp"

#include <patio/base/config.hpp>

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace patio::tls {

/// Sessions by host, those of the latest hosts.
///
/// **Threads** any: a context may serve several loops.
class PATIO_EXPORT session_store {
public:
    session_store() = default;
    session_store(const session_store&) = delete;
    session_store& operator=(const session_store&) = delete;

    void hosts_max(std::size_t count);
    /// Keeps a session as the latest one of that host.
    void put(const std::string& host, owned_session session);
    /// The latest one that is still good, or null. A session of TLS 1.3 is given out once: used
    /// twice it would let observers link the connections (RFC 8446 appendix C.4).
    [[nodiscard]] owned_session take(const std::string& host);

private:
    static constexpr std::size_t per_host_max = 4;
    struct entry {
        std::string host;
        std::list<owned_session> sessions;  // the latest one first
    };
    using entries = std::list<entry>;

    std::mutex lock_;
    entries latest_first_;
    std::unordered_map<std::string, entries::iterator> by_host_;
    std::size_t hosts_max_ = 256;

    void drop_oldest();
};

}  // namespace patio::tls
