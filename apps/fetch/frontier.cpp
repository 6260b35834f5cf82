// SPDX-License-Identifier: MIT

#include "frontier.hpp"

#include <algorithm>

namespace fetch {

bool frontier::add(frontier_page page) {
    if (!know(page.url)) return false;
    host_state& host = host_of(page.host);
    host.waiting.push_back({added_++, std::move(page)});
    ++waiting_;
    put_in_turn(host);
    return true;
}

std::optional<frontier_page> frontier::next(patio::time_point now) {
    if (next_turn() > now) return std::nullopt;
    host_state& host = *turns_.begin()->second;
    frontier_page page = std::move(host.waiting.front().page);
    host.waiting.pop_front();
    ++host.underway;
    host.free_at = now + host.delay;
    --waiting_;
    ++underway_;
    ++given_;
    put_in_turn(host);
    return page;
}

patio::time_point frontier::next_turn() const {
    const bool is_full = underway_ >= limits_.underway_max || given_ >= limits_.pages_max;
    return turns_.empty() || is_full ? patio::time_point::never() : turns_.begin()->first.first;
}

void frontier::finished(const frontier_page& page) {
    host_state& host = host_of(page.host);
    --host.underway;
    --underway_;
    put_in_turn(host);
}

void frontier::left_out(const frontier_page& page) {
    --given_;
    finished(page);
}

void frontier::set_delay(const std::string& host, patio::duration delay) {
    host_state& state = host_of(host);
    if (delay <= state.delay) return;
    state.free_at = state.free_at + (delay - state.delay);
    state.delay = delay;
    put_in_turn(state);
}

frontier::host_state& frontier::host_of(const std::string& name) {
    const auto [at, is_new] = hosts_.try_emplace(name);
    if (is_new) at->second.delay = limits_.delay;
    return at->second;
}

/// Brings the host's entry up to date, after anything about it has changed.
void frontier::put_in_turn(host_state& host) {
    if (host.in_turns) turns_.erase(*std::exchange(host.in_turns, std::nullopt));
    if (host.waiting.empty() || host.underway >= limits_.host_underway_max) return;
    host.in_turns = turn{host.free_at, host.waiting.front().number};
    turns_.emplace(*host.in_turns, &host);
}

}  // namespace fetch
