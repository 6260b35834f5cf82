// SPDX-License-Identifier: MIT
#pragma once

// A group without a body: what gather and race are made of.

#include <patio/base/config.hpp>
#include <patio/core/detail/awaitable.hpp>
#include <patio/core/detail/scope.hpp>
#include <patio/core/outcome.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio::detail {

/// When the fan has its result.
enum class fan_policy : std::uint8_t {
    all_values,   ///< the first failure cancels the others: gather
    all_ended,    ///< nobody is cancelled: gather_settled
    first_ended,  ///< the first to end cancels the others: race
};

/// Children with results: they stay in their frames until the fan is destroyed.
class PATIO_EXPORT fan_scope : public group_scope {
public:
    explicit fan_scope(fan_policy policy) noexcept : policy_{policy} { body_ended = true; }
    fan_scope(fan_scope&& unstarted) noexcept
        : group_scope{std::move(unstarted)}, policy_{unstarted.policy_} {
        body_ended = true;
    }

    [[nodiscard]] bool is_decided() const noexcept override {
        return decisive_ != nullptr || body_error != nullptr;
    }
    [[nodiscard]] const char* kind_name() const noexcept override {
        return policy_ == fan_policy::first_ended ? "race" : "gather";
    }

protected:
    /// Begins: false if the task is being cancelled; nothing may be started then.
    [[nodiscard]] bool open(awaiting_frame frame, place where) noexcept;
    /// Starts one child; on failure the others are cancelled and no further one is started.
    template <class T>
    void start(async<T>& child, task_block*& slot, std::source_location where) noexcept {
        if (body_error) return discard(child);
        try {
            slot = &start_task(*this, async_access::frame(child, where), where);
            async_access::release(child);
        } catch (...) {
            body_error = std::current_exception();
            discard(child);
        }
    }
    /// Destroys an operation that will not be started; nobody forgot to await it.
    template <class T>
    static void discard(async<T>& child) noexcept {
        if (const auto frame = async_access::release(child)) destroy_unstarted(frame);
    }
    /// After the last one was started.
    std::coroutine_handle<> wait_for_all(place where) noexcept;

    /// Throws the error that decided, if one did.
    void check();
    /// The child that decided: the first failure of a gather, the winner of a race; null if none
    /// did.
    [[nodiscard]] task_block* decisive() const noexcept { return decisive_; }

    template <class T>
    static slot<T> take(task_block& child) {
        child.set(node_flag::observed);
        if constexpr (std::is_void_v<T>) {
            if (child.leaf) async_access::result<T>(child.leaf).take();
            return {};
        } else {
            return async_access::result<T>(child.leaf).take();
        }
    }
    template <class T>
    static outcome<T> settle(task_block& child) {
        child.set(node_flag::observed);
        if (child.has(node_flag::ended_with_error)) return outcome<T>{error_of_child(child)};
        if (child.has(node_flag::ended_unwound)) return outcome<T>{cancelled_error(child)};
        return outcome<T>{take<T>(child)};
    }

private:
    static void destroy_unstarted(std::coroutine_handle<> frame) noexcept;
    void child_ended(task_block& child) noexcept override;
    static std::exception_ptr error_of_child(const task_block& child) noexcept;
    static std::exception_ptr cancelled_error(const task_block& child);

    fan_policy policy_;
    task_block* decisive_ = nullptr;
};

/// The handles of a fan's children.
inline void drop_children(task_block** children, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        if (children[i] != nullptr) unref(*children[i]);
    }
}

}  // namespace patio::detail
