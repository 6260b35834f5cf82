// SPDX-License-Identifier: MIT
#pragma once

// The coroutine type: a function that can pause.

#include <patio/base/assert.hpp>
#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/core/detail/frame.hpp>
#include <patio/core/detail/result_storage.hpp>

#include <coroutine>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio {

namespace detail {
struct async_access;
[[gnu::cold]] PATIO_EXPORT void drop_frame(std::coroutine_handle<> frame) noexcept;
[[noreturn, gnu::cold]] PATIO_EXPORT void awaited_empty(std::source_location where) noexcept;
}  // namespace detail

/// A coroutine that will give a `T`.
///
/// Calling a coroutine function runs nothing: it makes one of these. `co_await` runs it, gives its
/// result or throws its exception, and meanwhile pauses the awaiting coroutine, not the thread.
///
/// ```
/// patio::async<int> add(int a, int b) {
///     co_await patio::sleep(100ms);
///     co_return a + b;
/// }
/// patio::async<> hello() { int sum = co_await add(3, 4); }
/// ```
///
/// It is awaited once, as an rvalue: where it is made, or with std::move. To let several run at
/// once give them to `gather`, or to `task_group::spawn`; to let several await one result spawn a
/// `task`.
///
/// **Suspends** only if the coroutine does: awaiting one that never waits costs no turn of the
/// loop.
/// **Borrows** what its parameters refer to, until it ends. Take parameters by value unless the
/// coroutine is awaited in the expression that calls it. Parameters by value are destroyed when it
/// has ended; those of a task that gives a result live on in it, as long as its handle does.
/// **Cancel** its frames are destroyed, innermost first: destructors run, `catch` blocks do not.
/// **Fails** awaiting an empty one (moved-from, or awaited before) ends the program and says where.
/// Destroyed without having been awaited it makes a `never_awaited` report.
/// **Cost** one block from the thread's frame pool, two jumps.
template <class T = void>
class PATIO_DETAIL_COROUTINE [[nodiscard(
    "a coroutine does nothing until it is awaited: write co_await in front of it, or give it "
    "to spawn() or gather()")]] async {
public:
    using loop_affine = void;
    using value_type = T;
    class promise_type;

    async(async&& other) noexcept : frame_{std::exchange(other.frame_, {})} {}
    async& operator=(async&& other) noexcept {
        std::swap(frame_, other.frame_);
        return *this;
    }
    ~async() {
        if (frame_) [[unlikely]]
            detail::drop_frame(frame_);
    }

    // --- what co_await calls

    bool await_ready(std::source_location where = std::source_location::current()) const noexcept {
        if (!frame_) [[unlikely]]
            detail::awaited_empty(where);
        return false;
    }
    [[gnu::always_inline]] std::coroutine_handle<> await_suspend(
        detail::awaiting_frame parent,
        std::source_location where = std::source_location::current()) noexcept {
        frame_.promise().continue_in_frame(parent.handle(), where);
        return detail::transfer(frame_);
    }
    [[gnu::always_inline]] T await_resume() {
        if constexpr (std::is_reference_v<T>) {  // may refer to a parameter: keep it to the end of
            return frame_.promise().take();      // the full expression, as a function call would
        } else {
            const owner ended{std::exchange(frame_, {})};
            return ended.frame.promise().take();
        }
    }

    template <class Never = void>
    void operator co_await() & {
        static_assert(
            sizeof(Never*) == 0,
            "a coroutine is awaited once: write co_await std::move(x), or co_await f() where "
            "it is made; to await a result several times, spawn a task");
    }

private:
    friend struct detail::async_access;
    using handle = std::coroutine_handle<promise_type>;

    struct owner {
        handle frame;
        ~owner() { frame.destroy(); }
    };

    explicit async(handle frame) noexcept : frame_{frame} {}

    handle frame_;
};

template <class T>
class async<T>::promise_type : public detail::result_storage<T> {
public:
    // The default argument is evaluated inside the coroutine, so it names the coroutine and its
    // definition.
    explicit promise_type(
        std::source_location definition = std::source_location::current()) noexcept
        : detail::result_storage<T>{definition} {}

    PATIO_DETAIL_COROUTINE_WRAPPER async get_return_object() noexcept {
        return async{handle::from_promise(*this)};
    }
};

namespace detail {

/// For combinators: the frame inside an `async`.
struct async_access {
    /// **Fails** ends the program if it is empty.
    template <class T>
    [[nodiscard]] static std::coroutine_handle<> frame(
        const async<T>& source,
        std::source_location where = std::source_location::current()) noexcept {
        if (!source.frame_) [[unlikely]]
            awaited_empty(where);
        return source.frame_;
    }
    /// The same, and the frame belongs to the caller.
    template <class T>
    [[nodiscard]] static std::coroutine_handle<> take(async<T>& source,
                                                      std::source_location where) noexcept {
        static_cast<void>(frame(source, where));
        return release(source);
    }
    template <class T>
    static std::coroutine_handle<> release(async<T>& source) noexcept {
        return std::exchange(source.frame_, {});
    }
    template <class T>
    [[nodiscard]] static result_storage<T>& result(std::coroutine_handle<> frame) noexcept {
        return async<T>::handle::from_address(frame.address()).promise();
    }
};

template <class T>
inline constexpr bool is_async = false;
template <class T>
inline constexpr bool is_async<async<T>> = true;

}  // namespace detail
}  // namespace patio
