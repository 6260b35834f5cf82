// SPDX-License-Identifier: MIT
#pragma once

// What both drivers have in common: files that can be ready, and the event that wakes them.

#include "fd_state.hpp"
#include "file_descriptor.hpp"
#include "forks.hpp"

#include <patio/core/detail/frame.hpp>
#include <patio/core/loop.hpp>

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <vector>

namespace patio::detail {

/// A driver that can wait for files. Everything but `wake` belongs to the loop's thread.
class PATIO_EXPORT io_driver : public driver {
public:
    io_driver();
    io_driver(const io_driver&) = delete;
    io_driver& operator=(const io_driver&) = delete;
    ~io_driver() override;

    /// The driver of this thread's loop. **Fails** with usage_error if it cannot wait for files
    /// (virtual time).
    [[nodiscard]] static io_driver& of_this_loop();

    /// Takes a non-blocking descriptor over. Nothing is armed before somebody waits.
    [[nodiscard]] fd_state& adopt(file_descriptor file);
    /// Closes the file. Whoever waits for it is resumed, with `file` null.
    ///
    /// An armed poll of a ring keeps the file open in the kernel after close(2), so that the peer
    /// would not see the end: it is taken out before this returns. Works when the file's driver has
    /// gone, too: then there is nothing left to be done in the kernel.
    static void close(fd_state& file) noexcept;

    /// Parks a waiter until its direction is ready and its attempt succeeds.
    void park(fd_state& file, fd_direction direction, fd_waiter& waiter, task_block& task) noexcept;

    /// Tells `watch` of the peer's end; null takes it away.
    static void watch_end(fd_state& file, end_watch* watch) noexcept;

    void wake() noexcept final;

protected:
    /// Puts the file's one poll into the kernel. False: it cannot be polled, it is always ready.
    virtual bool arm(fd_state& file) noexcept = 0;
    /// Takes it out, at once.
    virtual void disarm(fd_state& file) noexcept = 0;

    /// An edge: repeats what is parked.
    void became_ready(fd_state& file, std::uint32_t poll_events) noexcept;
    /// The kernel has dropped the poll by itself: arms again if somebody waits.
    void lost_poll(fd_state& file) noexcept;
    /// The file cannot be watched: lets its waiters find out why.
    void cannot_poll(fd_state& file) noexcept;

    [[nodiscard]] int wake_event() const noexcept { return wake_event_.value(); }
    /// Whether anybody is parked.
    [[nodiscard]] bool has_waiters() const noexcept { return waiter_count_ > 0; }
    /// Ends the program if this is a forked child: the kernel's objects are its parent's.
    void check_process() const noexcept {
        if (fork_count_ != count_of_forks()) [[unlikely]]
            used_after_fork();
    }

private:
    friend struct fd_waiter;
    void forget(fd_waiter& waiter) noexcept;
    void retry(fd_state& file, fd_direction direction) noexcept;
    void resume(fd_waiter& waiter) noexcept;
    void watch_output(fd_state& file) noexcept;
    void close_open(fd_state& file) noexcept;
    void set_watch(fd_state& file, end_watch* watch) noexcept;
    void add_slab();
    [[noreturn]] static void used_after_fork() noexcept;

    file_descriptor wake_event_;
    std::vector<fd_slab*> slabs_;
    fd_state* free_ = nullptr;
    std::size_t waiter_count_ = 0;
    std::uint32_t fork_count_;
};

/// Thrown where a file was closed while a task waited for it.
[[noreturn, gnu::cold]] PATIO_EXPORT void throw_closed();

/// Waits until a file is ready in one direction: what can be built on it are the operations that
/// have no system call to repeat.
///
/// **Suspends** unless it is ready. **Cancel** nothing has happened to the file.
/// **Fails** with `errc::closed` if the file is closed meanwhile.
class PATIO_EXPORT ready_operation final : public fd_waiter {
public:
    ready_operation(io_driver& driver_, fd_state& file_, fd_direction direction_) noexcept
        : fd_waiter{nullptr} {
        driver = &driver_;
        file = &file_;
        direction = direction_;
    }
    bool await_ready() const noexcept { return file->is_ready(direction) && spend_budget(); }
    void await_suspend(awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept;
    void await_resume() const {
        deliver_cancellation();
        if (file == nullptr) throw_closed();
    }
};

}  // namespace patio::detail
