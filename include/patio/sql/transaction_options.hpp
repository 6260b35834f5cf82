// SPDX-License-Identifier: MIT
#pragma once

// How a transaction begins.

#include <patio/base/config.hpp>

#include <cstdint>

namespace patio::sql {

/// When a transaction takes the right to write.
enum class transaction_mode : std::uint8_t {
    deferred,   ///< with its first statement that writes: SQLite's, and everybody's, default
    immediate,  ///< at its beginning, so that it waits there and not in the middle
    exclusive,  ///< at its beginning, and others may not read either (SQLite without WAL)
};

/// Each setter changes one thing and returns the object.
class transaction_options {
public:
    transaction_options() noexcept = default;
    /// In SQLite a transaction that reads first and then writes fails with `sql::errc::busy` if
    /// somebody else has written in between, without waiting: `immediate` is what such ones need.
    /// Databases with row locks do not distinguish.
    transaction_options& mode(transaction_mode how) noexcept {
        mode_ = how;
        return *this;
    }
    transaction_options& immediate() noexcept { return mode(transaction_mode::immediate); }

    [[nodiscard]] transaction_mode mode() const noexcept { return mode_; }

private:
    transaction_mode mode_ = transaction_mode::deferred;
};

}  // namespace patio::sql
