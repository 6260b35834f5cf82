// SPDX-License-Identifier: MIT
#pragma once

// Several operations at once, and all their results.

#include <patio/core/detail/awaitable.hpp>
#include <patio/core/detail/fan.hpp>
#include <patio/core/outcome.hpp>

#include <coroutine>
#include <cstddef>
#include <source_location>
#include <tuple>
#include <utility>

namespace patio {

namespace detail {

/// The common part of gather, gather_settled and race over a fixed number of operations.
template <class... Ts>
class fan_of : public fan_scope {
public:
    fan_of(fan_policy policy, async<Ts>... operations) noexcept
        : fan_scope{policy}, operations_{std::move(operations)...} {}
    fan_of(fan_of&& unstarted) noexcept
        : fan_scope{std::move(unstarted)}, operations_{std::move(unstarted.operations_)} {}
    ~fan_of() override { drop_children(children_, sizeof...(Ts)); }

    static bool await_ready() noexcept { return sizeof...(Ts) == 0; }
    std::coroutine_handle<> await_suspend(
        awaiting_frame frame,
        std::source_location where = std::source_location::current()) noexcept {
        if (!open(frame, where)) {
            std::apply([](auto&... operation) { (fan_scope::discard(operation), ...); },
                       operations_);
            return std::noop_coroutine();
        }
        std::apply(
            [&](auto&... operation) {
                [[maybe_unused]] std::size_t i = 0;
                (start(operation, children_[i++], where), ...);
            },
            operations_);
        return wait_for_all(where);
    }

protected:
    task_block* children_[sizeof...(Ts) + 1] = {};  // one more, for the empty gather

private:
    std::tuple<async<Ts>...> operations_;
};

template <class... Ts>
class [[nodiscard("gather needs co_await: co_await gather(…)")]] gather_operation final
    : public fan_of<Ts...> {
public:
    explicit gather_operation(async<Ts>... operations) noexcept
        : fan_of<Ts...>{fan_policy::all_values, std::move(operations)...} {}

    std::tuple<slot<Ts>...> await_resume() {
        if constexpr (sizeof...(Ts) > 0) {
            deliver_cancellation();
            this->check();
        }
        return [this]<std::size_t... I>(std::index_sequence<I...>) {
            return std::tuple<slot<Ts>...>{this->template take<Ts>(*this->children_[I])...};
        }(std::index_sequence_for<Ts...>{});
    }
};

template <class... Ts>
class [[nodiscard("gather needs co_await: co_await gather_settled(…)")]] settled_operation final
    : public fan_of<Ts...> {
public:
    explicit settled_operation(async<Ts>... operations) noexcept
        : fan_of<Ts...>{fan_policy::all_ended, std::move(operations)...} {}

    std::tuple<outcome<Ts>...> await_resume() {
        if constexpr (sizeof...(Ts) > 0) {
            deliver_cancellation();
            this->check();
        }
        return [this]<std::size_t... I>(std::index_sequence<I...>) {
            return std::tuple<outcome<Ts>...>{this->template settle<Ts>(*this->children_[I])...};
        }(std::index_sequence_for<Ts...>{});
    }
};

}  // namespace detail

/// Runs all operations at once and returns when each has ended.
///
/// ```
/// auto [user, posts] = co_await patio::gather(fetch_user(), fetch_posts());
/// ```
///
/// Takes coroutines and anything else that can be awaited.
///
/// **Use** it where their number is known; for as many as there are in a range, like a vector of
/// coroutines, there are the `gather` and `gather_settled` of <patio/core/gather_range.hpp>.
/// **Returns** a tuple of the results in argument order; `std::monostate` stands for `void`.
/// **Fails** with the first failure, as itself, when the others have been cancelled and have ended.
/// Further failures become `secondary_failure` reports. (asyncio lets the others run on and loses
/// their failures.)
/// **Suspends** always, unless empty. **Cancel** cancels all and waits for them.
/// **Cost** a task block for each operation, none for the whole.
template <awaitable... As>
auto gather(As&&... operations) {
    return detail::gather_operation<await_result_t<As>...>{
        detail::adopt(std::forward<As>(operations))...};
}

/// Runs all operations at once; each ends in its own way and none disturbs the others.
///
/// **Returns** a tuple of `outcome`s in argument order. **Suspends** always, unless empty.
template <awaitable... As>
auto gather_settled(As&&... operations) {
    return detail::settled_operation<await_result_t<As>...>{
        detail::adopt(std::forward<As>(operations))...};
}

}  // namespace patio
