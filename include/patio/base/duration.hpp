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
#include <type_traits>

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

/// The ends of an integer's range, without <limits>.
template <std::integral Rep>
inline constexpr Rep count_max =
    std::unsigned_integral<Rep>
        ? static_cast<Rep>(~Rep{0})
        : static_cast<Rep>(static_cast<std::make_unsigned_t<Rep>>(~Rep{0}) >> 1U);
template <std::integral Rep>
inline constexpr Rep count_min =
    std::unsigned_integral<Rep> ? Rep{0} : static_cast<Rep>(-count_max<Rep> - 1);

/// A conversion that rounds towards zero and stops at the ends of the integer's range, beyond which
/// the language says nothing.
template <std::integral Rep>
constexpr Rep saturating_round(long double value) noexcept {
    if (value != value) return 0;  // not a number
    if (value >= static_cast<long double>(count_max<Rep>)) return count_max<Rep>;
    if (value <= static_cast<long double>(count_min<Rep>)) return count_min<Rep>;
    return static_cast<Rep>(value);
}

template <std::integral Rep>
constexpr Rep saturating_narrow(std::int64_t count) noexcept {
    if constexpr (std::unsigned_integral<Rep>) {
        if (count < 0) return 0;
    }
    if constexpr (sizeof(Rep) < sizeof(count)) {
        if (count > static_cast<std::int64_t>(count_max<Rep>)) return count_max<Rep>;
        if (count < static_cast<std::int64_t>(count_min<Rep>)) return count_min<Rep>;
    }
    return static_cast<Rep>(count);
}

/// Of the counts that are integers only unsigned ones of 64 bits can be too large.
template <class Count>
constexpr std::int64_t saturating_count(Count count) noexcept {
    if constexpr (std::unsigned_integral<Count> && sizeof(Count) >= sizeof(std::int64_t)) {
        if (count > static_cast<Count>(nanoseconds_max)) return nanoseconds_max;
    }
    return static_cast<std::int64_t>(count);
}

template <class D>
constexpr std::int64_t to_nanoseconds(const D& d) noexcept {
    constexpr std::int64_t num = D::period::num;
    constexpr std::int64_t den = D::period::den;
    const auto count = d.count();
    if constexpr (!std::floating_point<typename D::rep> && 1'000'000'000 % den == 0) {
        constexpr std::int64_t factor = saturating_multiply(num, 1'000'000'000 / den);
        return saturating_multiply(saturating_count(count), factor);  // exact
    } else {
        const auto scaled = static_cast<long double>(count) * 1'000'000'000.0L *
                            static_cast<long double>(num) / static_cast<long double>(den);
        const auto rounded = saturating_round<std::int64_t>(scaled);
        return rounded < nanoseconds_min ? nanoseconds_min : rounded;
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

    /// Gives a chrono duration; integers round towards zero and stop at the ends of their range.
    template <duration_like D>
    explicit constexpr operator D() const noexcept {
        using rep = typename D::rep;
        constexpr long double per_tick = 1'000'000'000.0L *
                                         static_cast<long double>(D::period::num) /
                                         static_cast<long double>(D::period::den);
        const long double ticks = static_cast<long double>(nanoseconds_) / per_tick;
        if constexpr (!std::integral<rep>) {
            return D(static_cast<rep>(ticks));
        } else if constexpr (D::period::num == 1 && 1'000'000'000 % D::period::den == 0) {
            constexpr std::int64_t per_exact_tick = 1'000'000'000 / D::period::den;
            return D(detail::saturating_narrow<rep>(nanoseconds_ / per_exact_tick));
        } else {
            return D(detail::saturating_round<rep>(ticks));
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
