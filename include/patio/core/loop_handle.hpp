// SPDX-License-Identifier: MIT
#pragma once

// Reaching a loop from other threads: posting functions, and running coroutines there.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/core/detail/remote_state.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/loop.hpp>
#include <patio/core/task.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace patio {

template <class T>
class remote;
class posted_call;

/// A loop as other threads see it. Copies refer to the same loop; any of them may outlive it.
///
/// While a handle exists, a loop that has nothing to do waits: somebody outside may call. So a
/// deadlock of its tasks is not noticed, and a program whose main has ended ends all the same.
///
/// ```
/// patio::loop_handle home = patio::current_loop();
/// std::thread worker([home] { home.post([] { std::puts("on the loop's thread"); }); });
/// ```
///
/// **Threads** any, at any time.
/// **Order** what one thread posts runs in the order of posting, in one of the loop's next turns.
/// **Cost** one allocation and one compare-and-swap for each post; a system call only for the first
/// post to a loop that sleeps.
class PATIO_EXPORT loop_handle {
public:
    /// A handle of a loop that has ended.
    loop_handle() noexcept = default;
    loop_handle(const loop_handle& other) noexcept;
    loop_handle(loop_handle&& other) noexcept : box_{std::exchange(other.box_, nullptr)} {}
    loop_handle& operator=(loop_handle other) noexcept {
        std::swap(box_, other.box_);
        return *this;
    }
    ~loop_handle();

    /// Calls `f()` on the loop's thread, between the steps of its tasks. What it throws becomes a
    /// `failed_callback` report.
    ///
    /// **Returns** false if the loop has ended. A loop that ends later may drop what was posted:
    /// `f` is then destroyed without having been called.
    template <class F>
        requires std::invocable<std::decay_t<F>&>
    bool post(F&& f) const {
        return post(*new posted<std::decay_t<F>>{std::forward<F>(f)});
    }

    /// The same, with a handle to take it back.
    template <class F>
        requires std::invocable<std::decay_t<F>&>
    posted_call post_cancellable(F&& f) const;

    /// Runs the coroutine `f(args...)` on the loop, as a task of the program's root group; returns
    /// at once. The callable and the arguments are moved to the loop and live as long as the task.
    ///
    /// **Fails** with `loop_ended`. Everything later, also what `f` throws, comes out of the
    /// `remote`.
    template <class F, class... Args>
        requires detail::coroutine_function<F, Args...>
    auto run(F&& f, Args&&... args) const;

    /// Whether it refers to a loop; that may have ended.
    explicit operator bool() const noexcept { return box_ != nullptr; }
    friend bool operator==(const loop_handle&, const loop_handle&) noexcept = default;

    /// For the library: counts `box`.
    explicit loop_handle(detail::post_box& box) noexcept;
    /// For the library: gives a node to the loop. False, and drops it, if the loop has ended.
    bool post(detail::callback_node& node) const noexcept;

private:
    template <class F>
    struct posted final : detail::callback_node {
        template <class G>
        explicit posted(G&& source) : f(std::forward<G>(source)) {
            call = [](callback_node& self) {
                const keeper kept{static_cast<posted*>(&self)};
                kept.node->f();
            };
            drop = [](callback_node& self) noexcept { delete static_cast<posted*>(&self); };
        }
        struct keeper {
            posted* node;
            ~keeper() { delete node; }
        };
        F f;
    };

    detail::post_box* box_ = nullptr;  // counted
};

/// The loop that runs on this thread, for other threads to reach.
/// **Fails** with usage_error if there is none.
[[nodiscard]] PATIO_EXPORT loop_handle current_loop();

/// A posted function that can be taken back until it begins to run.
///
/// **Threads** any. While the function runs, `cancel()` and `cancelled()` wait for its end, so that
/// after either of them it does not run any more; called by the function itself they return at
/// once.
class PATIO_EXPORT posted_call {
public:
    /// Takes the function back. **Returns** whether it will never be called.
    bool cancel() const noexcept;
    /// Whether it will never be called: taken back, or dropped by a loop that has ended.
    [[nodiscard]] bool cancelled() const noexcept;

    posted_call(const posted_call& other) noexcept;
    posted_call(posted_call&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    posted_call& operator=(posted_call other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~posted_call();

private:
    friend class loop_handle;

    /// The loop's side. Destroyed without having begun, it tells that nobody will.
    class PATIO_EXPORT runner {
    public:
        runner();
        runner(runner&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
        runner& operator=(runner&&) = delete;
        ~runner();
        /// False: it was taken back.
        bool begin() noexcept;
        void end() noexcept;

    private:
        friend class posted_call;
        detail::posted_state* state_;  // counted
    };
    explicit posted_call(const runner& from) noexcept;

    detail::posted_state* state_;  // counted
};

/// The result of a coroutine that runs on another thread's loop.
///
/// Dropping it neither cancels nor detaches the task: the loop's root group owns it.
///
/// **Threads** any, one at a time. The blocking calls must not be made on a thread that runs a
/// loop.
template <class T = void>
class [[nodiscard]] remote {
public:
    /// Blocks until the task has ended; returns its result, which is moved out.
    ///
    /// **Fails** with what the coroutine threw; with `task_cancelled` if somebody cancelled it;
    /// with `loop_ended` if the loop ended before it began; with usage_error on a thread that runs
    /// a loop, which would stand still meanwhile, and when it is called again.
    T get() {
        state_->wait_until_done();
        return state_->take();
    }
    /// Blocks until the task has ended or the time is over; the task is not cancelled then.
    /// **Returns** whether it has ended.
    [[nodiscard]] bool wait_for(duration limit) { return state_->wait_for(limit); }
    /// Whether the task has ended, however it ended.
    [[nodiscard]] bool done() const noexcept { return state_->is_done(); }

    /// Asks the loop to cancel the task. It goes on until the loop has done so; `get()` tells.
    /// **Returns** false if it has ended, or the loop has.
    bool cancel(const char* reason = nullptr,
                std::source_location where = std::source_location::current()) const {
        return !done() && home_.post([state = state_, reason = shared_text{reason}, where] {
            state->cancel_task(reason.c_str(), where);
        });
    }

private:
    friend class loop_handle;
    explicit remote(loop_handle home)
        : home_{std::move(home)}, state_{new detail::remote_state<T>} {}

    loop_handle home_;
    detail::counted<detail::remote_state<T>> state_;
};

// --- implementation

namespace detail {

/// Carries the outcome of the coroutine to the other thread, however its frame ends.
template <class T, class State>
async<> carry_to(counted<State> target, async<T> source) {
    const outcome_guard guard{*target};
    async<T> inner = std::move(source);  // its frames die before the guard tells that they have
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(inner);
            target->set_value();
        } else {
            T value = co_await std::move(inner);
            target->set_value(static_cast<T&&>(value));
        }
    } catch (...) {
        target->set_error(std::current_exception());
    }
}

/// What travels to the loop: makes the coroutine there, or says that the loop has ended.
template <class T, class Make>
class remote_start {
public:
    remote_start(counted<remote_state<T>> state, Make&& make)
        : state_{std::move(state)}, make_{std::move(make)} {}
    remote_start(remote_start&&) noexcept = default;
    remote_start& operator=(remote_start&&) = delete;
    ~remote_start() {
        if (state_) state_->set_loop_ended();
    }

    void operator()() {
        const counted<remote_state<T>> state{std::move(state_)};
        try {
            async<T> made = make_();
            const std::coroutine_handle<> inner = async_access::frame(made);
            start_remote(*state, carry_to(state, std::move(made)), inner);
        } catch (...) {
            state->set_error(std::current_exception());
        }
    }

private:
    counted<remote_state<T>> state_;
    Make make_;
};

}  // namespace detail

template <class F, class... Args>
    requires detail::coroutine_function<F, Args...>
auto loop_handle::run(F&& f, Args&&... args) const {
    using result =
        detail::async_result_t<std::invoke_result_t<std::decay_t<F>&, std::decay_t<Args>...>>;
    remote<result> target{*this};
    auto make = [kept_f = std::decay_t<F>(std::forward<F>(f)),
                 ... kept_args = std::decay_t<Args>(std::forward<Args>(args))]  //
        () PATIO_DETAIL_COROUTINE_WRAPPER_LAMBDA mutable {
            return detail::call_kept(std::move(kept_f), std::move(kept_args)...);
        };
    using start = detail::remote_start<result, decltype(make)>;
    if (!post(start{target.state_, std::move(make)})) throw loop_ended{};
    return target;
}

template <class F>
    requires std::invocable<std::decay_t<F>&>
posted_call loop_handle::post_cancellable(F&& f) const {
    posted_call::runner side;
    posted_call target{side};
    post([side = std::move(side), kept = std::decay_t<F>(std::forward<F>(f))]() mutable {
        if (!side.begin()) return;
        struct end_guard {
            posted_call::runner& of;
            ~end_guard() { of.end(); }
        } const guard{side};
        kept();
    });
    return target;
}

}  // namespace patio
