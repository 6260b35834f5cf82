// SPDX-License-Identifier: MIT
#pragma once

// The exceptions that tasks, groups and timeouts throw.

#include <patio/base/config.hpp>
#include <patio/base/shared_text.hpp>

#include <exception>
#include <source_location>
#include <utility>

namespace patio {

/// A deadline passed before the operation had ended; by now it has really ended.
class PATIO_EXPORT timed_out : public std::exception {
public:
    timed_out() noexcept = default;
    timed_out(const timed_out&) noexcept = default;
    timed_out& operator=(const timed_out&) noexcept = default;
    ~timed_out() override;
    [[nodiscard]] const char* what() const noexcept override;
};

/// The task that was awaited has been cancelled, by somebody else than the one who awaits it.
///
/// This is an ordinary outcome of somebody else's work. One's own cancellation is never an
/// exception: it unwinds.
class PATIO_EXPORT task_cancelled : public std::exception {
public:
    task_cancelled() noexcept = default;
    task_cancelled(shared_text reason, shared_text by_task, std::source_location where) noexcept;
    task_cancelled(const task_cancelled&) noexcept = default;
    task_cancelled& operator=(const task_cancelled&) noexcept = default;
    ~task_cancelled() override;

    [[nodiscard]] const char* what() const noexcept override;
    /// What was given to `cancel(reason)`; empty if nothing was.
    [[nodiscard]] const char* reason() const noexcept { return reason_.c_str(); }
    /// The name of the task that called `cancel`; empty if it came from outside.
    [[nodiscard]] const char* cancelled_by() const noexcept { return by_task_.c_str(); }
    /// Where `cancel` was called; a default location if it is not known.
    [[nodiscard]] std::source_location where() const noexcept { return where_; }

private:
    shared_text reason_;
    shared_text by_task_;
    std::source_location where_;
    shared_text what_;
};

/// The group has ended, or is about to, and takes no more tasks.
class PATIO_EXPORT group_closed : public std::exception {
public:
    group_closed() noexcept = default;
    group_closed(const group_closed&) noexcept = default;
    group_closed& operator=(const group_closed&) noexcept = default;
    ~group_closed() override;
    [[nodiscard]] const char* what() const noexcept override;
};

/// The loop has ended and takes no more work; what was posted has not run.
class PATIO_EXPORT loop_ended : public std::exception {
public:
    loop_ended() noexcept = default;
    loop_ended(const loop_ended&) noexcept = default;
    loop_ended& operator=(const loop_ended&) noexcept = default;
    ~loop_ended() override;
    [[nodiscard]] const char* what() const noexcept override;
};

/// A channel can carry nothing any more: nobody is left at its other side, or the end that was used
/// has been closed. `what()` says which.
class PATIO_EXPORT channel_closed : public std::exception {
public:
    /// **Borrows** the text for ever: it is a literal.
    explicit channel_closed(const char* what) noexcept : what_{what} {}
    channel_closed(const channel_closed&) noexcept = default;
    channel_closed& operator=(const channel_closed&) noexcept = default;
    ~channel_closed() override;
    [[nodiscard]] const char* what() const noexcept override { return what_; }

private:
    const char* what_;
};

/// Every task waits and nothing can ever wake one. The report with all of them came before.
class PATIO_EXPORT deadlock : public std::exception {
public:
    explicit deadlock(shared_text what) noexcept : what_{std::move(what)} {}
    deadlock(const deadlock&) noexcept = default;
    deadlock& operator=(const deadlock&) noexcept = default;
    ~deadlock() override;
    /// The whole report.
    [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

private:
    shared_text what_;
};

/// A function of Patio was called where it cannot work: outside of a task, inside another loop,
/// twice.
class PATIO_EXPORT usage_error : public std::exception {
public:
    explicit usage_error(const char* what) noexcept : what_{what} {}
    usage_error(const usage_error&) noexcept = default;
    usage_error& operator=(const usage_error&) noexcept = default;
    ~usage_error() override;
    [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

private:
    shared_text what_;
};

}  // namespace patio
