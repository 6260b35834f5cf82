// SPDX-License-Identifier: MIT
#pragma once

// One function on its way to a thread and back: the awaiter of `to_thread` and `thread_pool::run`.

#include <patio/base/config.hpp>
#include <patio/core/detail/abortable.hpp>
#include <patio/core/detail/frame.hpp>
#include <patio/core/loop.hpp>
#include <patio/core/loop_handle.hpp>
#include <patio/io/stop_signal.hpp>

#include <cstdint>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

namespace patio::detail {

class pool_core;
class stuck_watch;

/// The part that needs no type.
///
/// It belongs to the loop's thread until it is handed to the pool; then `state_` is guarded by the
/// pool's lock; from the moment when a thread takes it, the outcome is that thread's, until it
/// posts the job back to the loop. The awaiting frame stays alive all that time, cancelled or not.
class PATIO_EXPORT job_base : public abortable, private callback_node {
public:
    static bool await_ready() noexcept { return false; }
    void await_suspend(awaiting_frame frame,
                       std::source_location where = std::source_location::current());
    void request_cancel(task_block& task) noexcept final;

protected:
    /// `pool`: null for the loop's own.
    explicit job_base(pool_core* pool) noexcept : pool_{pool} {}
    job_base(job_base&& unstarted) noexcept;
    job_base& operator=(job_base&&) = delete;
    ~job_base() = default;

    /// Calls the function and keeps its outcome; on a thread of the pool.
    virtual void execute() noexcept = 0;

    [[nodiscard]] stop_signal make_stop_signal() noexcept { return stop_signal{*this}; }
    void set_error(std::exception_ptr error) noexcept { error_ = std::move(error); }
    /// Throws what the function threw.
    void check();

private:
    friend class pool_core;
    friend class stuck_watch;
    friend class patio::stop_signal;
    enum class state : std::uint8_t { made, waiting, running, ended };

    void come_back() noexcept;

    pool_core* pool_;
    task_block* waiting_ = nullptr;
    stuck_watch* watch_ = nullptr;  // once a running one was asked to stop
    loop_handle home_;
    std::exception_ptr error_;
    state state_ = state::made;
    bool was_cancelled_ = false;  // the loop's thread
    bool is_stop_seen_ = false;   // the function's threads, then the loop's
    bool is_stop_asked_ = false;  // any, atomic
};

/// What a call returns, kept until the awaiter takes it.
template <class R>
class job_result {
    using stored = std::conditional_t<std::is_reference_v<R>, std::remove_reference_t<R>*, R>;

public:
    job_result() noexcept {}
    job_result(job_result&&) noexcept {}  // of unstarted jobs only
    job_result& operator=(job_result&&) = delete;
    ~job_result() {
        if (has_value_) value_.~stored();
    }
    template <class Call>
    void set(Call&& call) {
        if constexpr (std::is_reference_v<R>) {
            value_ = __builtin_addressof(call());
        } else {
            ::new (static_cast<void*>(__builtin_addressof(value_))) R(call());
        }
        has_value_ = true;
    }
    R take() {
        if constexpr (std::is_reference_v<R>) {
            return static_cast<R>(*value_);
        } else {
            return std::move(value_);
        }
    }

private:
    union {
        stored value_;
    };
    bool has_value_ = false;
};

template <>
class job_result<void> {
public:
    template <class Call>
    void set(Call&& call) {
        call();
    }
    void take() noexcept {}
};

template <class Call>
concept stoppable_call = requires(Call& call, stop_signal stop) { call(stop); };

template <class Call, bool is_stoppable>
struct job_value {
    using type = decltype(std::declval<Call&>()());
};
template <class Call>
struct job_value<Call, true> {
    using type = decltype(std::declval<Call&>()(std::declval<stop_signal>()));
};

template <class Call, bool is_stoppable>
class [[nodiscard(
    "a function goes to its thread when it is awaited: co_await to_thread(…)")]] job final
    : public job_base {
public:
    using value_type = typename job_value<Call, is_stoppable>::type;

    job(pool_core* pool, Call&& made) : job_base{pool}, call_{std::move(made)} {}

    value_type await_resume() {
        check();
        return result_.take();
    }

private:
    void execute() noexcept override {
        try {
            result_.set([this]() -> value_type {
                if constexpr (is_stoppable) {
                    return call_(make_stop_signal());
                } else {
                    return call_();
                }
            });
        } catch (...) {
            set_error(std::current_exception());
        }
    }

    Call call_;
    job_result<value_type> result_;
};

template <class F, class... Args>
concept plain_call =
    requires(std::decay_t<F>& f, std::decay_t<Args>&&... args) { f(std::move(args)...); };
template <class F, class... Args>
concept stop_call = requires(std::decay_t<F>& f, stop_signal stop, std::decay_t<Args>&&... args) {
    f(stop, std::move(args)...);
};

/// Something that can be called with these arguments, perhaps with a stop_signal in front.
template <class F, class... Args>
concept job_function = plain_call<F, Args...> || stop_call<F, Args...>;

template <class F, class... Args>
auto make_job(pool_core* pool, F&& f, Args&&... args) {
    if constexpr (plain_call<F, Args...>) {
        auto call = [kept = std::decay_t<F>(std::forward<F>(f)),
                     ... values =
                         std::decay_t<Args>(std::forward<Args>(args))]() mutable -> decltype(auto) {
            return kept(std::move(values)...);
        };
        return job<decltype(call), false>{pool, std::move(call)};
    } else {
        auto call = [kept = std::decay_t<F>(std::forward<F>(f)),
                     ... values = std::decay_t<Args>(std::forward<Args>(args))](
                        stop_signal stop) mutable -> decltype(auto) {
            return kept(stop, std::move(values)...);
        };
        return job<decltype(call), true>{pool, std::move(call)};
    }
}

}  // namespace patio::detail
