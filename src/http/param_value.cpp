// SPDX-License-Identifier: MIT

#include <patio/http/param_value.hpp>

#include <charconv>
#include <cmath>
#include <system_error>

namespace patio::http::detail {

namespace {

template <class T>
std::optional<T> parse_whole(std::string_view text) noexcept {
    T number{};
    const char* const end = text.data() + text.size();
    const auto [stopped, failure] = std::from_chars(text.data(), end, number);
    if (failure != std::errc{} || stopped != end) return std::nullopt;
    return number;
}

}  // namespace

std::optional<std::int64_t> parse_signed(std::string_view text) noexcept {
    return parse_whole<std::int64_t>(text);
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) noexcept {
    return parse_whole<std::uint64_t>(text);
}

std::optional<double> parse_real(std::string_view text) noexcept {
    const std::optional<double> number = parse_whole<double>(text);
    if (!number || !std::isfinite(*number)) return std::nullopt;
    return number;
}

}  // namespace patio::http::detail
