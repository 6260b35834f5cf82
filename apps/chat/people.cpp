// SPDX-License-Identifier: MIT

#include "people.hpp"

#include "rules.hpp"

namespace chat {

std::shared_ptr<person> people::meet(std::string_view token) {
    std::string hash = hash_of(token);
    std::shared_ptr<person>& found = known_[hash];
    if (!found) found = std::make_shared<person>(std::move(hash));
    return found;
}

void people::forget_rested(patio::time_point now) {
    std::erase_if(known_, [&](const auto& each) {
        return each.second.use_count() == 1 && each.second->is_rested(now);
    });
}

}  // namespace chat
