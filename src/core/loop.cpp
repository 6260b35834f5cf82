// SPDX-License-Identifier: MIT

#include <patio/core/loop.hpp>

#include "loop_internals.hpp"
#include "post_box.hpp"
#include "text.hpp"

#include <patio/core/detail/async_stack.hpp>
#include <patio/core/detail/task_record.hpp>
#include <patio/core/errors.hpp>

#include <exception>
#include <utility>

namespace patio {

namespace detail {

[[gnu::tls_model("initial-exec")]] thread_local constinit loop_state* this_loop = nullptr;

namespace {

/// How much of the stack a chain of transfers may use before it goes through the loop.
constexpr std::ptrdiff_t transfer_stack_bytes = 64 * 1024;

/// Earliest deadlines are looked for among this many nodes of a slot; see timer_wheel::earliest.
constexpr std::size_t deadline_scan_max = 16;

void call(loop_internals& loop, callback_node& node) noexcept {
    try {
        node.call(node);
    } catch (const std::exception& error) {
        loop.self->emit(report{report_kind::failed_callback, error.what()});
    } catch (...) {
        loop.self->emit(report{report_kind::failed_callback, "a posted function threw something"});
    }
}

/// xorshift64*: for shuffles that a seed reproduces on every machine.
std::uint64_t next_random(std::uint64_t& state) noexcept {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545F4914F6CDD1DU;
}

wait_node* shuffled(wait_node* batch, std::uint64_t& state) noexcept {
    // Deals the batch out to random ends of a list, over and over: allocates nothing.
    for (int pass = 0; pass < 4; ++pass) {
        node_links* front = nullptr;
        node_links* back = nullptr;
        std::uint64_t bits = 0;
        int bits_left = 0;
        for (node_links* node = batch; node != nullptr;) {
            node_links* following = node->next;
            if (bits_left == 0) {
                bits = next_random(state);
                bits_left = 64;
            }
            if (front == nullptr) {
                node->next = nullptr;
                front = back = node;
            } else if ((bits & 1) != 0) {
                node->next = front;
                front = node;
            } else {
                node->next = nullptr;
                back->next = node;
                back = node;
            }
            bits >>= 1;
            --bits_left;
            node = following;
        }
        batch = static_cast<wait_node*>(front);
    }
    return batch;
}

/// What was posted and will not be called any more.
void drop_callbacks(wait_node* node) noexcept {
    while (node != nullptr) {
        auto* following = static_cast<wait_node*>(node->next);
        auto* callback = static_cast<callback_node*>(node);
        if (node->kind == wait_kind::callback && callback->drop != nullptr) {
            callback->drop(*callback);
        }
        node = following;
    }
}

// --- the parts of a turn, in order

void run_one(loop_internals& loop, wait_node& node) noexcept {
    if (node.kind == wait_kind::callback) [[unlikely]] {
        loop.current = nullptr;
        call(loop, static_cast<callback_node&>(node));
    } else {
        run_step(loop, static_cast<task_block&>(node));
    }
}

void report_slow_step(loop_internals& loop, task_block* task, place from,
                      std::int64_t length) noexcept {
    const auto tenths = static_cast<std::uint64_t>(length / 100'000);
    text out;
    if (task != nullptr) {
        out << "a step of task '" << name_of(*task) << "' took ";
    } else {
        out << "a posted function took ";
    }
    out << tenths / 10;
    if (tenths < 100) out << "." << tenths % 10;
    out << " ms";
    if (task != nullptr) {
        out << " (from ";
        from.is_known() ? out << from.location() : out << "its start";
        out << " to ";
        has_ended(*task) ? out << "its end" : out << task->leaf_place.location();
        out << ")";
    }
    loop.self->emit(report{report_kind::slow_step, out.c_str(),
                           task != nullptr ? name_of(*task) : "",
                           from.is_known() ? from.location() : std::source_location{}});
}

/// The same with a look at the clock before and after.
void run_one_timed(loop_internals& loop, wait_node& node) noexcept {
    const bool is_task = node.kind != wait_kind::callback;
    auto* task = is_task ? static_cast<task_block*>(&node) : nullptr;
    const place from = is_task ? task->leaf_place : place{};
    if (is_task) ref(*task);
    const time_point begin = loop.time.now();
    run_one(loop, node);
    const std::int64_t length = (loop.time.now() - begin).count();
    if (length >= loop.slow_step) report_slow_step(loop, task, from, length);
    if (is_task) unref(*task);
}

template <auto RunOne>
void run_batch(loop_internals& loop, wait_node* node) noexcept {
    __atomic_store_n(&loop.is_in_steps, true, __ATOMIC_RELAXED);
    while (node != nullptr) {
        auto* following = static_cast<wait_node*>(node->next);
        if (following != nullptr) __builtin_prefetch(following);  // 19 ns or 45, a thousand tasks
        __atomic_store_n(&loop.step_count, loop.step_count + 1, __ATOMIC_RELAXED);
        RunOne(loop, *node);
        node = following;
    }
    loop.current = nullptr;
    __atomic_store_n(&loop.is_in_steps, false, __ATOMIC_RELAXED);
}

void run_ready_batch(loop_internals& loop) noexcept {
    wait_node* first = loop.ready.take_all();
    if (first == nullptr) return;
    if (loop.shuffle_state != 0) [[unlikely]]
        first = shuffled(first, loop.shuffle_state);
    if (loop.slow_step > 0) [[unlikely]] {
        run_batch<run_one_timed>(loop, first);
    } else {
        run_batch<run_one>(loop, first);
    }
}

void read_clock(loop_internals& loop) noexcept {
    loop.now = loop.time.now().since_origin().count();
    loop.is_now_stale = false;
}

void fire_timers(loop_internals& loop) noexcept {
    if (loop.timers.empty()) return;
    node_list due;
    loop.timers.expire(loop.now, due);
    while (wait_node* node = due.pop_front()) {
        if (node->kind == wait_kind::sleep) {
            wake(static_cast<task_block&>(*node));
        } else if (node->kind == wait_kind::scope_deadline) {
            scope& expired = *static_cast<deadline_node&>(*node).expires;
            node->kind = wait_kind::ended;
            if (expired.puts_deadline_off()) continue;
            expired.set(scope_flag::expired);
            cancel(expired, nullptr, {});
        } else {
            node->kind = wait_kind::callback;
            loop.ready.push(*node);
        }
    }
}

void take_posts(loop_internals& loop) noexcept {
    callback_node* oldest = loop.box->take_all();
    while (oldest != nullptr) {
        auto* following = static_cast<callback_node*>(oldest->next);
        oldest->kind = wait_kind::callback;
        loop.ready.push(*oldest);
        oldest = following;
    }
}

/// Sleeps in the driver until something can be ready. False: nothing ever will be.
bool wait_for_outside(loop_internals& loop) noexcept {
    const bool has_outside = loop.external_count > 0 || loop.box->has_handles();
    if (loop.timers.empty() && !has_outside && loop.box->is_empty()) return false;
    duration timeout = duration::forever();
    if (!loop.timers.empty()) {
        const auto until =
            time_point{duration::nanoseconds(loop.timers.earliest(deadline_scan_max))};
        timeout = until - loop.time.now();
    }
    if (!loop.box->park()) timeout = duration{};
    if (has_outside && loop.external_count == 0 && !loop.box->has_handles()) {
        timeout = duration{};  // the last handle went between the two looks
    }
    if (timeout > duration{}) {
        loop.waits.wait(timeout, has_outside ? expecting::outside : expecting::only_time);
    } else {
        loop.waits.poll();
    }
    loop.box->unpark();
    return true;
}

/// The second half of a turn; out of line, so that the first one is short.
[[gnu::noinline]] bool look_outside(loop_internals& in, bool may_wait) noexcept {
    in.look_at_step = in.step_count + steps_between_looks;
    read_clock(in);
    fire_timers(in);
    take_posts(in);
    // A handle elsewhere must not keep a loop waiting that has nothing left to run.
    const bool is_main_over = in.main != nullptr ? has_ended(*in.main) : in.root.live_count == 0;
    if (!in.ready.empty() || !may_wait || is_main_over) {
        in.waits.poll();
        return true;
    }
    if (!wait_for_outside(in)) return false;
    read_clock(in);
    fire_timers(in);
    take_posts(in);
    return true;
}

}  // namespace

void refresh_time(loop_state& loop) noexcept { read_clock(static_cast<loop_internals&>(loop)); }

}  // namespace detail

namespace detail {
namespace {

shared_text count_waiting(loop& stuck) {
    text out;
    out << "deadlock: " << std::uint64_t{stuck.task_count()}
        << " tasks wait and nothing can ever wake one of them";
    return shared_text{out.c_str()};
}

deadlock_describer current_describer = count_waiting;

}  // namespace

void set_deadlock_describer(deadlock_describer describe) noexcept {
    __atomic_store_n(&current_describer, describe, __ATOMIC_RELEASE);
}

shared_text describe_deadlock(loop& stuck) {
    return __atomic_load_n(&current_describer, __ATOMIC_ACQUIRE)(stuck);
}

}  // namespace detail

clock::~clock() = default;
driver::~driver() = default;

loop::loop(driver& waits, clock& time)
    : internals_{new detail::loop_internals{*this, waits, time}} {
    static unsigned loops_made = 0;
    internals_->number = __atomic_add_fetch(&loops_made, 1U, __ATOMIC_RELAXED);
}

loop::~loop() {
    if (internals_->task_count != 0) [[unlikely]] {
        detail::refuse_to_leave(*this, "a loop was destroyed while ", " was alive in it",
                                " were alive in it");
    }
    internals_->destroy_attachments();
    detail::drop_callbacks(internals_->ready.take_all());
    internals_->box->close();
    delete internals_;
}

bool loop::turn(bool may_wait) {
    auto& in = *internals_;
    ++in.turn_count;
    detail::run_ready_batch(in);
    if (!in.ready.empty() && in.step_count < in.look_at_step) {  // busy: look now and then only
        in.is_now_stale = true;
        return true;
    }
    return detail::look_outside(in, may_wait);
}

bool loop::post(detail::callback_node& node) noexcept { return internals_->box->post(node); }

void loop::call_at(detail::callback_node& node, time_point when) noexcept {
    node.kind = detail::wait_kind::timer_callback;
    node.deadline = when.since_origin().count();
    if (node.deadline <= internals_->now) internals_->look_soon();
    internals_->timers.add(node);
}

bool loop::cancel_call(detail::callback_node& node) noexcept {
    if (node.kind != detail::wait_kind::timer_callback) return false;
    internals_->timers.remove(node);
    node.kind = detail::wait_kind::ended;
    return true;
}

void* loop::attachment(const void* key) const noexcept {
    for (auto* a = internals_->attachments; a != nullptr; a = a->next) {
        if (a->key == key) return a->object;
    }
    return nullptr;
}

void loop::attach(const void* key, void* object, void (*destroy)(void*) noexcept) {
    internals_->attachments =
        new detail::loop_attachment{key, object, destroy, internals_->attachments};
}

time_point loop::now() const noexcept {
    return time_point{duration::nanoseconds(detail::current_time(*internals_))};
}
std::uint64_t loop::turn_count() const noexcept { return internals_->turn_count; }
std::size_t loop::task_count() const noexcept { return internals_->task_count; }
driver& loop::driven_by() const noexcept { return internals_->waits; }
detail::group_scope& loop::root() noexcept { return internals_->root; }
void loop::shuffle_batches(std::uint64_t seed) noexcept { internals_->shuffle_state = seed; }
void loop::set_debug(bool on) noexcept { internals_->checks_owners = on; }
void loop::report_slow_steps(duration limit) noexcept { internals_->slow_step = limit.count(); }
bool loop::has_ready() const noexcept { return !internals_->ready.empty(); }
void loop::add_external(int change) noexcept { internals_->external_count += change; }
void loop::set_report_sink(report_sink sink) { internals_->sink = std::move(sink); }

void loop::emit(const report& what) noexcept {
    if (internals_->sink) {
        internals_->sink(what);
    } else {
        detail::print_report(what);
    }
}

time_point loop::next_deadline() const noexcept {
    if (internals_->timers.empty()) return time_point::never();
    return time_point{duration::nanoseconds(internals_->timers.earliest(SIZE_MAX))};
}

void loop::enter() {
    auto& in = *internals_;
    in.outer = detail::this_loop;
    if (in.outer != nullptr && !static_cast<detail::loop_internals*>(in.outer)->is_abandoned) {
        throw usage_error(
            "patio::run() was called on a thread that already runs a loop: inside a coroutine, "
            "co_await the other one instead");
    }
    in.stack_limit = detail::stack_pointer() - detail::transfer_stack_bytes;
    detail::set_fatal_context(&detail::print_running_task);
    detail::this_loop = &in;
    detail::read_clock(in);
}

void loop::leave() noexcept { detail::this_loop = internals_->outer; }
void loop::abandon() noexcept { internals_->is_abandoned = true; }

detail::task_block& loop::start_main(std::coroutine_handle<> main, std::source_location where) {
    detail::task_block& block = detail::start_task(internals_->root, main, where);
    block.set(detail::node_flag::observed);
    internals_->main = &block;
    return block;
}

void loop::run_until_ended(detail::task_block& main) {
    while (!detail::has_ended(main)) {
        if (turn(true)) continue;
        const shared_text text = detail::describe_deadlock(*this);
        emit(report{report_kind::deadlock, text.c_str()});
        cancel_and_join();
        throw deadlock{text};
    }
    cancel_and_join();
}

void loop::cancel_and_join() noexcept {
    auto& in = *internals_;
    in.main = nullptr;
    if (in.root.live_count > 0) detail::cancel(in.root, "the program ends", {});
    std::uint64_t steps_before = UINT64_MAX;
    while (in.root.live_count > 0) {
        if (turn(true) || in.root.live_count == 0) continue;
        // A broken shield may reveal a cleanup, which is a shield again.
        if (steps_before == in.step_count) {
            detail::refuse_to_leave(
                *this, "the program ends, but ",
                " waits for something that does not end and cannot be cancelled",
                " wait for something that does not end and cannot be cancelled");
        }
        steps_before = in.step_count;
        detail::break_shields(in.root);
    }
    detail::reopen(in.root);
}

loop& this_thread_loop() noexcept {
    if (detail::this_loop == nullptr) {
        misuse("this needs a running loop: call it from a coroutine inside patio::run()");
    }
    return *detail::this_loop->self;
}

}  // namespace patio
