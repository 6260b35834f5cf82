// SPDX-License-Identifier: MIT

#include "uring_driver.hpp"

#include <patio/base/assert.hpp>

#include <cerrno>

#include <poll.h>

namespace patio::detail {

using namespace ring_abi;

namespace {

/// Tries to make room in a full submission queue before the program is given up.
constexpr int submit_tries_max = 1000;

/// A poll that stays: one completion for each edge.
void prepare_poll(sqe& entry, int fd, std::uint32_t events, user_data source) noexcept {
    entry.op = opcode::poll_add;
    entry.fd = fd;
    entry.length = poll_add_multi;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    events = events << 16 | events >> 16;  // io_uring_enter(2): the halves are the other way round
#endif
    entry.op_flags = events;
    entry.user_data = source.word();
}

}  // namespace

uring_driver::uring_driver() { watch_wake_event(); }

void uring_driver::watch_wake_event() noexcept {
    prepare_poll(next_entry(), wake_event(), POLLIN, user_data{completion_tag::wake});
}

void uring_driver::wait(duration timeout, expecting) noexcept {
    check_process();
    if (ring_.has_completions()) {
        dispatch_all();  // what is queued goes along with the next enter
        return;
    }
    ring_.enter_and_wait(timeout);
    dispatch_all();
}

void uring_driver::poll() noexcept {
    check_process();
    if (ring_.has_work()) ring_.enter();
    if (ring_.has_completions()) dispatch_all();
}

sqe& uring_driver::next_entry() noexcept {
    for (int i = 0; i < submit_tries_max; ++i) {
        if (sqe* entry = ring_.next_entry()) return *entry;
        ring_.enter();
        dispatch_all();  // the kernel may refuse to submit until completions are taken
    }
    misuse("the kernel takes no more operations: it is out of memory");
}

// --- completions

void uring_driver::dispatch_all() noexcept {
    // Bounded: what completes meanwhile waits for the next turn.
    cqe completion;
    for (std::uint32_t i = 0; i < 4096 && ring_.take(completion); ++i)
        dispatch(completion);
}

void uring_driver::dispatch(const cqe& completion) noexcept {
    const user_data source{completion.user_data};
    switch (source.tag()) {
        case completion_tag::kernel_op:
            complete(source.target<kernel_op>(), completion);
            break;
        case completion_tag::fd_state:
            polled(source, completion);
            break;
        case completion_tag::wake:  // the loop looks by itself at what was posted
            if ((completion.flags & cqe_more) == 0) watch_wake_event();
            break;
        case completion_tag::stream_op:
        case completion_tag::ignore:
            break;
    }
}

void uring_driver::complete(kernel_op& op, const cqe& completion) noexcept {
    op.result = completion.result;
    op.completion_flags = completion.flags;
    const bool was_cancelled = op.state == kernel_op_state::cancelling;
    op.state = kernel_op_state::idle;
    this_loop->self->add_external(-1);
    if (was_cancelled && completion.result == -ECANCELED) {
        wake_to_unwind(*op.waiting);
    } else {
        detail::wake(*op.waiting);
    }
}

void uring_driver::polled(user_data source, const cqe& completion) noexcept {
    auto& file = source.target<fd_state>();
    if (file.generation != source.generation()) return;  // closed since
    if (completion.result < 0) return cannot_poll(file);
    became_ready(file, static_cast<std::uint32_t>(completion.result));
    if ((completion.flags & cqe_more) == 0) lost_poll(file);
}

// --- operations

void uring_driver::submit(kernel_op& op, task_block& task, sqe& entry) noexcept {
    op.waiting = &task;
    op.driver = this;
    op.state = kernel_op_state::in_flight;
    entry.user_data = user_data{completion_tag::kernel_op, &op}.word();
    task.payload = static_cast<abortable*>(&op);
    this_loop->self->add_external(1);
}

void uring_driver::cancel(user_data target) noexcept {
    sqe& entry = next_entry();
    entry.op = opcode::async_cancel;
    entry.fd = -1;
    entry.address = target.word();
    entry.user_data = user_data{completion_tag::ignore}.word();
    if (ring_.can_skip_successes()) entry.flags = sqe_cqe_skip_success;
}

void kernel_op::request_cancel(task_block&) noexcept {
    state = kernel_op_state::cancelling;
    driver->cancel(user_data{completion_tag::kernel_op, this});
}

bool uring_driver::arm(fd_state& file) noexcept {
    // The flags that make an edge-triggered multishot poll give one completion for each arrival.
    const std::uint32_t output = file.is_output_watched ? POLLOUT : 0;
    prepare_poll(next_entry(), file.fd, POLLIN | POLLRDHUP | output,
                 user_data{completion_tag::fd_state, &file, file.generation});
    return true;
}

void uring_driver::disarm(fd_state& file) noexcept {
    cancel(user_data{completion_tag::fd_state, &file, file.generation});
    ring_.enter();  // runs the cancelled poll's end, which lets go of the file
}

}  // namespace patio::detail
