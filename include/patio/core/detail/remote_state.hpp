// SPDX-License-Identifier: MIT
#pragma once

// What two threads share while one waits for a coroutine of the other.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/async.hpp>
#include <patio/core/task.hpp>

#include <coroutine>
#include <cstdint>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio::detail {

class post_box;
class posted_state;

/// A counted pointer that threads may share: <memory> is too dear for these headers.
template <class T>
class counted {
public:
    counted() noexcept = default;
    explicit counted(T* fresh) noexcept : target_{fresh} {}  // takes the first count over
    counted(const counted& other) noexcept : target_{other.target_} {
        if (target_ != nullptr) target_->add_ref();
    }
    counted(counted&& other) noexcept : target_{std::exchange(other.target_, nullptr)} {}
    counted& operator=(counted other) noexcept {
        std::swap(target_, other.target_);
        return *this;
    }
    ~counted() {
        if (target_ != nullptr && target_->drop_ref()) delete target_;
    }
    [[nodiscard]] T* operator->() const noexcept { return target_; }
    [[nodiscard]] T& operator*() const noexcept { return *target_; }
    explicit operator bool() const noexcept { return target_ != nullptr; }

private:
    T* target_ = nullptr;
};

/// The part that needs no type. `task_` belongs to the loop's thread; whoever sets the outcome does
/// so once and first stores the value; readers look at it only after `is_done()`.
class PATIO_EXPORT remote_base {
public:
    remote_base();
    remote_base(const remote_base&) = delete;
    remote_base& operator=(const remote_base&) = delete;

    void add_ref() noexcept { __atomic_add_fetch(&refs_, 1, __ATOMIC_RELAXED); }
    [[nodiscard]] bool drop_ref() noexcept {
        return __atomic_sub_fetch(&refs_, 1, __ATOMIC_ACQ_REL) == 0;
    }

    [[nodiscard]] bool is_done() const noexcept {
        return __atomic_load_n(&outcome_, __ATOMIC_ACQUIRE) != 0;
    }
    void wait_until_done();
    [[nodiscard]] bool wait_for(duration limit);

    // --- on the loop's thread

    void set_error(std::exception_ptr error) noexcept;
    void set_cancelled() noexcept;
    void set_loop_ended() noexcept;
    void cancel_task(const char* reason, std::source_location where) const noexcept;
    void set_task(any_task task) noexcept { task_ = std::move(task); }

protected:
    enum class outcome : std::uint8_t { none, value, error, cancelled, loop_ended, taken };

    ~remote_base();
    void finish(outcome how) noexcept;
    /// Throws unless there is a value that nobody has taken.
    void check();
    [[nodiscard]] bool has_value() const noexcept {
        return outcome_ == static_cast<std::uint8_t>(outcome::value);
    }

private:
    struct waiting;
    friend class outcome_guard;

    waiting* waiting_;  // the lock and the condition of those who block
    std::exception_ptr error_;
    any_task task_;
    std::uint32_t refs_ = 1;
    std::uint8_t outcome_ = 0;  // an `outcome`; the builtins for atomics take integers only
};

template <class T>
class remote_state final : public remote_base {
    using stored = std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, T>;

public:
    remote_state() {}
    ~remote_state() {
        if (has_value()) value_.~stored();
    }
    void set_value(T&& value) {
        if constexpr (std::is_reference_v<T>) {
            value_ = __builtin_addressof(value);
        } else {
            ::new (static_cast<void*>(__builtin_addressof(value_))) T(std::move(value));
        }
        finish(outcome::value);
    }
    T take() {
        check();
        if constexpr (std::is_reference_v<T>) {
            return static_cast<T>(*value_);
        } else {
            struct destroyer {
                remote_state& of;
                ~destroyer() {
                    of.value_.~T();
                    of.finish(outcome::taken);
                }
            } const guard{*this};
            return std::move(value_);
        }
    }

private:
    union {
        stored value_;
    };
};

template <>
class PATIO_EXPORT remote_state<void> final : public remote_base {
public:
    void set_value() noexcept { finish(outcome::value); }
    void take() { check(); }
};

/// Ends the wait of the other thread also when the coroutine is destroyed without an outcome.
class outcome_guard {
public:
    explicit outcome_guard(remote_base& target) noexcept : target_{target} {}
    outcome_guard(const outcome_guard&) = delete;
    outcome_guard& operator=(const outcome_guard&) = delete;
    ~outcome_guard() { target_.set_cancelled(); }

private:
    remote_base& target_;
};

/// Starts the carrier as a root task that bears the name of `inner`.
PATIO_EXPORT void start_remote(remote_base& target, async<> carrier, std::coroutine_handle<> inner);

}  // namespace patio::detail
