// SPDX-License-Identifier: MIT
#pragma once

// The right to have one connection open.

#include <memory>
#include <utility>

namespace patio::http::detail {

class connection_pool;
struct pool_origin;

/// Counts one connection of an origin for as long as it lives.
class connection_slot {
public:
    connection_slot() noexcept = default;
    connection_slot(std::shared_ptr<connection_pool> pool, pool_origin& of) noexcept
        : pool_{std::move(pool)}, origin_{&of} {}
    connection_slot(connection_slot&& other) noexcept
        : pool_{std::move(other.pool_)}, origin_{std::exchange(other.origin_, nullptr)} {}
    connection_slot& operator=(connection_slot&& other) noexcept {
        std::swap(pool_, other.pool_);
        std::swap(origin_, other.origin_);
        return *this;
    }
    ~connection_slot();

    /// Null if it is empty.
    [[nodiscard]] connection_pool* pool() const noexcept { return pool_.get(); }
    [[nodiscard]] pool_origin& origin() const noexcept { return *origin_; }
    explicit operator bool() const noexcept { return pool_ != nullptr; }

private:
    // A connection in the hands of a response may be the last one to know its pool.
    std::shared_ptr<connection_pool> pool_;
    pool_origin* origin_ = nullptr;
};

}  // namespace patio::http::detail
