// SPDX-License-Identifier: MIT

#include "address_book.hpp"

#include <algorithm>
#include <iterator>

namespace patio::http::detail {

address_record* address_book::enter(const ip_address& from, time_point now) {
    if (records_.size() >= sweep_at_) sweep(now);
    const auto [at, is_added] = records_.try_emplace(from);
    address_record& record = at->second;
    if (is_added) {
        record.tokens = static_cast<double>(limits_.request_burst_max);
        record.filled = now;
    }
    if (limits_.connections_max > 0 && record.connection_count >= limits_.connections_max) {
        return nullptr;
    }
    ++record.connection_count;
    return &record;
}

void address_book::leave(const ip_address& from, time_point now) noexcept {
    const auto at = records_.find(from);
    if (at == records_.end()) return;
    --at->second.connection_count;
    if (is_fresh(at->second, now)) records_.erase(at);
}

bool address_book::may_request(address_record& of, time_point now) const noexcept {
    if (limits_.request_rate_max <= 0) return true;
    fill(of, now);
    if (of.tokens < 1) return false;
    of.tokens -= 1;
    return true;
}

void address_book::fill(address_record& of, time_point now) const noexcept {
    constexpr double second = 1e9;
    const double passed = static_cast<double>((now - of.filled).count()) / second;
    of.filled = now;
    of.tokens = std::min(static_cast<double>(limits_.request_burst_max),
                         of.tokens + passed * limits_.request_rate_max);
}

bool address_book::is_fresh(address_record& of, time_point now) const noexcept {
    if (of.connection_count > 0) return false;
    if (limits_.request_rate_max <= 0) return true;
    fill(of, now);
    return of.tokens >= static_cast<double>(limits_.request_burst_max);
}

void address_book::sweep(time_point now) noexcept {
    for (auto at = records_.begin(); at != records_.end();)
        at = is_fresh(at->second, now) ? records_.erase(at) : std::next(at);
    sweep_at_ = std::max<std::size_t>(1024, 2 * records_.size());
}

}  // namespace patio::http::detail
