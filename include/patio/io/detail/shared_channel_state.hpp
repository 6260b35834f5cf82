// SPDX-License-Identifier: MIT
#pragma once

// What the handles of a shared_channel have in common.

#include <patio/base/config.hpp>
#include <patio/core/detail/abortable.hpp>
#include <patio/core/detail/frame.hpp>
#include <patio/core/detail/item_buffer.hpp>
#include <patio/core/detail/remote_state.hpp>
#include <patio/core/detail/wait_node.hpp>
#include <patio/core/loop.hpp>
#include <patio/core/loop_ref.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace patio::detail {

class shared_channel_base;

/// A task in one of a channel's lines. It is linked, and its outcome written, under the channel's
/// lock; whoever takes it out of its line owes it a `complete()`, and until that it stays alive.
class PATIO_EXPORT shared_wait : public abortable {
public:
    void request_cancel(task_block& task) noexcept final;

protected:
    enum class outcome : std::uint8_t { none, done, closed };

    explicit shared_wait(shared_channel_base& channel) noexcept : channel_{&channel} {}
    shared_wait(shared_wait&& unstarted) noexcept;
    shared_wait& operator=(shared_wait&&) = delete;
    ~shared_wait() = default;

    outcome outcome_ = outcome::none;

private:
    friend shared_channel_base;
    template <class T>
    friend class shared_channel_state;
    struct link : callback_node {
        shared_wait* of = nullptr;
    };

    void begin(task_block& task) noexcept;
    void resume() noexcept;
    /// Wakes the task, on its own loop. This is gone then.
    void complete() noexcept;

    shared_channel_base* channel_;
    task_block* task_ = nullptr;
    const loop_state* loop_ = nullptr;  // the task's
    loop_ref home_;
    link link_;
    bool is_linked_ = false;  // under the lock
};

/// The part of a channel that does not depend on types.
class PATIO_EXPORT shared_channel_base {
public:
    explicit shared_channel_base(std::size_t capacity);
    shared_channel_base(const shared_channel_base&) = delete;
    shared_channel_base& operator=(const shared_channel_base&) = delete;

    void add_ref() noexcept { __atomic_add_fetch(&refs_, 1, __ATOMIC_RELAXED); }
    [[nodiscard]] bool drop_ref() noexcept {
        return __atomic_sub_fetch(&refs_, 1, __ATOMIC_ACQ_REL) == 0;
    }

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] bool is_closed() noexcept;
    void close() noexcept;

    [[noreturn, gnu::cold]] static void throw_closed();

protected:
    ~shared_channel_base();

    /// Held for a few instructions, never while something else is waited for.
    class guard {
    public:
        explicit guard(shared_channel_base& channel) noexcept : channel_{channel} {
            channel_.lock();
        }
        guard(const guard&) = delete;
        guard& operator=(const guard&) = delete;
        ~guard() { channel_.unlock(); }

    private:
        shared_channel_base& channel_;
    };

    // All of this under the lock. Invariants: receivers_ is empty unless there is nothing to
    // receive; senders_ is empty unless the items fill the capacity; both once it is closed.
    static void join(node_list& line, shared_wait& waiting) noexcept;
    [[nodiscard]] static shared_wait* take_first(node_list& line) noexcept;

    node_list senders_;
    node_list receivers_;
    const std::size_t capacity_;
    bool is_closed_ = false;

private:
    friend shared_wait;
    struct mutex_box;

    void lock() noexcept;
    void unlock() noexcept;
    [[nodiscard]] bool take_out(shared_wait& waiting) noexcept;

    mutex_box* mutex_;
    std::uint32_t refs_ = 1;
};

template <class T>
class shared_channel_state;

template <class T>
class shared_send_wait : public shared_wait {
public:
    shared_send_wait(shared_channel_base& channel, T&& sent) noexcept
        : shared_wait{channel}, item_(std::move(sent)) {}
    shared_send_wait(shared_send_wait&&) noexcept = default;

protected:
    friend shared_channel_state<T>;
    T item_;
};

template <class T>
class shared_receive_wait : public shared_wait {
public:
    using shared_wait::shared_wait;
    shared_receive_wait(shared_receive_wait&&) noexcept = default;

protected:
    friend shared_channel_state<T>;
    std::optional<T> item_;
};

template <class T>
class shared_channel_state final : public shared_channel_base {
    using send_wait = shared_send_wait<T>;
    using receive_wait = shared_receive_wait<T>;

public:
    using shared_channel_base::shared_channel_base;

    [[nodiscard]] std::size_t size() noexcept {
        const guard locked{*this};
        return items_.size();
    }

    /// Sends if there is room or somebody waits; false, and `item` is as it was, otherwise.
    /// **Fails** with channel_closed, or std::bad_alloc.
    bool try_send(T& item) {
        shared_wait* receiver = nullptr;
        {
            const guard locked{*this};
            if (is_closed_) throw_closed();
            if (!put(item, receiver)) return false;
        }
        if (receiver != nullptr) receiver->complete();
        return true;
    }
    /// The same for a task that has begun to wait. It is woken if nothing is to be waited for.
    /// **Fails** with std::bad_alloc; the task does not wait then.
    void send_or_wait(send_wait& waiting, task_block& task) {
        shared_wait* receiver = nullptr;
        try {
            const guard locked{*this};
            if (is_closed_) {
                waiting.outcome_ = shared_wait::outcome::closed;
            } else if (put(waiting.item_, receiver)) {
                waiting.outcome_ = shared_wait::outcome::done;
            } else {
                waiting.begin(task);
                return join(senders_, waiting);
            }
        } catch (...) {
            task.kind = wait_kind::running;
            throw;
        }
        if (receiver != nullptr) receiver->complete();
        wake(task);
    }

    /// False if there is nothing yet. `is_over`: there never will be.
    bool try_receive(std::optional<T>& item, bool& is_over) noexcept {
        shared_wait* sender = nullptr;
        {
            const guard locked{*this};
            if (!take(item, sender)) {
                is_over = is_closed_;
                return false;
            }
        }
        if (sender != nullptr) sender->complete();
        return true;
    }
    void receive_or_wait(receive_wait& waiting, task_block& task) noexcept {
        shared_wait* sender = nullptr;
        {
            const guard locked{*this};
            if (take(waiting.item_, sender)) {
                waiting.outcome_ = shared_wait::outcome::done;
            } else if (is_closed_) {
                waiting.outcome_ = shared_wait::outcome::closed;
            } else {
                waiting.begin(task);
                return join(receivers_, waiting);
            }
        }
        if (sender != nullptr) sender->complete();
        wake(task);
    }

private:
    bool put(T& item, shared_wait*& receiver) {
        receiver = take_first(receivers_);
        if (receiver != nullptr) {
            auto& wait = static_cast<receive_wait&>(*receiver);
            wait.item_.emplace(std::move(item));
            wait.outcome_ = shared_wait::outcome::done;
            return true;
        }
        if (items_.size() >= capacity_) return false;
        items_.put(std::move(item));
        return true;
    }
    /// The place that becomes free belongs to the first sender; its memory is there already.
    bool take(std::optional<T>& item, shared_wait*& sender) noexcept {
        const bool has_item = items_.size() > 0;
        if (has_item) item.emplace(items_.take());
        sender = take_first(senders_);
        if (sender == nullptr) return has_item;
        auto& wait = static_cast<send_wait&>(*sender);
        wait.outcome_ = shared_wait::outcome::done;
        if (has_item) {
            items_.put(std::move(wait.item_));
        } else {
            item.emplace(std::move(wait.item_));
        }
        return true;
    }

    fifo_items<T> items_;
};

}  // namespace patio::detail
