// SPDX-License-Identifier: MIT
#pragma once

// Tasks with a common end.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/core/detail/awaitable.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/core/detail/scope.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/ready.hpp>
#include <patio/core/task.hpp>

#include <coroutine>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio {

namespace detail {

template <class... Args>
inline constexpr bool is_spawnable = false;
template <class T>
inline constexpr bool is_spawnable<async<T>> = true;
template <class T, class Place>
inline constexpr bool is_spawnable<async<T>, Place> = true;
template <class F, class... Args>
    requires coroutine_function<F, Args...>
inline constexpr bool is_spawnable<F, Args...> = true;

}  // namespace detail

#define PATIO_DETAIL_SPAWN_HINT                                                               \
    "this takes a coroutine, f(x) or std::move(made), or a function that makes one together " \
    "with its arguments: (f, x). The function must return patio::async<…>, and must accept "  \
    "these arguments by value"

/// Where `with_task_group` lets its body start tasks. It is left only when each of them has ended.
///
/// The first child that fails cancels its siblings and the body; when all have ended, all failures
/// arrive together as one `exception_group`. A child that somebody cancels alone is no failure.
///
/// **Threads** belongs to one loop, and to the tasks in it.
class PATIO_EXPORT task_group : public detail::group_scope {
public:
    /// Starts a coroutine as a child; it runs for the first time in the next turn.
    ///
    /// **Borrows** what the coroutine refers to: that must outlive the whole `with_task_group`
    /// call, not only its body, because on cancellation the body is unwound first.
    /// **Fails** with group_closed once the group has ended; the coroutine is then destroyed
    /// unstarted.
    template <class T>
    task<T> spawn(async<T> child, std::source_location where = std::source_location::current()) {
        detail::task_block& block =
            detail::start_task(*this, detail::async_access::frame(child, where), where);
        detail::async_access::release(child);
        return task<T>::take_over(block);
    }

    /// Starts `f(args...)` as a child. The callable and the arguments are moved in and live as long
    /// as the child: capturing lambdas and temporaries are safe here.
    template <class F>
        requires detail::coroutine_function<F>
    auto spawn(F&& f, std::source_location where = std::source_location::current()) {
        return spawn(detail::call_kept(std::forward<F>(f)), where);
    }
    template <class F, class... Args>
        requires(sizeof...(Args) > 0 && detail::coroutine_function<F, Args...>)
    auto spawn(F&& f, Args&&... args) {
        return spawn(detail::call_kept(std::forward<F>(f), std::forward<Args>(args)...),
                     std::source_location{});
    }

    /// Says what to write instead of anything else.
    template <class... Wrong>
        requires(!detail::is_spawnable<Wrong...>)
    void spawn(Wrong&&...) {
        static_assert(detail::is_spawnable<Wrong...>, PATIO_DETAIL_SPAWN_HINT);
    }

    /// Starts `f(patio::ready<T>, args...)` as a child and waits until it says that it is ready.
    ///
    /// ```
    /// const int port = co_await group.start<int>(serve, settings);   // listens by now
    /// ```
    ///
    /// **Returns** the value that the child has given to its `ready<T>`.
    /// **Suspends** always. **Owns** the callable and the arguments, as `spawn` does.
    /// **Fails** with what the child throws before it is ready, as itself; with usage_error if it
    /// ends without being ready; with task_cancelled if somebody cancels it alone; with
    /// group_closed if the group has ended. None of these is a failure of the group. After it is
    /// ready, the child is one like any other.
    /// **Cancel** cancels the child and waits for it.
    ///
    /// Until it is ready the child belongs to the caller, not to the group: cancelling the group
    /// reaches it if the caller is in the group, else as soon as it is ready. The group does not
    /// end before.
    template <class T = void, class F, class... Args>
    auto start(F&& f, Args&&... args) {
        static_assert(detail::coroutine_function<F, ready<T>, Args...>,
                      "start<T>(f, args…) calls f(patio::ready<T>, args…): let f take a "
                      "patio::ready<T> first and be a coroutine");
        detail::check_callable<F>();
        const auto make = [&](ready<T> said) PATIO_DETAIL_COROUTINE_WRAPPER_LAMBDA {
            return detail::call_kept(std::forward<F>(f), std::move(said),
                                     std::forward<Args>(args)...);
        };
        using child = std::invoke_result_t<decltype(make), ready<T>>;
        return detail::start_operation<T, typename child::value_type>{*this, make};
    }

    /// Ends the group early: cancels the body and every child. `with_task_group` returns when they
    /// have ended, without an error; if the body had still to give a value, with `task_cancelled`.
    void cancel(const char* reason = nullptr,
                std::source_location where = std::source_location::current()) noexcept {
        detail::cancel(*this, reason, where);
    }

    /// How many children have not ended, those included that are being started.
    [[nodiscard]] std::size_t size() const noexcept { return live_count; }

    [[nodiscard]] const char* kind_name() const noexcept override { return "task group"; }

protected:
    task_group() noexcept = default;
    task_group(task_group&&) noexcept = default;

    /// Throws what the group has collected, if it has.
    void throw_failures();
    /// The group was cancelled and its body has no value.
    [[noreturn]] void throw_cut() const { detail::throw_cancelled_by(note); }

private:
    void child_ended(detail::task_block& child) noexcept override;
    std::coroutine_handle<> child_returned() noexcept override;
};

namespace detail {

template <class T, class F>
class [[nodiscard(
    "a task group needs co_await: co_await with_task_group(…)")]] group_operation final
    : public task_group {
public:
    explicit group_operation(F&& body) : body_{std::forward<F>(body)} {}

    static bool await_ready() noexcept { return false; }
    std::coroutine_handle<> await_suspend(
        awaiting_frame frame, std::source_location where = std::source_location::current()) {
        enter(frame, {}, where);
        try {
            async<T> body = body_(static_cast<task_group&>(*this));
            inner = async_access::take(body, where);
        } catch (...) {  // a plain function that may have started tasks before it threw
            body_ended = true;
            body_error = std::current_exception();
            detail::cancel(*this, nullptr, where);
            return wait_for_children();
        }
        promise_of(inner).continue_in_scope(*this, where);
        return transfer(inner);
    }
    T await_resume() {
        deliver_cancellation();
        throw_failures();
        if constexpr (!std::is_void_v<T>) {
            if (!body_ended) this->throw_cut();
            return async_access::result<T>(inner).take();
        }
    }

private:
    F body_;
};

}  // namespace detail

/// Runs `body(task_group&)` and all tasks that it spawns; returns the body's value when all have
/// ended.
///
/// ```
/// co_await patio::with_task_group([&](patio::task_group& group) -> patio::async<> {
///     group.spawn(serve, 8080);
///     group.spawn(serve, 8081);
///     co_return;
/// });
/// ```
///
/// What the children use must be declared outside of this call. On cancellation and on failure the
/// body's frames die first and the children later, so a child that refers to a local of the body
/// would refer to nothing.
///
/// **Suspends** if the body does or a child has not ended.
/// **Fails** with `exception_group` holding every failure of the body and the children.
/// **Cancel** cancels the body, then waits for every child to unwind.
template <class F>
    requires detail::group_body<F>
auto with_task_group(F&& body) {
    detail::check_callable<F>();
    using result = detail::async_result_t<std::invoke_result_t<F&, task_group&>>;
    return detail::group_operation<result, F>{std::forward<F>(body)};
}

/// Starts a coroutine as a task of the program's root group, which `run()` cancels and joins at its
/// end.
///
/// **Use** it for work that belongs to nobody in particular; whatever has an owner goes into a
/// `with_task_group`, where its failure is noticed at once. A failure here reaches whoever awaits
/// the task, or becomes an `unobserved_failure` report.
/// **Fails** with usage_error outside of a running loop; with group_closed while the loop ends.
template <class T>
task<T> create_task(async<T> coroutine,
                    std::source_location where = std::source_location::current()) {
    detail::task_block& block = detail::start_task(
        detail::root_group(), detail::async_access::frame(coroutine, where), where);
    detail::async_access::release(coroutine);
    return task<T>::take_over(block);
}

/// Starts `f(args...)` in the root group; keeps the callable and the arguments alive.
template <class F>
    requires detail::coroutine_function<F>
auto create_task(F&& f, std::source_location where = std::source_location::current()) {
    return create_task(detail::call_kept(std::forward<F>(f)), where);
}
template <class F, class... Args>
    requires(sizeof...(Args) > 0 && detail::coroutine_function<F, Args...>)
auto create_task(F&& f, Args&&... args) {
    return create_task(detail::call_kept(std::forward<F>(f), std::forward<Args>(args)...),
                       std::source_location{});
}
/// Says what to write instead of anything else.
template <class... Wrong>
    requires(!detail::is_spawnable<Wrong...>)
void create_task(Wrong&&...) {
    static_assert(detail::is_spawnable<Wrong...>, PATIO_DETAIL_SPAWN_HINT);
}

#undef PATIO_DETAIL_SPAWN_HINT

}  // namespace patio
