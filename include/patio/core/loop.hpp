// SPDX-License-Identifier: MIT
#pragma once

// One thread's event loop, and the two things that it asks of the world below: a clock and a
// driver.
//
// Most programs never name a loop: `patio::run(main())` makes one. This header is for those who
// build drivers, test harnesses and other entry points.

#include <patio/base/duration.hpp>
#include <patio/base/shared_text.hpp>
#include <patio/core/async.hpp>
#include <patio/core/detail/scope.hpp>
#include <patio/core/report.hpp>
#include <patio/core/task.hpp>

#include <cstdint>

namespace patio {

/// Where a loop's time comes from.
class PATIO_EXPORT clock {
public:
    virtual ~clock();
    /// Never goes back.
    [[nodiscard]] virtual time_point now() noexcept = 0;
};

/// What a loop that waits without work may count on.
enum class expecting : std::uint8_t {
    only_time,  ///< nothing but a deadline can make progress
    outside,    ///< an operation, a thread or a signal may
};

/// Waits for the world: the one place where a loop's thread sleeps.
///
/// A driver turns what happened outside into ready tasks (`detail::wake`), on the loop's thread,
/// from inside `wait` and `poll`. It knows nothing of scopes, groups or timers, hence virtual time
/// and simulation are drivers like any other.
class PATIO_EXPORT driver {
public:
    virtual ~driver();

    [[nodiscard]] virtual const char* name() const noexcept = 0;
    /// Submits what is queued and waits until something happened, `wake()` was called, or `timeout`
    /// passed
    /// (`duration::forever()`: no limit). May return early.
    virtual void wait(duration timeout, expecting what) noexcept = 0;
    /// Submits what is queued and collects what has happened, without waiting.
    virtual void poll() noexcept = 0;
    /// Ends a `wait` that runs or comes next. **Threads** any; everything else belongs to the
    /// loop's.
    virtual void wake() noexcept = 0;
};

namespace detail {

/// A function for the loop to call: queued from any thread by `loop::post`, once at a time.
struct callback_node : wait_node {
    /// Called on the loop's thread, between tasks.
    void (*call)(callback_node& self) = nullptr;
    /// The loop ends without having called it.
    void (*drop)(callback_node& self) noexcept = nullptr;
};

class loop_internals;

/// The text of a deadlock report; the debug room installs one with names, places and the cycle.
using deadlock_describer = shared_text (*)(loop& stuck);
PATIO_EXPORT void set_deadlock_describer(deadlock_describer describe) noexcept;
PATIO_EXPORT shared_text describe_deadlock(loop& stuck);

}  // namespace detail

/// Runs tasks: a queue of ready ones, a wheel of timers, posts from other threads, and a driver.
///
/// **Threads** a loop belongs to the thread that runs it; only `post` may be called from others.
class PATIO_EXPORT loop {
public:
    using loop_affine = void;

    /// **Borrows** both for the loop's lifetime.
    loop(driver& waits, clock& time);
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;
    ~loop();

    /// Runs `main` as the first task; when it ends, cancels and joins whatever else still runs;
    /// returns main's value or throws its exception.
    ///
    /// **Fails** with usage_error if the thread already runs a loop; with `deadlock` when
    /// every task waits and nothing can ever wake one; with `task_cancelled` if main was cancelled
    /// from outside.
    template <class T>
    T run(async<T> main, std::source_location where = std::source_location::current());

    /// Gives a callback to the loop; it runs in one of the next turns, in the order of posting.
    /// False if the loop has ended: the caller keeps the node.
    /// **Threads** any. **Cost** one compare-and-swap; wakes the loop only if it sleeps.
    bool post(detail::callback_node& node) noexcept;

    /// Calls a node at `when`, in the order of deadlines. **Threads** the loop's.
    void call_at(detail::callback_node& node, time_point when) noexcept;
    /// Takes it back. False: its time has come already, and it will be called.
    bool cancel_call(detail::callback_node& node) noexcept;

    /// What another room keeps with the loop, under the address of something of its own; null if it
    /// keeps nothing.
    [[nodiscard]] void* attachment(const void* key) const noexcept;
    /// Keeps something with the loop until that is destroyed. **Fails** with std::bad_alloc.
    void attach(const void* key, void* object, void (*destroy)(void*) noexcept);

    /// The loop's time: read once per turn.
    [[nodiscard]] time_point now() const noexcept;
    [[nodiscard]] std::uint64_t turn_count() const noexcept;
    /// Tasks that have not ended.
    [[nodiscard]] std::size_t task_count() const noexcept;
    [[nodiscard]] driver& driven_by() const noexcept;

    /// Where this loop's reports go, instead of to standard error.
    void set_report_sink(report_sink sink);
    void emit(const report& what) noexcept;

    // --- piecewise running, for harnesses

    /// Makes this the thread's loop until `leave()`.
    void enter();
    /// This process is the child of a fork: the thread may enter another loop, and this one, which
    /// is the parent's, must not run here.
    void abandon() noexcept;
    void leave() noexcept;
    /// One turn: runs the ready batch, fires timers, takes posts, and waits in the driver if
    /// `may_wait` and nothing is ready. False if there was nothing to do and nothing can come:
    /// every task waits for ever.
    bool turn(bool may_wait);
    /// Whether the next turn has a task or a callback to run.
    [[nodiscard]] bool has_ready() const noexcept;
    /// The earliest deadline, or never.
    [[nodiscard]] time_point next_deadline() const noexcept;
    /// Starts the task whose end ends the loop; the caller gets a count of it.
    [[nodiscard]] detail::task_block& start_main(
        std::coroutine_handle<> main, std::source_location where = std::source_location::current());
    /// Runs until that task has ended, then cancels and joins the others. **Fails** with deadlock.
    void run_until_ended(detail::task_block& main);
    /// Ends all tasks: cancels them, runs until they have ended.
    void cancel_and_join() noexcept;
    /// The group of `create_task`, cancelled and joined at the end.
    [[nodiscard]] detail::group_scope& root() noexcept;
    /// Makes each batch of ready tasks run in a random order; 0 turns it off.
    void shuffle_batches(std::uint64_t seed) noexcept;
    /// Checks at each wake-up, cancellation, spawn and join that it comes from the loop's own
    /// thread, and at each wait that the coroutine belongs to the task that runs. Whoever breaks
    /// that ends the program with a message that names the task and its loop. **Cost** a walk up
    /// the stack of awaits at each of these. What touches an object that no task waits for is not
    /// noticed.
    ///
    /// On a thread without any loop the same is always checked.
    void set_debug(bool on) noexcept;
    /// Measures each step and reports those that take `limit` or longer when they end; zero turns
    /// it off. **Cost** two looks at the clock for each step.
    void report_slow_steps(duration limit) noexcept;
    /// While it is above zero, an idle loop is not a deadlock: something outside may call.
    void add_external(int change) noexcept;

    [[nodiscard]] detail::loop_internals& internals() noexcept { return *internals_; }

private:
    detail::loop_internals* internals_;
};

/// The loop that runs on this thread. **Fails** ends the program if there is none.
[[nodiscard]] PATIO_EXPORT loop& this_thread_loop() noexcept;

// --- implementation

template <class T>
T loop::run(async<T> main, std::source_location where) {
    struct guard {
        loop& entered;
        detail::task_block* main = nullptr;
        explicit guard(loop& l) : entered{l} { entered.enter(); }
        guard(const guard&) = delete;
        guard& operator=(const guard&) = delete;
        ~guard() {
            if (main != nullptr) {
                detail::unref(*main);
                entered.cancel_and_join();  // its parameters die here and may start tasks
            }
            entered.leave();
        }
    } running{*this};
    running.main = &start_main(detail::async_access::frame(main, where), where);
    detail::async_access::release(main);
    run_until_ended(*running.main);
    return task<T>::take::take_from(*running.main);
}

}  // namespace patio
