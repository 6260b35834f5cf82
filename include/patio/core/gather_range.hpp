// SPDX-License-Identifier: MIT
#pragma once

// gather, gather_settled and race over as many operations as there are in a range.

#include <patio/core/gather.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace patio {

/// Who won a race over a range, and with what.
template <class T>
struct race_winner {
    std::size_t index;
    T value;
};

namespace detail {

/// Something to iterate over whose elements can be awaited. Elements are moved out of rvalue ranges
/// and of lvalue ranges alike: a coroutine can be awaited once only.
template <class R>
concept awaitable_range = requires(R& range) {
    range.begin();
    range.end();
    requires awaitable<std::remove_cvref_t<decltype(*range.begin())>>;
};

template <class R>
using range_result_t = await_result_t<std::remove_cvref_t<decltype(*std::declval<R&>().begin())>>;

template <class T>
class fan_over : public fan_scope {
public:
    template <class R>
    fan_over(fan_policy policy, R& range) : fan_scope{policy} {
        for (auto&& operation : range) {
            operations_.push_back(adopt(std::move(operation)));
        }
        children_.resize(operations_.size());
    }
    fan_over(fan_over&& unstarted) noexcept
        : fan_scope{std::move(unstarted)},
          children_{std::move(unstarted.children_)},
          operations_{std::move(unstarted.operations_)} {}
    ~fan_over() override { drop_children(children_.data(), children_.size()); }

    [[nodiscard]] bool await_ready() const noexcept { return operations_.empty(); }
    std::coroutine_handle<> await_suspend(
        awaiting_frame frame,
        std::source_location where = std::source_location::current()) noexcept {
        if (!open(frame, where)) {
            for (auto& operation : operations_)
                discard(operation);
            return std::noop_coroutine();
        }
        for (std::size_t i = 0; i < operations_.size(); ++i) {
            start(operations_[i], children_[i], where);
        }
        return wait_for_all(where);
    }

protected:
    std::vector<task_block*> children_;

private:
    std::vector<async<T>> operations_;
};

template <class T>
class [[nodiscard("gather needs co_await: co_await gather(…)")]] gather_range_operation final
    : public fan_over<T> {
public:
    using fan_over<T>::fan_over;

    std::vector<slot<T>> await_resume() {
        std::vector<slot<T>> results;
        if (this->children_.empty()) return results;
        deliver_cancellation();
        this->check();
        results.reserve(this->children_.size());
        for (task_block* child : this->children_) {
            results.push_back(this->template take<T>(*child));
        }
        return results;
    }
};

template <class T>
class [[nodiscard(
    "gather needs co_await: co_await gather_settled(…)")]] settled_range_operation final
    : public fan_over<T> {
public:
    using fan_over<T>::fan_over;

    std::vector<outcome<T>> await_resume() {
        std::vector<outcome<T>> results;
        if (this->children_.empty()) return results;
        deliver_cancellation();
        this->check();
        results.reserve(this->children_.size());
        for (task_block* child : this->children_) {
            results.push_back(this->template settle<T>(*child));
        }
        return results;
    }
};

template <class T>
class [[nodiscard("race needs co_await: co_await race(…)")]] race_range_operation final
    : public fan_over<T> {
public:
    using fan_over<T>::fan_over;

    race_winner<slot<T>> await_resume() {
        if (this->children_.empty()) throw usage_error("race() of nothing has no winner");
        deliver_cancellation();
        this->check();
        std::size_t index = 0;
        while (this->children_[index] != this->decisive())
            ++index;
        return race_winner<slot<T>>{index, this->template take<T>(*this->decisive())};
    }
};

}  // namespace detail

/// Runs every operation in the range at once; see gather(). The elements are moved out of the
/// range.
/// **Returns** a vector of the results in the range's order.
template <detail::awaitable_range R>
auto gather(R&& operations) {
    return detail::gather_range_operation<detail::range_result_t<R>>{detail::fan_policy::all_values,
                                                                     operations};
}

/// **Returns** a vector of outcomes in the range's order; see gather_settled().
template <detail::awaitable_range R>
auto gather_settled(R&& operations) {
    return detail::settled_range_operation<detail::range_result_t<R>>{detail::fan_policy::all_ended,
                                                                      operations};
}

/// **Returns** the winner's index and value; see race(). **Fails** with usage_error if the range is
/// empty.
template <detail::awaitable_range R>
auto race(R&& operations) {
    return detail::race_range_operation<detail::range_result_t<R>>{detail::fan_policy::first_ended,
                                                                   operations};
}

}  // namespace patio
