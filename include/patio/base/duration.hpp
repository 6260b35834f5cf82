// SPDX-License-Identifier: MIT
#pragma once

// Lengths and points of time, in nanoseconds, convertible from and to std::chrono.
//
// <chrono> costs a third of a second of compile time in every file that includes it, so Patio's
// headers do not. These two types take any chrono duration by concept and give it back by
// conversion.

#include <compare>
#include <concepts>
#include <cstdint>

namespace patio {

/// A type that behaves like std::chrono::duration: a count and the length of one tick in seconds,
/// as a ratio.
template <class D>
concept duration_like = requires(const D& d) {
    typename D::rep;
    typename D::period;
    { D::period::num } -> std::convertible_to<std::intmax_t>;
    { D::period::den } -> std::convertible_to<std::intmax_t>;
    { d.count() } -> std::convertible_to<typename D::rep>;
};

namespace detail {

inline constexpr std::int64_t nanoseconds_max = INT64_MAX;
inline constexpr std::int64_t nanoseconds_min = -INT64_MAX;

/// Sums, differences and products that stop at the ends of the range: "for ever" stays "for ever".
constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) noexcept {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? nanoseconds_max : nanoseconds_min;
}

constexpr std::int64_t saturating_subtract(std::int64_t a, std::int64_t b) noexcept {
    std::int64_t difference = 0;
    if (!__builtin_sub_overflow(a, b, &difference)) return difference;
    return b < 0 ? nanoseconds_max : nanoseconds_min;
}

constexpr std::int64_t saturating_multiply(std::int64_t a, std::int64_t b) noexcept {
    std::int64_t product = 0;
    if (!__builtin_mul_overflow(a, b, &product)) return product;
    return (a > 0) == (b > 0) ? nanoseconds_max : nanoseconds_min;
}

template <class D>
constexpr std::int64_t to_nanoseconds(const D& d) noexcept {
    constexpr std::int64_t num = D::period::num;
    constexpr std::int64_t den = D::period::den;
    const auto count = d.count();
    if constexpr (std::floating_point<typename D::rep>) {
        const auto scaled = static_cast<long double>(count) * 1'000'000'000.0L *
                            static_cast<long double>(num) / static_cast<long double>(den);
        if (scaled != scaled) return 0;  // not a number: no time at all
        if (scaled >= static_cast<long double>(nanoseconds_max)) return nanoseconds_max;
        if (scaled <= static_cast<long double>(nanoseconds_min)) return nanoseconds_min;
        return static_cast<std::int64_t>(scaled);
    } else if constexpr (1'000'000'000 % den == 0) {  // a nanosecond or coarser: exact
        constexpr std::int64_t factor = num * (1'000'000'000 / den);
        return saturating_multiply(static_cast<std::int64_t>(count), factor);
    } else {
        return static_cast<std::int64_t>(static_cast<long double>(count) * 1'000'000'000.0L *
                                         static_cast<long double>(num) /
                                         static_cast<long double>(den));
    }
}

}  // namespace detail

/// A length of time in nanoseconds. Any std::chrono duration converts to it, saturating at ±292
/// years; finer ticks and fractions round towards zero; a floating-point NaN counts as zero.
class duration {
public:
    constexpr duration() noexcept = default;

    template <duration_like D>
    constexpr duration(const D& length) noexcept  // NOLINT: `sleep(100ms)` is the point
        : nanoseconds_{detail::to_nanoseconds(length)} {}

    /// **Use** where a chrono type is not at hand.
    [[nodiscard]] static constexpr duration nanoseconds(std::int64_t count) noexcept {
        duration d;
        d.nanoseconds_ = count;
        return d;
    }
    [[nodiscard]] static constexpr duration milliseconds(std::int64_t count) noexcept {
        return nanoseconds(detail::saturating_multiply(count, 1'000'000));
    }
    [[nodiscard]] static constexpr duration seconds(std::int64_t count) noexcept {
        return nanoseconds(detail::saturating_multiply(count, 1'000'000'000));
    }
    /// Longer than any program runs.
    [[nodiscard]] static constexpr duration forever() noexcept {
        return nanoseconds(detail::nanoseconds_max);
    }

    /// The number of nanoseconds.
    [[nodiscard]] constexpr std::int64_t count() const noexcept { return nanoseconds_; }
    /// The same in seconds, for printing.
    [[nodiscard]] constexpr double in_seconds() const noexcept {
        return static_cast<double>(nanoseconds_) / 1e9;
    }

    /// Gives a chrono duration; integers round towards zero.
    template <duration_like D>
    explicit constexpr operator D() const noexcept {
        constexpr long double per_tick = 1'000'000'000.0L *
                                         static_cast<long double>(D::period::num) /
                                         static_cast<long double>(D::period::den);
        if constexpr (!std::floating_point<typename D::rep> && D::period::num == 1 &&
                      1'000'000'000 % D::period::den == 0) {
            return D(static_cast<typename D::rep>(nanoseconds_ / (1'000'000'000 / D::period::den)));
        } else {
            return D(
                static_cast<typename D::rep>(static_cast<long double>(nanoseconds_) / per_tick));
        }
    }

    friend constexpr auto operator<=>(duration, duration) noexcept = default;
    friend constexpr duration operator+(duration a, duration b) noexcept {
        return nanoseconds(detail::saturating_add(a.nanoseconds_, b.nanoseconds_));
    }
    friend constexpr duration operator-(duration a, duration b) noexcept {
        return nanoseconds(detail::saturating_subtract(a.nanoseconds_, b.nanoseconds_));
    }
    friend constexpr duration operator*(duration a, std::int64_t b) noexcept {
        return nanoseconds(detail::saturating_multiply(a.nanoseconds_, b));
    }
    friend constexpr duration operator/(duration a, std::int64_t b) noexcept {
        return nanoseconds(a.nanoseconds_ / b);
    }
    constexpr duration& operator+=(duration other) noexcept { return *this = *this + other; }
    constexpr duration& operator-=(duration other) noexcept { return *this = *this - other; }

private:
    std::int64_t nanoseconds_ = 0;
};

/// A point on a loop's own steady clock. It means nothing to another clock and not after the
/// program.
class time_point {
public:
    constexpr time_point() noexcept = default;
    explicit constexpr time_point(duration since_origin) noexcept : since_origin_{since_origin} {}

    /// A point that is never reached: "no deadline".
    [[nodiscard]] static constexpr time_point never() noexcept {
        return time_point{duration::forever()};
    }

    [[nodiscard]] constexpr duration since_origin() const noexcept { return since_origin_; }

    friend constexpr auto operator<=>(time_point, time_point) noexcept = default;
    friend constexpr time_point operator+(time_point t, duration d) noexcept {
        return time_point{t.since_origin_ + d};
    }
    friend constexpr time_point operator-(time_point t, duration d) noexcept {
        return time_point{t.since_origin_ - d};
    }
    friend constexpr duration operator-(time_point a, time_point b) noexcept {
        return a.since_origin_ - b.since_origin_;
    }

private:
    duration since_origin_;
};

}  // namespace patio
