// SPDX-License-Identifier: MIT

#include "io_driver.hpp"

#include <patio/base/assert.hpp>
#include <patio/core/error.hpp>
#include <patio/core/errors.hpp>

#include <utility>

#include <poll.h>
#include <sys/eventfd.h>

namespace patio::detail {

io_driver::io_driver()
    : wake_event_{file_descriptor::checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")},
      fork_count_{count_of_forks()} {}

io_driver::~io_driver() {
    // Files that are still open are closed now, and their owners find that out when they come.
    for (fd_slab* slab : slabs_) {
        slab->owner = nullptr;
        for (fd_state& state : slab->states) {
            if (state.fd >= 0) ::close(std::exchange(state.fd, -1));
        }
        if (slab->open_count == 0) delete slab;
    }
}

void io_driver::used_after_fork() noexcept {
    misuse(
        "a forked child went on with its parent's loop: call exec or _exit there, or patio::run() "
        "for a loop of its own");
}

io_driver& io_driver::of_this_loop() {
    if (this_loop == nullptr) throw usage_error{"files need a running loop: use patio::run()"};
    auto* driver = dynamic_cast<io_driver*>(&this_loop->self->driven_by());
    if (driver == nullptr) {
        throw usage_error{"this loop cannot wait for files: its driver only knows time"};
    }
    return *driver;
}

void io_driver::wake() noexcept {
    // The drivers watch the event's edges, so that nobody ever has to read it. A write fails only
    // when the counter is full, after 2^64 wake-ups.
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_event_.value(), &one, sizeof one);
}

// --- files

void io_driver::add_slab() {
    slabs_.reserve(slabs_.size() + 1);
    slabs_.push_back(new fd_slab{*this});
    for (std::size_t i = fd_slab::states_max; i-- > 0;) {
        fd_state& state = slabs_.back()->states[i];
        state.next_free = std::exchange(free_, &state);
    }
}

fd_state& io_driver::adopt(file_descriptor file) {
    if (free_ == nullptr) add_slab();
    fd_state& state = *free_;
    free_ = state.next_free;
    state.reader = nullptr;
    state.writer = nullptr;
    state.ready = fd_ready::in | fd_ready::out;  // unknown: the first try will tell
    state.on_short_read = short_reads::say_nothing;
    state.is_output_watched = false;
    state.fd = file.release();
    ++fd_slab::of(state).open_count;
    return state;
}

void io_driver::close(fd_state& file) noexcept {
    fd_slab& slab = fd_slab::of(file);
    --slab.open_count;
    if (slab.owner != nullptr) {
        slab.owner->close_open(file);
    } else if (slab.open_count == 0) {
        delete &slab;
    }
}

void io_driver::close_open(fd_state& file) noexcept {
    for (fd_waiter* waiter : {file.reader, file.writer}) {
        if (waiter == nullptr) continue;
        resume(*waiter);
        waiter->file = nullptr;
    }
    set_watch(file, nullptr);
    if (file.is_armed) disarm(file);
    file.is_armed = false;
    ++file.generation;
    ::close(std::exchange(file.fd, -1));
    file.next_free = std::exchange(free_, &file);
}

void throw_closed() { throw error{errc::closed, "waiting for a file"}; }

void io_driver::park(fd_state& file, fd_direction direction, fd_waiter& waiter,
                     task_block& task) noexcept {
    PATIO_ASSERT(file.waiter(direction) == nullptr,
                 "two tasks wait for the same direction of one file");
    waiter.waiting = &task;
    waiter.driver = this;
    waiter.file = &file;
    waiter.direction = direction;
    task.payload = static_cast<abortable*>(&waiter);
    file.waiter(direction) = &waiter;
    ++waiter_count_;
    this_loop->self->add_external(1);
    const bool is_watched = direction == fd_direction::in || file.is_output_watched;
    if (file.is_armed && is_watched) return;
    if (!is_watched) watch_output(file);
    file.is_armed = arm(file);
    if (!file.is_armed) cannot_poll(file);
}

void io_driver::watch_end(fd_state& file, end_watch* watch) noexcept {
    if (io_driver* driver = file.driver()) driver->set_watch(file, watch);
}

void io_driver::set_watch(fd_state& file, end_watch* watch) noexcept {
    const bool had_watch = std::exchange(file.on_end, watch) != nullptr;
    const bool has_watch = watch != nullptr;
    if (had_watch != has_watch) {
        waiter_count_ += has_watch ? std::size_t{1} : static_cast<std::size_t>(-1);
        if (this_loop != nullptr) this_loop->self->add_external(has_watch ? 1 : -1);
    }
    // A file that cannot be polled has no end to be told of.
    if (has_watch && !file.is_armed) file.is_armed = arm(file);
}

void io_driver::watch_output(fd_state& file) noexcept {
    if (file.is_armed) disarm(file);
    ++file.generation;  // whatever the old poll has still to say, the new one says as well
    file.is_output_watched = true;
}

void io_driver::forget(fd_waiter& waiter) noexcept {
    waiter.file->waiter(waiter.direction) = nullptr;
    --waiter_count_;
    this_loop->self->add_external(-1);
}

void io_driver::retry(fd_state& file, fd_direction direction) noexcept {
    fd_waiter* waiter = file.waiter(direction);
    if (waiter == nullptr || !file.is_ready(direction)) return;
    if (waiter->attempt != nullptr && !waiter->attempt(*waiter)) return;
    resume(*waiter);
}

void io_driver::resume(fd_waiter& waiter) noexcept {
    forget(waiter);
    detail::wake(*waiter.waiting);
}

void io_driver::became_ready(fd_state& file, std::uint32_t poll_events) noexcept {
    unsigned ready = file.ready;
    // The end of a stream and an error are something to read, and an error ends a write.
    if ((poll_events & (POLLIN | POLLPRI | POLLRDHUP | POLLHUP | POLLERR)) != 0) {
        ready |= fd_ready::in;
    }
    if ((poll_events & (POLLOUT | POLLHUP | POLLERR)) != 0) ready |= fd_ready::out;
    if ((poll_events & (POLLRDHUP | POLLHUP | POLLERR)) != 0) ready |= fd_ready::hangup;
    file.ready = static_cast<std::uint8_t>(ready);
    retry(file, fd_direction::in);
    retry(file, fd_direction::out);
    if (file.on_end != nullptr && (ready & fd_ready::hangup) != 0) {
        const bool is_whole = (poll_events & (POLLHUP | POLLERR)) != 0;
        file.on_end->peer_ended(is_whole ? peer_end::whole : peer_end::half);
    }
}

void io_driver::lost_poll(fd_state& file) noexcept {
    file.is_armed = false;
    if (file.reader == nullptr && file.writer == nullptr && file.on_end == nullptr) return;
    file.is_armed = arm(file);
    if (!file.is_armed) cannot_poll(file);
}

void io_driver::cannot_poll(fd_state& file) noexcept {
    file.is_armed = false;
    became_ready(file, POLLIN | POLLOUT);
    if (file.reader != nullptr) resume(*file.reader);
    if (file.writer != nullptr) resume(*file.writer);
}

void fd_waiter::request_cancel(task_block& task) noexcept {
    driver->forget(*this);
    wake_to_unwind(task);
}

void ready_operation::await_suspend(awaiting_frame frame, std::source_location where) noexcept {
    if (file->is_ready(direction) && !is_being_cancelled()) return wait_one_turn(frame, where);
    if (task_block* task = begin_wait(frame, wait_kind::custom, where)) {
        driver->park(*file, direction, *this, *task);
    }
}

}  // namespace patio::detail
