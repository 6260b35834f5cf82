// SPDX-License-Identifier: MIT
#pragma once

// How a task says that it has begun: what `task_group::start` waits for.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/core/detail/scope.hpp>

#include <coroutine>
#include <cstdint>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio {

namespace detail {

class start_scope;

/// The part of `ready` that does not depend on types. Who says it and who waits for it know each
/// other, so each may move, and each may end first.
class PATIO_EXPORT ready_handle {
public:
    using loop_affine = void;

    ready_handle() noexcept = default;
    explicit ready_handle(start_scope& waiting) noexcept;
    ready_handle(ready_handle&& other) noexcept;
    ready_handle& operator=(ready_handle&&) = delete;
    ~ready_handle();

protected:
    /// Who waits; null if nobody cares. **Fails** with usage_error if it is too late.
    [[nodiscard]] start_scope* waiting() const;
    void say() noexcept;

private:
    friend start_scope;
    enum class state : std::uint8_t {
        ignored,  ///< nobody has ever waited for it
        open,     ///< `waiting_` waits for it
        closed,   ///< it was said, moved away, or its task has ended
    };

    start_scope* waiting_ = nullptr;  // not null exactly if open
    state state_ = state::ignored;
};

/// The private group in which a task lives until it is ready; then it moves to its real group.
///
/// While a start is under way its real group counts it as a child, and so cannot end.
class PATIO_EXPORT start_scope : public group_scope {
public:
    explicit start_scope(group_scope& target) noexcept : target_{target} { body_ended = true; }
    start_scope(start_scope&& unstarted) noexcept;
    ~start_scope() override;

    [[nodiscard]] bool is_decided() const noexcept override {
        return has_outcome_ || body_error != nullptr;
    }
    [[nodiscard]] const char* kind_name() const noexcept override { return "start"; }

protected:
    /// Starts the child. **Fails** with group_closed; nothing has begun then.
    std::coroutine_handle<> begin(awaiting_frame frame, std::coroutine_handle<> child, place where);
    [[nodiscard]] bool has_begun() const noexcept { return child_ != nullptr; }
    /// The group need not wait for this any more.
    void leave_target() noexcept;
    /// Throws what kept the child from becoming ready, if something did.
    void check();

private:
    friend ready_handle;

    void became_ready() noexcept;
    void child_ended(task_block& child) noexcept override;
    void close_handle() noexcept;

    group_scope& target_;
    ready_handle* handle_ = nullptr;  // what the child has; null once it is closed
    task_block* child_ = nullptr;     // counted
    bool is_counted_ = false;         // as a child of the target
    bool is_ready_ = false;
    bool has_outcome_ = false;  // the child ended, and not by the cancellation of this start
};

/// Where the value waits for the one who awaits `start`.
template <class T>
class ready_value : public start_scope {
public:
    using start_scope::start_scope;

    T take() {
        check();
        return std::move(*value_);
    }
    std::optional<T> value_;
};
template <>
class ready_value<void> : public start_scope {
public:
    using start_scope::start_scope;

    void take() { check(); }
};

}  // namespace detail

/// What a coroutine that is started with `task_group::start<T>` gets as its first argument: calling
/// it says that the coroutine is ready, and hands a value to whoever started it.
///
/// ```
/// patio::async<> serve(patio::ready<int> listening, settings chosen) {
///     auto listener = co_await listen(chosen);
///     listening(listener.port());
///     …
/// }
/// const int port = co_await group.start<int>(serve, chosen);
/// ```
///
/// A default-made one ignores what it is told: `co_await serve(patio::ready<int>{}, chosen)` runs
/// the same coroutine without a group.
///
/// **Threads** belongs to the loop; any task may call it, not only the one that it speaks for.
template <class T = void>
class ready : public detail::ready_handle {
public:
    static_assert(std::is_object_v<T>, "start() is told a value: an object, or nothing");

    ready() noexcept = default;
    explicit ready(detail::ready_value<T>& waiting) noexcept : ready_handle{waiting} {}
    ready(ready&&) noexcept = default;

    /// The coroutine is ready: whoever awaits `start` goes on in the next turn. What the coroutine
    /// does from here on, fail for example, concerns its group.
    ///
    /// If the group has been cancelled meanwhile, so is the task. If the `start` has been cancelled
    /// nothing changes: the task is being cancelled already.
    ///
    /// **Fails** a second call with usage_error; also one after the task has ended, and one on a
    /// moved-from object.
    void operator()(T value) {
        if (detail::start_scope* scope = waiting()) {
            static_cast<detail::ready_value<T>*>(scope)->value_.emplace(std::move(value));
            say();
        }
    }
};

template <>
class ready<void> : public detail::ready_handle {
public:
    ready() noexcept = default;
    explicit ready(detail::ready_value<void>& waiting) noexcept : ready_handle{waiting} {}
    ready(ready&&) noexcept = default;

    void operator()() {
        if (waiting() != nullptr) say();
    }
};

namespace detail {

/// What `task_group::start` returns; `R` is what the child returns to its group.
template <class T, class R>
class [[nodiscard("starting needs co_await: co_await group.start(…)")]] start_operation final
    : public ready_value<T> {
public:
    /// `make(ready<T>)` makes the child.
    template <class Make>
    start_operation(group_scope& target, Make make)
        : ready_value<T>{target}, child_{make(ready<T>{*this})} {}
    start_operation(start_operation&&) noexcept = default;

    static bool await_ready() noexcept { return false; }
    std::coroutine_handle<> await_suspend(
        awaiting_frame frame, std::source_location where = std::source_location::current()) {
        const auto next = this->begin(frame, async_access::frame(child_, where), where);
        if (this->has_begun()) async_access::release(child_);
        return next;
    }
    T await_resume() {
        this->leave_target();
        deliver_cancellation();
        return this->take();
    }

private:
    async<R> child_;
};

}  // namespace detail
}  // namespace patio
