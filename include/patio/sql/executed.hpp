// SPDX-License-Identifier: MIT
#pragma once

// What a statement that gives no rows has done.

#include <cstdint>

namespace patio::sql {

/// What `execute` has done.
class executed {
public:
    executed() noexcept = default;
    explicit executed(std::uint64_t changed_rows, std::int64_t last_insert_id = 0) noexcept
        : changed_rows_{changed_rows}, last_insert_id_{last_insert_id} {}

    /// How many rows were inserted, updated or deleted by the statement itself, without what
    /// triggers and foreign keys did.
    [[nodiscard]] std::uint64_t changed_rows() const noexcept { return changed_rows_; }
    /// SQLite's rowid of the row that this connection has inserted last; 0 if none, or in a
    /// database that has no such thing. `insert … returning id` works in each.
    [[nodiscard]] std::int64_t last_insert_id() const noexcept { return last_insert_id_; }

private:
    std::uint64_t changed_rows_ = 0;
    std::int64_t last_insert_id_ = 0;
};

}  // namespace patio::sql
