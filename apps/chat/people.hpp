// SPDX-License-Identifier: MIT
#pragma once

// Who talks to the chat: a person is a token, and has all of its connections together.

#include "rate.hpp"

#include <patio/base/duration.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace chat {

class person {
public:
    explicit person(std::string hash) : owner{std::move(hash)}, id{owner.substr(0, 16)} {}

    const std::string owner;  ///< the token's hash: what names in the store belong to
    const std::string id;     ///< what everybody may see

    rate sends{10, patio::duration::seconds(1)};
    rate moves{10, patio::duration::seconds(3)};  ///< join and name
    rate pages{20, patio::duration::milliseconds(200)};

    [[nodiscard]] bool is_rested(patio::time_point now) const noexcept {
        return sends.is_full(now) && moves.is_full(now) && pages.is_full(now);
    }
};

/// Remembers people as long as they are connected, or would otherwise escape a limit by coming
/// again.
class people {
public:
    [[nodiscard]] std::shared_ptr<person> meet(std::string_view token);
    void forget_rested(patio::time_point now);
    [[nodiscard]] std::size_t size() const noexcept { return known_.size(); }

private:
    std::unordered_map<std::string, std::shared_ptr<person>> known_;  // by hash; shared by sessions
};

}  // namespace chat
