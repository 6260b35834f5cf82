// SPDX-License-Identifier: MIT
#pragma once

// A callable that is kept: move-only, so that it can hold anything. (C++23 has
// std::move_only_function; <functional> costs a quarter of a second of compile time.)

#include <patio/base/assert.hpp>
#include <patio/base/detail/strict_marks.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace patio {

template <class Signature>
class unique_function;

/// Owns any callable with this signature.
///
/// **Fails** calling an empty one ends the program. **Cost** one allocation when made.
template <class Result, class... Args>
class unique_function<Result(Args...)> {
public:
    unique_function() noexcept = default;

    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, unique_function> &&
                 std::is_invocable_r_v<Result, std::decay_t<F>&, Args...>)
    unique_function(F&& f)  // NOLINT: a function converts from what it can call
        : callable_{new holder<std::decay_t<F>>{std::forward<F>(f)}} {}

    unique_function(unique_function&& other) noexcept
        : callable_{std::exchange(other.callable_, nullptr)} {}
    unique_function& operator=(unique_function&& other) noexcept {
        std::swap(callable_, other.callable_);
        return *this;
    }
    ~unique_function() { delete callable_; }

    explicit operator bool() const noexcept { return callable_ != nullptr; }

    PATIO_DETAIL_COROUTINE_WRAPPER Result operator()(Args... args) {
        PATIO_ASSERT(callable_ != nullptr, "an empty unique_function was called");
        return callable_->call(std::forward<Args>(args)...);
    }

private:
    struct concept_base {
        concept_base() = default;
        concept_base(const concept_base&) = delete;
        concept_base& operator=(const concept_base&) = delete;
        virtual ~concept_base() = default;
        virtual Result call(Args... args) = 0;
    };
    template <class F>
    struct holder final : concept_base {
        template <class G>
        explicit holder(G&& g) : callable{std::forward<G>(g)} {}
        PATIO_DETAIL_COROUTINE_WRAPPER Result call(Args... args) override {
            return callable(std::forward<Args>(args)...);
        }
        F callable;
    };

    concept_base* callable_ = nullptr;
};

}  // namespace patio
