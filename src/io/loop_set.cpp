// SPDX-License-Identifier: MIT

#include "loop_set.hpp"

#include "uring_driver.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/task.hpp>
#include <patio/io/loops.hpp>

#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <pthread.h>

namespace patio {

namespace detail {

namespace {

/// Under its address a loop keeps its seat.
constexpr char seat_key = 0;

void take_seat(loop& here, loop_seat& seat) {
    here.attach(&seat_key, &seat, [](void*) noexcept {});
}

/// What a further loop runs as its main: it ends when the program does.
async<> serve_other_loops(event& end) { co_await end.wait(); }

/// A message to a loop.
template <class Target>
struct message : callback_node {
    Target* target = nullptr;
};

}  // namespace

loop_seat* seat_of(const loop& here) noexcept {
    return static_cast<loop_seat*>(here.attachment(&seat_key));
}

bool is_ending(loop& here) noexcept {
    if (here.root().has(scope_flag::effective)) return true;
    const loop_seat* seat = seat_of(here);
    return seat != nullptr && seat->is_closing;
}

/// Everything here is the member's thread's, except `thread`, and what is under the set's lock.
struct loop_set::member {
    member(loop_set& owner, std::size_t number, const run_options& options)
        : index{number}, settings{run_settings{options}} {
        const bool is_ring = dynamic_cast<uring_driver*>(&owner.first_.driven_by()) != nullptr;
        settings->kind = is_ring ? driver_kind::io_uring : driver_kind::epoll;  // as the first one
        seat.set = &owner;
        stop.target = this;
        stop.call = [](callback_node& self) {
            member& stopped = *static_cast<message<member>&>(self).target;
            stopped.end->set();
        };
        ended.target = &owner;
        ended.call = [](callback_node& self) {
            loop_set& set = *static_cast<message<loop_set>&>(self).target;
            if (--set.left_count_ == 0) set.all_ended_.set();
        };
    }

    void work() noexcept;
    void run(loop_parts& parts);
    void tell_that_it_runs(std::exception_ptr failure) noexcept;
    void tell_that_it_has_ended() noexcept;

    const std::size_t index;
    loop_seat seat;
    std::optional<run_settings> settings;
    event* end = nullptr;
    message<member> stop;     // to its loop
    message<loop_set> ended;  // to loop 0
    bool has_ended = false;   // under the lock
    std::thread thread;
};

// --- a further loop's thread

void loop_set::member::work() noexcept {
    std::optional<loop_parts> parts;
    try {
        parts.emplace(std::move(*settings));
        seat.ref = loop_ref::of(parts->running, index);
        take_seat(parts->running, seat);
        run(*parts);
    } catch (...) {
        tell_that_it_runs(std::current_exception());
    }
    parts.reset();
    tell_that_it_has_ended();
}

/// **Fails** before it has told that it runs, or never.
void loop_set::member::run(loop_parts& parts) {
    event end_of_program;
    end = &end_of_program;
    async<> main = serve_other_loops(end_of_program);
    task_block& block = parts.running.start_main(async_access::frame(main), {});
    async_access::release(main);
    const any_task resident{block};
    unref(block);
    resident.set_name(("loop " + std::to_string(index)).c_str());
    parts.running.add_external(1);
    tell_that_it_runs(nullptr);
    while (!resident.done())
        parts.running.turn(true);
    parts.running.add_external(-1);
    parts.running.cancel_and_join();
}

void loop_set::member::tell_that_it_runs(std::exception_ptr failure) noexcept {
    const std::lock_guard guard{seat.set->lock_};
    if (failure && !seat.set->failure_) seat.set->failure_ = std::move(failure);
    --seat.set->starting_count_;
    seat.set->changed_.notify_one();
}

void loop_set::member::tell_that_it_has_ended() noexcept {
    const std::lock_guard guard{seat.set->lock_};
    has_ended = true;
    if (seat.set->is_closing_) seat.set->first_seat_.ref.post(ended);
}

// --- loop 0's thread

loop_set::loop_set(loop& first, const run_options& options) : first_{first} {
    const std::size_t count = run_settings{options}.loop_count;
    first_seat_.set = this;
    first_seat_.ref = loop_ref::of(first);
    for (std::size_t index = 1; index < count; ++index) {
        members_.push_back(std::make_unique<member>(*this, index, options));
    }
    try {
        start_all();
        wait_until_started();
        take_seat(first, first_seat_);
    } catch (...) {
        stop_and_join();
        throw;
    }
    first.add_external(1);
}

loop_set::~loop_set() { stop_and_join(); }

const loop_ref& loop_set::at(std::size_t index) const noexcept {
    return index == 0 ? first_seat_.ref : members_[index - 1]->seat.ref;
}

void loop_set::start_all() {
    for (const auto& each : members_) {
        {
            const std::lock_guard guard{lock_};
            ++starting_count_;
        }
        try {
            each->thread = std::thread{[&starting = *each] { starting.work(); }};
        } catch (...) {
            const std::lock_guard guard{lock_};
            --starting_count_;
            throw;
        }
        const std::string name = "patio loop " + std::to_string(each->index);
        ::pthread_setname_np(each->thread.native_handle(), name.substr(0, 15).c_str());
    }
}

void loop_set::wait_until_started() {
    std::unique_lock guard{lock_};
    changed_.wait(guard, [this] { return starting_count_ == 0; });
    if (failure_) std::rethrow_exception(failure_);
}

void loop_set::stop_and_join() noexcept {
    {
        std::unique_lock guard{lock_};  // a loop that is about to begin must be heard of first
        changed_.wait(guard, [this] { return starting_count_ == 0; });
    }
    for (const auto& each : members_)
        each->seat.ref.post(each->stop);
    for (const auto& each : members_) {
        if (each->thread.joinable()) each->thread.join();
    }
}

void loop_set::close() {
    first_.add_external(-1);
    first_.cancel_and_join();  // they may be in calls to the others, which go on as yet
    first_seat_.is_closing = true;
    first_.add_external(1);
    async<> waiting = wait_for_others();
    task_block& block = first_.start_main(async_access::frame(waiting), {});
    async_access::release(waiting);
    const any_task closing{block};
    unref(block);
    while (!closing.done())
        first_.turn(true);
    first_.add_external(-1);
    first_.cancel_and_join();
    for (const auto& each : members_)
        each->thread.join();
}

async<> loop_set::wait_for_others() {
    {
        const std::lock_guard guard{lock_};
        is_closing_ = true;
        for (const auto& each : members_)
            left_count_ += each->has_ended ? 0 : 1;
    }
    if (left_count_ == 0) co_return;
    for (const auto& each : members_)
        each->seat.ref.post(each->stop);
    co_await all_ended_.wait();
}

}  // namespace detail

// --- what a program asks

namespace {

loop& here(const char* what) {
    if (detail::this_loop == nullptr) {
        throw usage_error{
            (std::string{what} + " needs a running loop: call it inside patio::run()").c_str()};
    }
    return *detail::this_loop->self;
}

}  // namespace

std::size_t loop_count() {
    const detail::loop_seat* seat = detail::seat_of(here("loop_count()"));
    return seat != nullptr ? seat->set->size() : 1;
}

std::size_t this_loop_index() {
    const detail::loop_seat* seat = detail::seat_of(here("this_loop_index()"));
    return seat != nullptr ? seat->ref.index() : 0;
}

loop_ref this_loop_ref() {
    loop& ours = here("this_loop_ref()");
    const detail::loop_seat* seat = detail::seat_of(ours);
    return seat != nullptr ? seat->ref : loop_ref::of(ours);
}

loop_ref loop_at(std::size_t index) {
    loop& ours = here("loop_at()");
    const detail::loop_seat* seat = detail::seat_of(ours);
    const std::size_t count = seat != nullptr ? seat->set->size() : 1;
    if (index >= count) {
        throw usage_error{("there is no loop " + std::to_string(index) + ": the program has " +
                           std::to_string(count) + ", see run_options::loops")
                              .c_str()};
    }
    return seat != nullptr ? seat->set->at(index) : loop_ref::of(ours);
}

}  // namespace patio
