// SPDX-License-Identifier: MIT
// expect-clang: a queue's items must have a noexcept move constructor
// expect-gcc: a queue's items must have a noexcept move constructor
#include <patio/core/sync/queue.hpp>

struct item {
    item() = default;
    item(item&&) noexcept(false) {}
};

patio::queue<item> q{1};
