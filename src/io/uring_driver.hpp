// SPDX-License-Identifier: MIT
#pragma once

// The driver for Linux 5.13 and later, where io_uring is allowed.

#include "io_driver.hpp"
#include "kernel_op.hpp"
#include "ring.hpp"

namespace patio::detail {

/// Waits with io_uring(7): one system call submits what was queued, waits with a timeout of its own
/// and brings all completions; none is made without a reason that was seen in memory first.
class PATIO_EXPORT uring_driver final : public io_driver {
public:
    /// **Fails** with std::system_error where rings are not to be had.
    uring_driver();

    [[nodiscard]] const char* name() const noexcept override { return "io_uring"; }
    void wait(duration timeout, expecting what) noexcept override;
    void poll() noexcept override;

    /// Starts an operation for a task: `prepare(entry)` fills it, but for the user data.
    template <class Prepare>
    void start(kernel_op& op, task_block& task, Prepare prepare) noexcept {
        ring_abi::sqe& entry = next_entry();
        prepare(entry);
        submit(op, task, entry);
    }

    [[nodiscard]] const ring& queues() const noexcept { return ring_; }

private:
    friend struct kernel_op;
    bool arm(fd_state& file) noexcept override;
    void disarm(fd_state& file) noexcept override;
    void submit(kernel_op& op, task_block& task, ring_abi::sqe& entry) noexcept;
    void cancel(user_data target) noexcept;
    void watch_wake_event() noexcept;

    [[nodiscard]] ring_abi::sqe& next_entry() noexcept;
    void dispatch_all() noexcept;
    void dispatch(const ring_abi::cqe& completion) noexcept;
    void complete(kernel_op& op, const ring_abi::cqe& completion) noexcept;
    void polled(user_data source, const ring_abi::cqe& completion) noexcept;

    ring ring_;
};

}  // namespace patio::detail
