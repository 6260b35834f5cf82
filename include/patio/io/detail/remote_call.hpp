// SPDX-License-Identifier: MIT
#pragma once

// A coroutine on another loop, and the task that waits for it.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/core/async.hpp>
#include <patio/core/detail/abortable.hpp>
#include <patio/core/detail/callable.hpp>
#include <patio/core/detail/frame.hpp>
#include <patio/core/loop.hpp>
#include <patio/core/loop_ref.hpp>
#include <patio/core/task.hpp>
#include <patio/io/detail/job.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>

namespace patio::detail {

/// The part that needs no type. All messages are part of the awaiter, so a call allocates nothing
/// but the coroutine and its task.
///
/// The request goes to the target and comes back as the reply, when the coroutine has ended or was
/// refused. A cancel is a message of its own: the target either sees it before it has replied (the
/// reply then says so) or sends it back, so the caller knows when nobody refers to the awaiter any
/// more, and is not woken or unwound before.
///
/// Members are written by the thread that has the request; the reply is the hand-over.
class PATIO_EXPORT remote_call : public abortable {
public:
    static bool await_ready() noexcept { return false; }
    void await_suspend(awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept;
    void request_cancel(task_block& task) noexcept final;

    /// Ends the call, on the target, however the coroutine's frames have ended.
    class end_guard {
    public:
        explicit end_guard(remote_call& call) noexcept : call_{call} {}
        end_guard(const end_guard&) = delete;
        end_guard& operator=(const end_guard&) = delete;
        ~end_guard() { call_.end(); }

    private:
        remote_call& call_;
    };

protected:
    explicit remote_call(loop_ref target) noexcept : target_{std::move(target)} {}
    remote_call(remote_call&& unstarted) noexcept;
    remote_call& operator=(remote_call&&) = delete;
    ~remote_call() = default;

    /// Makes what runs on the target, on its thread.
    virtual async<> make_carrier() = 0;

    void has_value() noexcept { outcome_ = outcome::value; }
    void has_failed(std::exception_ptr error) noexcept {
        error_ = std::move(error);
        outcome_ = outcome::error;
    }
    /// Throws unless there is a value.
    void check();

private:
    struct message : callback_node {
        remote_call* call_ = nullptr;
    };
    enum class outcome : std::uint8_t { none, value, error, cut, loop_ended };

    static remote_call& of(callback_node& node) noexcept {
        return *static_cast<message&>(node).call_;
    }
    // On the target.
    static void begin(callback_node& request);
    static void refuse(callback_node& request) noexcept;
    static void cancel_callee(callback_node& cancel) noexcept;
    void start();
    void end() noexcept;
    void keep_cut(const any_task& callee) noexcept;
    void reply() noexcept;
    // At home.
    void resume() noexcept;

    loop_ref target_;
    loop_ref home_;
    task_block* waiting_ = nullptr;
    place where_;
    message request_;
    message cancel_;
    any_task callee_;  // the target's
    std::exception_ptr error_;
    outcome outcome_ = outcome::none;
    bool is_replied_ = false;        // the target's, also after the reply
    bool is_cancel_seen_ = false;    // by the target before it replied
    bool is_cancel_wanted_ = false;  // any, atomic: a call that has not begun need not
    bool was_cancelled_ = false;     // home's, as the rest
    bool is_cancel_out_ = false;
    bool has_arrived_ = false;  // the reply
};

/// The part that knows what comes back.
template <class R>
class call_with_result : public remote_call {
public:
    R await_resume() {
        check();
        return result_.take();
    }

protected:
    using remote_call::remote_call;
    call_with_result(call_with_result&&) noexcept = default;
    ~call_with_result() = default;

    virtual async<R> make_callee() = 0;

private:
    /// GCC warns about frames that refer to what is made from a type of an unnamed namespace, but
    /// not about frames that contain it: hence this and no reference.
    class call_ref {
    public:
        explicit call_ref(call_with_result& call) noexcept : call_{&call} {}
        call_with_result* operator->() const noexcept { return call_; }
        call_with_result& operator*() const noexcept { return *call_; }

    private:
        call_with_result* call_;
    };

    PATIO_DETAIL_COROUTINE_WRAPPER async<> make_carrier() final { return carry(call_ref{*this}); }

    /// What runs on the target. The guard is the last of it to end.
    static async<> carry(call_ref call) {
        const end_guard guard{*call};
        try {
            async<R> callee = call->make_callee();
            bear_name_of(async_access::frame(callee));
            if constexpr (std::is_void_v<R>) {
                co_await std::move(callee);
            } else {
                R value = co_await std::move(callee);
                call->result_.set([&value]() -> R { return R(std::move(value)); });
            }
            call->has_value();
        } catch (...) {
            call->has_failed(std::current_exception());
        }
    }

    job_result<R> result_;
};

template <class R, class F, class... Args>
class [[nodiscard("a call needs co_await: co_await call_on(…)")]] call_operation final
    : public call_with_result<R> {
public:
    template <class... Sources>
    call_operation(loop_ref target, F f, Sources&&... args)
        : call_with_result<R>{std::move(target)}, f_{f}, args_{std::forward<Sources>(args)...} {}

private:
    PATIO_DETAIL_COROUTINE_WRAPPER async<R> make_callee() override {
        return call_with(std::index_sequence_for<Args...>{});
    }
    template <std::size_t... I>
    PATIO_DETAIL_COROUTINE_WRAPPER async<R> call_with(std::index_sequence<I...>) {
        return f_(std::move(std::get<I>(args_))...);
    }

    [[no_unique_address]] F f_;
    [[no_unique_address]] std::tuple<Args...> args_;
};

}  // namespace patio::detail
