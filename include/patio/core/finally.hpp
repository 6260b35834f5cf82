// SPDX-License-Identifier: MIT
#pragma once

// Cleanup that has to wait for something.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/detail/awaitable.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/core/detail/scope.hpp>

#include <concepts>
#include <coroutine>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio {

namespace detail {

/// The part of `finally` that does not depend on types.
class PATIO_EXPORT finally_scope : public scope {
public:
    explicit finally_scope(duration grace) noexcept : grace_{grace.count()} {}
    finally_scope(finally_scope&& unstarted) noexcept
        : scope{std::move(unstarted)}, grace_{unstarted.grace_} {}
    ~finally_scope() override;

    [[nodiscard]] const char* kind_name() const noexcept override { return "finally"; }

protected:
    /// Throws the cleanup's failure if the body was fine; what comes next is the body's own
    /// outcome.
    void check();

    std::coroutine_handle<> body_;     // owned; while it runs it is `inner`
    std::coroutine_handle<> cleanup_;  // owned; not started while the body runs

private:
    std::coroutine_handle<> child_returned() noexcept final;
    after_child child_unwound() noexcept final;
    std::coroutine_handle<> begin_cleanup() noexcept;
    void report_cut() noexcept;

    std::int64_t grace_;
    bool is_in_cleanup_ = false;
    std::exception_ptr cleanup_error_;
};

template <class C>
async<> run_cleanup(C& cleanup) {
    co_await cleanup();
}

template <class T, class C>
class [[nodiscard("finally needs co_await: co_await finally(…)")]] finally_operation final
    : public finally_scope {
public:
    finally_operation(async<T> operation, C&& cleanup, duration grace)
        : finally_scope{grace},
          operation_{std::move(operation)},
          function_{std::forward<C>(cleanup)} {}

    static bool await_ready() noexcept { return false; }
    std::coroutine_handle<> await_suspend(
        awaiting_frame frame, std::source_location where = std::source_location::current()) {
        // Made now, so that a lack of memory shows before the body has begun, not when it has to be
        // cleaned up after.
        async<> cleanup = run_cleanup(function_);
        cleanup_ = async_access::release(cleanup);
        enter(frame, async_access::take(operation_, where), where);
        return transfer(inner);
    }
    T await_resume() {
        deliver_cancellation();
        check();
        return async_access::result<T>(body_).take();
    }

private:
    async<T> operation_;
    C function_;
};

}  // namespace detail

/// Runs `operation`, then `cleanup()`, whether the operation returned, threw or was cancelled.
///
/// ```
/// co_await patio::finally(serve(connection), [&]() -> patio::async<> { co_await
/// connection.shutdown(); });
/// ```
///
/// **Use** destructors where the cleanup need not wait: they run in every case too. This is for
/// what must be awaited, and takes the place of a `finally:` with an `await` in it.
///
/// The cleanup is shielded: an outer cancellation waits for it. With `grace`, it is itself
/// cancelled after that long, counted from its start.
///
/// **Returns** the operation's value. **Fails** with the operation's exception; else with the
/// cleanup's. A cleanup that fails or is cut when there is another outcome already makes a
/// `failed_cleanup` report.
template <awaitable A, class C>
    requires std::invocable<std::remove_reference_t<C>&>
auto finally(A&& operation, C&& cleanup, duration grace = duration::forever()) {
    detail::check_callable<C>();
    using result = await_result_t<A>;
    return detail::finally_operation<result, C>{detail::adopt(std::forward<A>(operation)),
                                                std::forward<C>(cleanup), grace};
}

}  // namespace patio
