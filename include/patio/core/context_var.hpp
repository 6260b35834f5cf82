// SPDX-License-Identifier: MIT
#pragma once

// Values that belong to a task and that its children inherit.

#include <patio/base/config.hpp>
#include <patio/core/detail/task_record.hpp>

#include <cstdint>
#include <utility>

namespace patio {

namespace detail {

struct context_node;

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

/// The running task's value for a key, or that it has none, and the memory to put that back.
class PATIO_EXPORT context_backup {
public:
    /// **Fails** with std::bad_alloc.
    explicit context_backup(const void* key);
    context_backup(const context_backup&) = delete;
    context_backup& operator=(const context_backup&) = delete;
    /// Puts it back in the task that runs, if one does; that cannot fail.
    ~context_backup();

private:
    context_node* node_;
};

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

    /// A value for as long as an object lives; it restores the one before. Outside of a task, where
    /// a generator that has one may die, there is nothing to restore.
    class [[nodiscard("the value lasts as long as this object")]] binding {
    public:
        /// **Fails** with usage_error outside of a task.
        explicit binding(context_var& variable, T value) : before_{&variable} {
            variable.set(std::move(value));
        }
        binding(const binding&) = delete;
        binding& operator=(const binding&) = delete;
        ~binding() = default;

    private:
        detail::context_backup before_;
    };

private:
    struct holder final : detail::context_value {
        explicit holder(T v) : value{std::move(v)} {}
        T value;
    };

    T default_{};
};

}  // namespace patio
