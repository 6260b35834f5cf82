// SPDX-License-Identifier: MIT
#pragma once

// Several pieces of memory as the pieces that become records.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <cstddef>
#include <vector>

namespace patio::tls {

/// Each record costs 22 bytes or more and a pass of the cipher, so small parts are gathered; large
/// ones are taken where they are, in pieces of a record's length.
class PATIO_EXPORT chunks {
public:
    /// **Borrows** both. `gathered` is memory to gather in.
    chunks(byte_views parts, std::vector<std::byte>& gathered)
        : parts_{parts}, gathered_{gathered} {
        advance();
    }

    /// Empty at the end.
    [[nodiscard]] byte_view current() const noexcept { return current_; }
    void advance();

    static constexpr std::size_t bytes_max = std::size_t{16} << 10;  // RFC 8446 section 5.1
    static constexpr std::size_t small_bytes_max = std::size_t{4} << 10;

private:
    [[nodiscard]] byte_view rest() const noexcept { return parts_[index_].from(offset_); }
    void skip_empty() noexcept {
        while (index_ < parts_.count() && rest().empty()) {
            ++index_;
            offset_ = 0;
        }
    }

    byte_views parts_;
    std::vector<std::byte>& gathered_;
    std::size_t index_ = 0;   // of the part that comes next
    std::size_t offset_ = 0;  // in it
    byte_view current_;
};

}  // namespace patio::tls
