// SPDX-License-Identifier: MIT
#pragma once

// A source location in one word, with room for two bits beside it.

#include <cstdint>
#include <source_location>

namespace patio::detail {

/// Where something stands in the source: std::source_location in both standard libraries is a
/// pointer to static data, so it can be kept for the price of a pointer and never has to be freed.
class place {
public:
    constexpr place() noexcept = default;
    place(std::source_location where) noexcept  // NOLINT: a place is a location, only smaller
        : data_{__builtin_bit_cast(const void*, where)} {}

    [[nodiscard]] bool is_known() const noexcept { return data_ != nullptr; }
    [[nodiscard]] std::source_location location() const noexcept {
        return __builtin_bit_cast(std::source_location, data_);
    }
    [[nodiscard]] const void* data() const noexcept { return data_; }
    [[nodiscard]] static place from_data(const void* data) noexcept {
        place p;
        p.data_ = data;
        return p;
    }

private:
    const void* data_ = nullptr;
};

static_assert(sizeof(std::source_location) == sizeof(void*),
              "this standard library's source_location is not a pointer to static data");

}  // namespace patio::detail
