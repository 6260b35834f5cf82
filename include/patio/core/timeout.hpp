// SPDX-License-Identifier: MIT
#pragma once

// Limits in time.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/detail/awaitable.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/core/detail/scope.hpp>
#include <patio/core/errors.hpp>

#include <coroutine>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio {

namespace detail {

/// A scope around one coroutine.
template <class T>
class boundary_operation : public scope {
public:
    explicit boundary_operation(async<T> operation) noexcept : operation_{std::move(operation)} {}

    static bool await_ready() noexcept { return false; }

protected:
    std::coroutine_handle<> begin(awaiting_frame frame, std::source_location where) noexcept {
        enter(frame, async_access::take(operation_, where), where);
        return inner;
    }
    T result() { return async_access::result<T>(inner).take(); }

private:
    async<T> operation_;
};

/// When a timeout ends: a length from its start, or a point.
class limit {
public:
    explicit limit(duration length) noexcept : value_{length.count()}, is_absolute_{false} {}
    explicit limit(time_point when) noexcept
        : value_{when.since_origin().count()}, is_absolute_{true} {}
    [[nodiscard]] std::int64_t deadline() const noexcept {
        return is_absolute_ ? value_ : saturating_add(current_time(*this_loop), value_);
    }

private:
    std::int64_t value_;
    bool is_absolute_;
};

/// `expired`: throw timed_out, or return empty?
enum class on_expiry : bool { throws, returns_empty };

template <class T, on_expiry Expiry>
class [[nodiscard("a timeout needs co_await: co_await timeout(…)")]] timeout_operation final
    : public boundary_operation<T> {
public:
    timeout_operation(limit length, async<T> operation) noexcept
        : boundary_operation<T>{std::move(operation)}, limit_{length} {}

    std::coroutine_handle<> await_suspend(
        awaiting_frame frame,
        std::source_location where = std::source_location::current()) noexcept {
        const auto next = this->begin(frame, where);
        this->arm(limit_.deadline());
        return transfer(next);
    }
    auto await_resume() {
        // R2: the outcome says whether the child was cut, not whether the deadline has passed.
        const bool is_cut = this->has(scope_flag::was_unwound);
        if (!is_cut) deliver_cancellation();
        if constexpr (Expiry == on_expiry::throws) {
            if (is_cut) throw timed_out{};
            return this->result();
        } else if constexpr (std::is_void_v<T>) {
            if (!is_cut) this->result();
            return !is_cut;
        } else {
            return is_cut ? std::optional<T>{} : std::optional<T>{this->result()};
        }
    }
    [[nodiscard]] const char* kind_name() const noexcept override { return "timeout"; }

private:
    limit limit_;
};

template <class T, class F, on_expiry Expiry>
class movable_timeout;

}  // namespace detail

/// A deadline that can be moved while its operation runs; what `timeout(length, f)` gives to `f`.
class PATIO_EXPORT deadline {
public:
    using loop_affine = void;

    deadline(const deadline&) = delete;
    deadline& operator=(const deadline&) = delete;

    /// `time_point::never()` if it has none. It stays what it was once it has passed.
    [[nodiscard]] time_point when() const noexcept;
    /// Whether it has passed: the operation is being cancelled.
    [[nodiscard]] bool expired() const noexcept;
    /// Moves it; `never()` takes it away. **Fails** with usage_error once it has expired or its
    /// operation has ended.
    void reschedule(time_point when);
    /// Moves it to `from_now` after now.
    void reschedule(duration from_now);

private:
    template <class T, class F, detail::on_expiry Expiry>
    friend class detail::movable_timeout;
    explicit deadline(detail::scope& limited) noexcept : scope_{limited} {}

    detail::scope& scope_;
};

namespace detail {

template <class T, class F, on_expiry Expiry>
class [[nodiscard("a timeout needs co_await: co_await timeout(…)")]] movable_timeout final
    : public scope {
public:
    movable_timeout(limit length, F&& body) : limit_{length}, body_{std::forward<F>(body)} {}
    movable_timeout(movable_timeout&& unstarted)
        : scope{std::move(unstarted)},
          limit_{unstarted.limit_},
          body_{std::forward<F>(unstarted.body_)} {}

    static bool await_ready() noexcept { return false; }
    std::coroutine_handle<> await_suspend(
        awaiting_frame frame, std::source_location where = std::source_location::current()) {
        async<T> made = body_(handle_);  // may throw: nothing has begun
        enter(frame, async_access::take(made, where), where);
        arm(limit_.deadline());
        return transfer(inner);
    }
    auto await_resume() {
        const bool is_cut = has(scope_flag::was_unwound);
        if (!is_cut) deliver_cancellation();
        if constexpr (Expiry == on_expiry::throws) {
            if (is_cut) throw timed_out{};
            return async_access::result<T>(inner).take();
        } else if constexpr (std::is_void_v<T>) {
            if (!is_cut) async_access::result<T>(inner).take();
            return !is_cut;
        } else {
            return is_cut ? std::optional<T>{}
                          : std::optional<T>{async_access::result<T>(inner).take()};
        }
    }
    [[nodiscard]] const char* kind_name() const noexcept override { return "timeout"; }

private:
    limit limit_;
    F body_;
    deadline handle_{*this};
};

template <class F>
concept deadline_body = std::invocable<std::remove_reference_t<F>&, deadline&> &&
                        is_async<std::invoke_result_t<std::remove_reference_t<F>&, deadline&>>;

template <on_expiry Expiry, class F>
auto with_deadline(limit length, F&& body) {
    check_callable<F>();
    using result = async_result_t<std::invoke_result_t<F&, deadline&>>;
    return movable_timeout<result, F, Expiry>{length, std::forward<F>(body)};
}

template <on_expiry Expiry, class A>
auto limited(limit length, A&& operation) {
    using result = await_result_t<A>;
    return timeout_operation<result, Expiry>{length, adopt(std::forward<A>(operation))};
}

}  // namespace detail

/// Gives `operation` this long, then cancels it.
///
/// ```
/// auto page = co_await patio::timeout(2s, fetch(url));
/// ```
///
/// The operation has really ended when this returns: its destructors have run. An operation that
/// ended with a result after its deadline, because it could not be cancelled, is a success.
///
/// **Fails** with timed_out if the operation was cut by this deadline, with whatever it throws
/// otherwise. Timeouts nest; each ends only its own operation. A length of `duration::forever()` is
/// no limit.
/// **Suspends** as the operation does. **Cancel** cancels the operation.
/// **Cost** no allocation, no system call.
template <awaitable A>
auto timeout(duration length, A&& operation) {
    return detail::limited<detail::on_expiry::throws>(detail::limit{length},
                                                      std::forward<A>(operation));
}
template <awaitable A>
auto timeout_at(time_point when, A&& operation) {
    return detail::limited<detail::on_expiry::throws>(detail::limit{when},
                                                      std::forward<A>(operation));
}
/// Instead of throwing, returns an empty optional, or false for an operation without a value.
template <awaitable A>
auto move_on_after(duration length, A&& operation) {
    return detail::limited<detail::on_expiry::returns_empty>(detail::limit{length},
                                                             std::forward<A>(operation));
}
template <awaitable A>
auto move_on_at(time_point when, A&& operation) {
    return detail::limited<detail::on_expiry::returns_empty>(detail::limit{when},
                                                             std::forward<A>(operation));
}

/// The same around `f(deadline&)`, which can ask for the deadline and move it.
template <class F>
    requires detail::deadline_body<F>
auto timeout(duration length, F&& body) {
    return detail::with_deadline<detail::on_expiry::throws>(detail::limit{length},
                                                            std::forward<F>(body));
}
template <class F>
    requires detail::deadline_body<F>
auto timeout_at(time_point when, F&& body) {
    return detail::with_deadline<detail::on_expiry::throws>(detail::limit{when},
                                                            std::forward<F>(body));
}
template <class F>
    requires detail::deadline_body<F>
auto move_on_after(duration length, F&& body) {
    return detail::with_deadline<detail::on_expiry::returns_empty>(detail::limit{length},
                                                                   std::forward<F>(body));
}

}  // namespace patio
