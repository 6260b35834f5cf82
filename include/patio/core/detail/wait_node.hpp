// SPDX-License-Identifier: MIT
#pragma once

// What every waiting thing looks like to the loop: a link, a deadline, a kind. And the two lists it
// can stand in: the ready queue and a wait list.

#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>

#include <cstdint>

namespace patio::detail {

/// What a node is doing. The order groups the kinds by how a cancellation ends them: see
/// `interrupt()`.
enum class wait_kind : std::uint8_t {
    // Nothing to abort: it runs, will run, or ends by itself.
    running,
    ready,
    children,  ///< a boundary waits until its children have ended
    foreign,   ///< an awaitable that is not ours and cannot be aborted
    relock,    ///< a condition's waiter gets its mutex back, also on its way out
    ended,
    callback,  ///< not a task: a function that the loop calls

    // In the timer wheel.
    sleep,
    scope_deadline,  ///< not a task: the deadline of a scope
    timer_callback,  ///< not a task: a function that the loop calls at its deadline

    // In a wait list: taken out, nothing else to do.
    join,
    event,
    mutex,
    queue_get,
    queue_put,
    queue_join,
    channel_send,
    channel_receive,
    oneshot,
    broadcast,
    watch,
    stream_read,  ///< in memory: sockets wait in the kernel
    stream_write,
    gate,  ///< any other list

    // The waiting object itself is asked: `payload` points to an `abortable`.
    custom,
    condition,    ///< must have its mutex again before its frames are destroyed
    semaphore,    ///< whoever stands behind it may be content with fewer permits
    barrier,      ///< counts the tasks that wait for it
    job,          ///< a function on a thread
    kernel,       ///< an operation that the kernel owns
    remote_call,  ///< a coroutine on another loop
    shared_send,  ///< of a channel between loops
    shared_receive,
};

inline constexpr wait_kind first_timer_kind = wait_kind::sleep;
inline constexpr wait_kind first_list_kind = wait_kind::join;
inline constexpr wait_kind first_abortable_kind = wait_kind::custom;

/// A name for reports: "sleep", "queue.get", …
PATIO_EXPORT const char* name_of(wait_kind kind) noexcept;

/// Bits in `wait_node::flags`.
namespace node_flag {
// Of a task.
inline constexpr std::uint8_t pending = 1;    ///< unwind at the next suspension
inline constexpr std::uint8_t unwinding = 2;  ///< queued for, or parked in, the unwinder
inline constexpr std::uint8_t cancel_asked =
    4;                                       ///< `task.cancel()`: the scope around the root frame
inline constexpr std::uint8_t observed = 8;  ///< somebody has seen how the task ended
inline constexpr std::uint8_t ended_with_error = 16;
inline constexpr std::uint8_t ended_unwound = 32;
inline constexpr std::uint8_t throwing = 64;  ///< inside a throwing scope
inline constexpr std::uint8_t external_wait =
    128;  ///< something outside the loop will end this wait
}  // namespace node_flag

// What `payload` points to, so that reports can tell for whom a task waits:
//
//   join                    the `task_block` of the task that it waits for
//   event                   the `event`
//   mutex, relock           a `lock_wait` (sync/mutex.hpp): its first member is the `mutex*`
//   queue_get, queue_put    a `queue_wait` (sync/queue.hpp): its first member is the `queue_base*`
//   queue_join              the `queue_base`
//   channel_send, channel_receive    a `channel_wait`: its first member is the `channel_base*`
//   oneshot, broadcast, watch        a `lone_wait`: its first member is the state of the channel
//   stream_read, stream_write         the `event` of one direction
//   custom and the kinds behind it    the `abortable` that is asked to end

/// Ready queue, wheel slot or wait list.
struct node_links {
    node_links* next = nullptr;
    node_links* prev = nullptr;
};

struct wait_node : node_links {
    union {
        std::int64_t deadline = 0;  ///< in the wheel: nanoseconds on the loop's clock
        void* payload;              ///< elsewhere: see below
    };
    std::uint32_t since = 0;  ///< when the wait began, in units of 2^20 ns: wraps after 52 days
    std::uint16_t refs = 0;   ///< handles of a task; see carry_refs()
    wait_kind kind = wait_kind::running;
    std::uint8_t flags = 0;

    [[nodiscard]] bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
    void set(std::uint8_t flag) noexcept { flags = static_cast<std::uint8_t>(flags | flag); }
    void clear(std::uint8_t flag) noexcept {
        flags = static_cast<std::uint8_t>(flags & ~static_cast<unsigned>(flag));
    }
};

struct task_block;

/// First in, first out, linked through the nodes themselves.
///
/// The last link is left open until a batch is taken: a push is two stores and no branch.
class ready_queue {
public:
    ready_queue() noexcept = default;
    ready_queue(const ready_queue&) = delete;  // `last_` may point at the sentinel
    ready_queue& operator=(const ready_queue&) = delete;

    [[nodiscard]] bool empty() const noexcept { return last_ == &before_first_; }

    void push(wait_node& node) noexcept {
        last_->next = &node;
        last_ = &node;
    }

    /// Takes the whole batch; what becomes ready after that belongs to the next one.
    [[nodiscard]] wait_node* take_all() noexcept {
        last_->next = nullptr;  // of the sentinel itself if the queue is empty
        last_ = &before_first_;
        return static_cast<wait_node*>(before_first_.next);
    }

private:
    node_links before_first_;
    node_links* last_ = &before_first_;
};

/// A circle of nodes around a sentinel, so that a node can leave without knowing its list.
///
/// **Order** first in, first out.
/// **Cost** no allocation: the link is part of the waiting task.
class node_list {
public:
    node_list() noexcept { head_.next = head_.prev = &head_; }
    node_list(const node_list&) = delete;  // the nodes point at the sentinel
    node_list& operator=(const node_list&) = delete;

    [[nodiscard]] bool empty() const noexcept { return head_.next == &head_; }
    /// Null if empty.
    [[nodiscard]] wait_node* front() const noexcept {
        return empty() ? nullptr : static_cast<wait_node*>(head_.next);
    }
    /// The one behind `node`, or null.
    [[nodiscard]] wait_node* after(const wait_node& node) const noexcept {
        return node.next == &head_ ? nullptr : static_cast<wait_node*>(node.next);
    }

    void push_back(wait_node& node) noexcept {
        node.next = &head_;
        node.prev = head_.prev;
        head_.prev->next = &node;
        head_.prev = &node;
    }

    /// Takes the first one out; null if empty.
    wait_node* pop_front() noexcept {
        wait_node* node = front();
        if (node != nullptr) remove(*node);
        return node;
    }

    static void remove(wait_node& node) noexcept {
        node.prev->next = node.next;
        node.next->prev = node.prev;
    }

private:
    node_links head_;
};

}  // namespace patio::detail
