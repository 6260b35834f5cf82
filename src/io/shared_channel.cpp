// SPDX-License-Identifier: MIT

#include <patio/io/shared_channel.hpp>

#include <patio/base/assert.hpp>
#include <patio/core/errors.hpp>

#include <mutex>
#include <utility>

namespace patio::detail {

// --- who waits

shared_wait::shared_wait(shared_wait&& unstarted) noexcept : channel_{unstarted.channel_} {
    PATIO_ASSERT(unstarted.task_ == nullptr, "an operation was moved after it had started");
}

/// Under the lock: from here on another thread may complete this.
void shared_wait::begin(task_block& task) noexcept {
    task_ = &task;
    task.payload = static_cast<abortable*>(this);
    loop_ = this_loop;
    home_ = loop_ref::of(*this_loop->self);
    link_.of = this;
    link_.call = [](callback_node& node) { static_cast<link&>(node).of->resume(); };
    this_loop->self->add_external(1);
}

void shared_wait::resume() noexcept {
    this_loop->self->add_external(-1);
    wake(*task_);
}

void shared_wait::complete() noexcept {
    if (this_loop == loop_) return resume();
    const loop_ref home = std::move(home_);
    home.post(link_);  // its task is alive: the loop has not ended
}

void shared_wait::request_cancel(task_block& task) noexcept {
    if (!channel_->take_out(*this)) return;  // completed: it is on its way
    this_loop->self->add_external(-1);
    wake_to_unwind(task);
}

// --- the channel

struct shared_channel_base::mutex_box {
    std::mutex mutex;
};

shared_channel_base::shared_channel_base(std::size_t capacity)
    : capacity_{capacity}, mutex_{new mutex_box} {}

shared_channel_base::~shared_channel_base() { delete mutex_; }

void shared_channel_base::lock() noexcept { mutex_->mutex.lock(); }
void shared_channel_base::unlock() noexcept { mutex_->mutex.unlock(); }

bool shared_channel_base::is_closed() noexcept {
    const guard locked{*this};
    return is_closed_;
}

void shared_channel_base::close() noexcept {
    node_list told;
    {
        const guard locked{*this};
        is_closed_ = true;
        for (node_list* line : {&senders_, &receivers_}) {
            while (shared_wait* waiting = take_first(*line)) {
                waiting->outcome_ = shared_wait::outcome::closed;
                told.push_back(waiting->link_);
            }
        }
    }
    while (wait_node* node = told.pop_front()) {
        static_cast<shared_wait::link&>(*node).of->complete();
    }
}

void shared_channel_base::join(node_list& line, shared_wait& waiting) noexcept {
    waiting.is_linked_ = true;
    line.push_back(waiting.link_);
}

shared_wait* shared_channel_base::take_first(node_list& line) noexcept {
    wait_node* node = line.pop_front();
    if (node == nullptr) return nullptr;
    shared_wait& waiting = *static_cast<shared_wait::link&>(*node).of;
    waiting.is_linked_ = false;
    return &waiting;
}

bool shared_channel_base::take_out(shared_wait& waiting) noexcept {
    const guard locked{*this};
    if (!waiting.is_linked_) return false;
    waiting.is_linked_ = false;
    node_list::remove(waiting.link_);
    return true;
}

void shared_channel_base::throw_closed() {
    throw channel_closed{"the channel was closed: it takes no more items"};
}

}  // namespace patio::detail
