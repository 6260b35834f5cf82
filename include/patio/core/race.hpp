// SPDX-License-Identifier: MIT
#pragma once

// Several operations at once, and the result of the first.

#include <patio/core/gather.hpp>

#include <variant>

namespace patio {

namespace detail {

template <class... Ts>
class [[nodiscard("race needs co_await: co_await race(…)")]] race_operation final
    : public fan_of<Ts...> {
public:
    explicit race_operation(async<Ts>... operations) noexcept
        : fan_of<Ts...>{fan_policy::first_ended, std::move(operations)...} {}

    std::variant<slot<Ts>...> await_resume() {
        deliver_cancellation();
        this->check();
        using result = std::variant<slot<Ts>...>;
        return [this]<std::size_t... I>(std::index_sequence<I...>) -> result {
            using taker = result (*)(task_block&);
            static constexpr taker takers[] = {+[](task_block& winner) -> result {
                return result{std::in_place_index<I>, fan_scope::template take<Ts>(winner)};
            }...};
            std::size_t index = 0;
            while (this->children_[index] != this->decisive())
                ++index;
            return takers[index](*this->decisive());
        }(std::index_sequence_for<Ts...>{});
    }
};

}  // namespace detail

/// Runs all operations at once; the first that ends wins, the others are cancelled **and joined**.
///
/// ```
/// auto first = co_await patio::race(ask(mirror_a), ask(mirror_b));   // first.index() says who
/// ```
///
/// **Use** it where their number is known; for as many as there are in a range, like a vector of
/// coroutines, there is the `race` of <patio/core/gather_range.hpp>. If only a limit in time races,
/// take `timeout`.
/// **Returns** a variant whose index is the winner's. If the winner failed, its exception is
/// thrown.
/// **Fails** with task_cancelled if every competitor was cancelled by somebody else. A loser that
/// fails while it is being cancelled makes a `secondary_failure` report.
/// **Cancel** cancels all and waits for them.
///
/// A loser may complete in the same turn as the winner: its value is destroyed. Keep irrevocable
/// effects, like taking an item from a queue, out of races.
template <awaitable A, awaitable... As>
auto race(A&& first, As&&... others) {
    return detail::race_operation<await_result_t<A>, await_result_t<As>...>{
        detail::adopt(std::forward<A>(first)), detail::adopt(std::forward<As>(others))...};
}

}  // namespace patio
