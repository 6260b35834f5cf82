// SPDX-License-Identifier: MIT
#pragma once

// The robots.txt of each site, asked for once.

#include "robots.hpp"

#include <patio/core/async.hpp>
#include <patio/core/sync/mutex.hpp>
#include <patio/http/client.hpp>
#include <patio/http/url.hpp>

#include <exception>
#include <map>
#include <string>
#include <utility>

namespace fetch {

/// What a site allows. If it cannot be asked nothing is allowed (RFC 9309 section 2.3.1.4), and
/// `failure` says why.
struct site_rules {
    robots rules;
    std::exception_ptr failure;
};

/// Asks each origin for its robots.txt when the first page of it comes. Others of the same origin
/// wait for the same answer; if who asks is cancelled, the next one does.
class robots_cache {
public:
    /// **Borrows** the client.
    robots_cache(patio::http::client& asks, std::string product, patio::duration timeout)
        : client_{asks}, product_{std::move(product)}, timeout_{timeout} {}

    /// **Borrows** from this object what it returns.
    [[nodiscard]] patio::async<const site_rules*> of(patio::http::url page);

private:
    struct entry {
        patio::mutex asking;
        bool is_known = false;
        site_rules rules;
    };

    patio::async<robots> ask(patio::http::url where);

    patio::http::client& client_;
    std::string product_;
    patio::duration timeout_;
    std::map<std::string, entry> entries_;  // by origin; places do not move
};

}  // namespace fetch
