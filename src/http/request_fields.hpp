// SPDX-License-Identifier: MIT
#pragma once

// The head of a request as a client sends it.

#include "client_state.hpp"
#include "exchange.hpp"
#include "route.hpp"

#include <string>
#include <vector>

namespace patio::http::detail {

/// What the caller has said, and what the client adds. **Borrows** from the errand and the route.
class request_fields {
public:
    request_fields(client_errand& errand, const route& along);
    request_fields(const request_fields&) = delete;
    request_fields& operator=(const request_fields&) = delete;

    /// The head, anew: an exchange adds fields of its own.
    [[nodiscard]] outgoing_head head();
    /// Whether the body waits until it is asked for.
    [[nodiscard]] bool expects_continue() const noexcept { return expects_continue_; }

private:
    void add_given(const request& asked);
    void add_missing(std::string_view name, std::string_view value);
    void add_credentials(client_errand& errand);

    std::vector<wire::http::field> fields_;
    std::vector<wire::http::field> sent_;
    std::string target_;
    std::string authorization_;
    std::string proxy_authorization_;
    std::string cookie_;
    outgoing_head head_;
    bool expects_continue_ = false;
};

}  // namespace patio::http::detail
