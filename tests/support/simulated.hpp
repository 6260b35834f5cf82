// SPDX-License-Identifier: MIT
#pragma once

// Things to wait for in tests: an operation that the kernel seems to own, a lock and a mailbox that
// are made of nothing but a wait list, an alarm clock outside of any task.

#include <patio/base/duration.hpp>
#include <patio/core/detail/abortable.hpp>
#include <patio/core/detail/frame.hpp>

#include "core/loop_internals.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace test {

namespace detail = patio::detail;
using patio::duration;

inline duration ms(std::uint64_t count) {
    return duration::nanoseconds(static_cast<std::int64_t>(count) * 1'000'000);
}

/// Counts how many of it are alive.
class counted {
public:
    explicit counted(long& alive) : alive_{&alive} { ++*alive_; }
    counted(counted&& other) noexcept : alive_{other.alive_} { ++*alive_; }
    counted& operator=(counted&&) = delete;
    ~counted() { --*alive_; }

private:
    long* alive_;
};

/// Calls functions at times of its own, outside of any task.
class alarm_clock {
public:
    void at(duration when, std::function<void()> call) {
        alarms_.push_back(std::make_unique<alarm>(std::move(call)));
        alarm& added = *alarms_.back();
        added.kind = detail::wait_kind::timer_callback;
        added.deadline = detail::internals_of_this_thread().now + when.count();
        detail::internals_of_this_thread().timers.add(added);
        ++waiting_;
        added.count = &waiting_;
    }
    [[nodiscard]] int waiting() const { return waiting_; }

private:
    struct alarm : detail::callback_node {
        explicit alarm(std::function<void()> f) : function{std::move(f)} {
            call = [](detail::callback_node& self) {
                auto& ringing = static_cast<alarm&>(self);
                --*ringing.count;
                ringing.function();
            };
        }
        std::function<void()> function;
        int* count = nullptr;
    };
    std::vector<std::unique_ptr<alarm>> alarms_;
    int waiting_ = 0;
};

/// An operation that the kernel owns: it cannot be detached, only be asked to end. It then ends
/// `latency` later without a result, or does not listen.
class kernel_operation final : public detail::abortable {
public:
    kernel_operation(duration length, duration latency, bool is_deaf)
        : length_{length}, latency_{latency}, is_deaf_{is_deaf} {
        end_.self = this;
    }
    kernel_operation(const kernel_operation&) = delete;
    kernel_operation& operator=(const kernel_operation&) = delete;
    ~kernel_operation() { EXPECT_FALSE(is_running_) << "its frame died before it had ended"; }

    static bool await_ready() noexcept { return false; }
    void await_suspend(detail::awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept {
        task_ = detail::begin_wait(frame, detail::wait_kind::kernel, where);
        if (task_ == nullptr) return;
        task_->payload = static_cast<detail::abortable*>(this);
        is_running_ = true;
        end_after(length_);
    }
    static int await_resume() {
        detail::deliver_cancellation();
        return 1;
    }

    void request_cancel(detail::task_block&) noexcept override {
        EXPECT_FALSE(was_asked_) << "asked to cancel twice";
        was_asked_ = true;
        const auto earliest_end = detail::internals_of_this_thread().now + latency_.count();
        if (is_deaf_ || end_.kind == detail::wait_kind::callback || end_.deadline <= earliest_end) {
            return;  // it completes first
        }
        detail::internals_of_this_thread().timers.remove(end_);
        is_cancelled_ = true;
        end_after(latency_);
    }

private:
    struct end_node : detail::callback_node {
        end_node() {
            call = [](detail::callback_node& node) { static_cast<end_node&>(node).self->end(); };
        }
        kernel_operation* self = nullptr;
    };

    void end_after(duration length) noexcept {
        end_.kind = detail::wait_kind::timer_callback;
        end_.deadline = detail::internals_of_this_thread().now + length.count();
        detail::internals_of_this_thread().timers.add(end_);
    }
    void end() noexcept {
        is_running_ = false;
        if (is_cancelled_) {
            detail::wake_to_unwind(*task_);
        } else {
            detail::wake(*task_);
        }
    }

    duration length_;
    duration latency_;
    bool is_deaf_;
    bool is_running_ = false;
    bool was_asked_ = false;
    bool is_cancelled_ = false;
    detail::task_block* task_ = nullptr;
    end_node end_;
};

/// A lock that is handed over to the first waiter.
class baton {
public:
    class [[nodiscard]] hold {
    public:
        explicit hold(baton& held) : held_{&held} {
            EXPECT_EQ(held.holders_, 0) << "held twice";
            ++held.holders_;
        }
        hold(hold&& other) noexcept : held_{std::exchange(other.held_, nullptr)} {}
        hold& operator=(hold&&) = delete;
        ~hold() {
            if (held_ != nullptr) held_->put_down();
        }

    private:
        baton* held_;
    };
    class pick_up {
    public:
        explicit pick_up(baton& wanted) : wanted_{wanted} {}
        bool await_ready() const noexcept { return !std::exchange(wanted_.is_taken_, true); }
        void await_suspend(detail::awaiting_frame frame,
                           std::source_location where = std::source_location::current()) noexcept {
            if (auto* task = detail::begin_wait(frame, detail::wait_kind::gate, where)) {
                wanted_.waiting_.push_back(*task);
            }
        }
        hold await_resume() {
            detail::deliver_cancellation();
            return hold{wanted_};
        }

    private:
        baton& wanted_;
    };
    pick_up take() { return pick_up{*this}; }
    [[nodiscard]] bool is_taken() const { return is_taken_; }

private:
    void put_down() {
        --holders_;
        if (auto* next = waiting_.pop_front()) {
            detail::wake(static_cast<detail::task_block&>(*next));  // is_taken_ stays true
        } else {
            is_taken_ = false;
        }
    }

    detail::node_list waiting_;
    bool is_taken_ = false;
    int holders_ = 0;
};

/// Items that are handed over to the first waiter, and counted while they exist.
class mailbox {
public:
    class collect {
    public:
        explicit collect(mailbox& from) : from_{from} {}
        bool await_ready() {
            if (from_.items_.empty()) return false;
            item_.emplace(std::move(from_.items_.front()));
            from_.items_.pop_front();
            return true;
        }
        void await_suspend(detail::awaiting_frame frame,
                           std::source_location where = std::source_location::current()) noexcept {
            if (auto* task = detail::begin_wait(frame, detail::wait_kind::gate, where)) {
                task->payload = this;
                from_.waiting_.push_back(*task);
            }
        }
        counted await_resume() {
            detail::deliver_cancellation();
            return std::move(*item_);
        }

    private:
        friend class mailbox;
        mailbox& from_;
        std::optional<counted> item_;
    };

    void put(counted item) {
        if (auto* task = waiting_.pop_front()) {
            static_cast<collect*>(task->payload)->item_.emplace(std::move(item));
            detail::wake(static_cast<detail::task_block&>(*task));
        } else {
            items_.push_back(std::move(item));
        }
    }
    collect get() { return collect{*this}; }
    [[nodiscard]] long size() const { return static_cast<long>(items_.size()); }
    void clear() { items_.clear(); }

private:
    std::deque<counted> items_;
    detail::node_list waiting_;
};

}  // namespace test
