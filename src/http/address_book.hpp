// SPDX-License-Identifier: MIT
#pragma once

// How much each address is using a server.

#include <patio/base/duration.hpp>
#include <patio/io/address.hpp>

#include <cstddef>
#include <unordered_map>
#include <utility>

namespace patio::http::detail {

/// The connections and requests of one address. Requests are counted by a bucket of tokens that
/// fills with the allowed rate.
struct address_record {
    std::size_t connection_count = 0;
    double tokens = 0;
    time_point filled;  // when `tokens` were counted
};

struct address_limits {
    std::size_t connections_max = 0;  // 0: none
    double request_rate_max = 0;      // 0: none
    std::size_t request_burst_max = 0;

    [[nodiscard]] bool is_on() const noexcept {
        return connections_max > 0 || request_rate_max > 0;
    }
};

/// Counts by address. A record goes when it says no more than a fresh one would.
class address_book {
public:
    explicit address_book(address_limits limits) noexcept : limits_{limits} {}

    /// Counts a connection. **Returns** null if there are too many of that address.
    [[nodiscard]] address_record* enter(const ip_address& from, time_point now);
    void leave(const ip_address& from, time_point now) noexcept;
    /// Takes a token for a request. **Returns** whether there was one.
    [[nodiscard]] bool may_request(address_record& of, time_point now) const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }

private:
    void fill(address_record& of, time_point now) const noexcept;
    [[nodiscard]] bool is_fresh(address_record& of, time_point now) const noexcept;
    void sweep(time_point now) noexcept;

    address_limits limits_;
    std::unordered_map<ip_address, address_record> records_;
    std::size_t sweep_at_ = 1024;  // records; those without connections are looked at then
};

}  // namespace patio::http::detail
