// SPDX-License-Identifier: MIT
#pragma once

// An open file of this thread's loop with an owner, and system calls on it that wait.

#include "io_driver.hpp"
#include "system_call.hpp"

#include <cerrno>
#include <cstdint>
#include <source_location>
#include <utility>

namespace patio::detail {

/// Owns a file that a driver watches. Closing it ends whatever waits for it.
class open_file {
public:
    open_file() noexcept = default;
    /// Gives a non-blocking descriptor to this loop's driver.
    explicit open_file(file_descriptor file)
        : state_{&io_driver::of_this_loop().adopt(std::move(file))} {}
    open_file(open_file&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    open_file& operator=(open_file&& other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~open_file() { close(); }

    void close() noexcept {
        if (fd_state* state = std::exchange(state_, nullptr)) io_driver::close(*state);
    }

    explicit operator bool() const noexcept { return state_ != nullptr; }
    /// **Fails** with `errc::closed`.
    [[nodiscard]] fd_state& state() const {
        if (state_ == nullptr || state_->fd < 0) throw_closed();
        return *state_;
    }
    /// -1 if closed.
    [[nodiscard]] int fd() const noexcept { return state_ == nullptr ? -1 : state_->fd; }

private:
    fd_state* state_ = nullptr;
};

/// A system call that is made again whenever its file has become ready, until it does not say
/// EAGAIN any more.
///
/// `Call` is called with the `fd_state&` and returns what the system call does, errors as negative
/// numbers. It may clear the readiness bit itself, when it knows that there is no more.
///
/// **Suspends** if it would block. **Returns** what the call did.
/// **Cancel** the call has not been made. **Fails** with `errc::closed` if the file is closed.
template <class Call>
class file_operation final : public fd_waiter {
public:
    file_operation(const open_file& on, fd_direction direction_, Call call)
        : fd_waiter{&repeat}, call_{std::move(call)} {
        file = &on.state();
        driver = file->driver();
        direction = direction_;
    }

    bool await_ready() noexcept {
        return file->is_ready(direction) && spend_budget() && attempt_once();
    }
    void await_suspend(awaiting_frame frame,
                       std::source_location where = std::source_location::current()) noexcept {
        if (file->is_ready(direction) && !is_being_cancelled() && attempt_once()) {
            return wait_one_turn(frame, where);
        }
        if (task_block* task = begin_wait(frame, wait_kind::custom, where)) {
            driver->park(*file, direction, *this, *task);
        }
    }
    /// What the call did, if `await_ready` has said so: for those who do not wait.
    [[nodiscard]] std::int64_t result() const noexcept { return result_; }
    std::int64_t await_resume() const {
        deliver_cancellation();
        if (file == nullptr) throw_closed();
        return result_;
    }

private:
    static bool repeat(fd_waiter& self) noexcept {
        return static_cast<file_operation&>(self).attempt_once();
    }
    bool attempt_once() noexcept {
        do {
            result_ = call_(*file);
        } while (result_ == -EINTR);
        if (result_ != -EAGAIN) return true;
        file->clear_ready(direction);
        return false;
    }

    Call call_;
    std::int64_t result_ = -EAGAIN;
};

}  // namespace patio::detail
