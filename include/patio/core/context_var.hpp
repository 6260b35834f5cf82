// SPDX-License-Identifier: MIT
#pragma once

// Values that belong to a task and that its children inherit.

#include <patio/base/config.hpp>
#include <patio/core/detail/task_record.hpp>

#include <cstdint>
#include <utility>

namespace patio {

namespace detail {

/// A value that several contexts share.
struct PATIO_EXPORT context_value {
    context_value() noexcept = default;
    context_value(const context_value&) = delete;
    context_value& operator=(const context_value&) = delete;
    virtual ~context_value();
    std::uint32_t refs = 1;
};

/// The running task's value for `key`, or null.
[[nodiscard]] PATIO_EXPORT context_value* find_in_context(const void* key) noexcept;
/// Sets it, or takes it away if `value` is null; takes over one count of `value`.
PATIO_EXPORT void set_in_context(const void* key, context_value* value);

}  // namespace detail

/// A variable with a value of its own in each task, like Python's contextvars.
///
/// ```
/// patio::context_var<std::string> request_id{"-"};
/// …
/// request_id.set("4711");           // in this task, and in those that it spawns after this
/// log(request_id.get());
/// ```
///
/// A task sees what its spawner saw when it spawned it; what a task sets is not seen outside of it.
/// The variable itself is usually a global; it must outlive the tasks that use it.
///
/// **Threads** a loop's values belong to that loop. Outside of a task `get()` gives the default.
/// **Cost** `get()` walks the variables that are set in this task; spawning costs nothing unless
/// one is set, then a small block.
template <class T>
class context_var {
public:
    context_var() = default;
    explicit context_var(T default_value) : default_{std::move(default_value)} {}
    context_var(const context_var&) = delete;  // its address is the key
    context_var& operator=(const context_var&) = delete;

    /// The task's value, else the default. Valid until this task sets another one.
    [[nodiscard]] const T& get() const noexcept {
        const auto* found = static_cast<const holder*>(detail::find_in_context(this));
        return found != nullptr ? found->value : default_;
    }
    /// Sets the value in the running task. **Fails** with usage_error outside of a task.
    void set(T value) { detail::set_in_context(this, new holder{std::move(value)}); }
    /// Back to the default in the running task.
    void reset() { detail::set_in_context(this, nullptr); }

    /// A value for as long as an object lives; it restores the one before.
    class [[nodiscard("the value lasts as long as this object")]] binding {
    public:
        explicit binding(context_var& variable, T value)
            : variable_{variable}, before_{detail::find_in_context(&variable)} {
            if (before_ != nullptr) ++before_->refs;
            variable_.set(std::move(value));
        }
        binding(const binding&) = delete;
        binding& operator=(const binding&) = delete;
        ~binding() { detail::set_in_context(&variable_, before_); }

    private:
        context_var& variable_;
        detail::context_value* before_;
    };

private:
    struct holder final : detail::context_value {
        explicit holder(T v) : value{std::move(v)} {}
        T value;
    };

    T default_{};
};

}  // namespace patio
