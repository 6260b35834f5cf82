// SPDX-License-Identifier: MIT

#include "interleave.hpp"

#include <cstddef>
#include <utility>

namespace patio::detail {

std::vector<endpoint> interleave(std::vector<endpoint> sorted) {
    if (sorted.empty()) return sorted;
    const ip_family first = sorted.front().address().family();
    const std::size_t count = sorted.size();
    // Both search on from where they found their last one, and end at `count`.
    std::size_t next_of_first = 0;
    std::size_t next_of_other = 0;
    const auto advance = [&](std::size_t& at, bool is_first) {
        while (at < count && (sorted[at].address().family() == first) != is_first)
            ++at;
    };
    std::vector<endpoint> order;
    order.reserve(count);
    bool is_turn_of_first = true;
    while (order.size() < count) {
        std::size_t& at = is_turn_of_first ? next_of_first : next_of_other;
        advance(at, is_turn_of_first);
        if (at < count) order.push_back(std::move(sorted[at++]));
        is_turn_of_first = !is_turn_of_first;
    }
    return order;
}

}  // namespace patio::detail
