// SPDX-License-Identifier: MIT

// The benchmarks for libuv, as far as they make sense for callbacks: no coroutine is awaited,
// spawned, or unwound here.

#include "../support/harness.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <semaphore.h>

#include <uv.h>

namespace {

using bench::cpu_timer;
using bench::expect;
using bench::measurement;

/// A loop with its counter, which every handle finds through `handle->data`.
struct counted_loop {
    uv_loop_t loop;
    std::int64_t done = 0;
    std::int64_t goal = 0;

    counted_loop() { expect(uv_loop_init(&loop) == 0, "a loop can be made"); }

    template <class Handle>
    static counted_loop& of(Handle* handle) {
        return *static_cast<counted_loop*>(handle->data);
    }
    void run() { uv_run(&loop, UV_RUN_DEFAULT); }
};

void count_timer(uv_timer_t* timer) { ++counted_loop::of(timer).done; }

void init_timer(counted_loop& on, uv_timer_t& timer) {
    uv_timer_init(&on.loop, &timer);
    timer.data = &on;
}

measurement yield_in_turn(std::int64_t count) {
    counted_loop on;
    on.goal = count;
    uv_idle_t idle;
    uv_idle_init(&on.loop, &idle);
    idle.data = &on;
    uv_idle_start(&idle, [](uv_idle_t* handle) {
        auto& self = counted_loop::of(handle);
        if (++self.done == self.goal) uv_stop(&self.loop);
    });
    const cpu_timer timer;
    on.run();
    const auto found = timer.per_operation(count);
    expect(on.done == count, "every turn was given");
    return found;
}

measurement gather_sleep_10k(std::int64_t rounds) {
    counted_loop on;
    std::vector<uv_timer_t> timers(bench::gather_width);
    for (auto& each : timers)
        init_timer(on, each);
    const cpu_timer timer;
    for (std::int64_t round = 0; round < rounds; ++round) {
        uv_update_time(&on.loop);
        for (auto& each : timers)
            uv_timer_start(&each, count_timer, 1, 0);
        on.run();
    }
    const auto found = timer.per_operation(rounds * bench::gather_width);
    expect(on.done == rounds * bench::gather_width, "every timer fired");
    return found;
}

measurement timer_cancel(std::int64_t count) {
    counted_loop on;
    std::vector<uv_timer_t> background(bench::timers_background);
    std::vector<uv_timer_t> batch(bench::timers_batch);
    for (auto& each : background)
        init_timer(on, each);
    for (auto& each : batch)
        init_timer(on, each);
    const auto start = [](uv_timer_t& each, std::int64_t index) {
        uv_timer_start(&each, count_timer, static_cast<std::uint64_t>(bench::timer_delay_ms(index)),
                       0);
    };
    for (std::int64_t i = 0; auto& each : background)
        start(each, i++);

    const cpu_timer timer;
    for (std::int64_t done = 0; done < count; done += bench::timers_batch) {
        for (std::int64_t i = 0; auto& each : batch)
            start(each, i++);
        for (auto& each : batch)
            uv_timer_stop(&each);
    }
    return timer.per_operation(count);
}

measurement sleeping_task_bytes(std::int64_t count) {
    counted_loop on;
    const bench::sleepers_timer timer{count};
    const auto delay_ms = static_cast<std::uint64_t>(bench::sleep_ns_for(count) / 1'000'000);
    for (std::int64_t i = 0; i < count; ++i) {
        auto* each = new uv_timer_t;
        init_timer(on, *each);
        const auto fired = [](uv_timer_t* handle) {
            count_timer(handle);
            uv_close(reinterpret_cast<uv_handle_t*>(handle),
                     [](uv_handle_t* closed) { delete reinterpret_cast<uv_timer_t*>(closed); });
        };
        uv_timer_start(each, fired, delay_ms, 0);
    }
    on.run();
    expect(on.done == count, "every timer fired");
    return timer.finish();
}

/// libuv only wakes a loop; who wants to hand over work brings a queue and a lock. This is the
/// usual pair.
struct mailbox {
    std::mutex guard;
    std::deque<void (*)(counted_loop&)> items;
    std::deque<void (*)(counted_loop&)> taken;
    uv_async_t signal;

    explicit mailbox(counted_loop& on) {
        uv_async_init(&on.loop, &signal, [](uv_async_t* handle) {
            static_cast<mailbox*>(handle->data)
                ->drain(*static_cast<counted_loop*>(handle->loop->data));
        });
        signal.data = this;
        on.loop.data = &on;
    }

    void post(void (*call)(counted_loop&)) {
        {
            const std::lock_guard lock{guard};
            items.push_back(call);
        }
        uv_async_send(&signal);
    }

    void drain(counted_loop& on) {
        {
            const std::lock_guard lock{guard};
            std::swap(items, taken);
        }
        for (auto* call : taken)
            call(on);
        taken.clear();
    }
};

/// Lets the poster's bursts and the loop's turns alternate.
struct burst_gate {
    sem_t may_post;
    sem_t have_posted;

    burst_gate() {
        sem_init(&may_post, 0, 0);
        sem_init(&have_posted, 0, 0);
    }
};

burst_gate gate;

measurement post(std::int64_t count) {
    const auto bursts = (count + bench::post_burst - 1) / bench::post_burst;
    counted_loop on;
    on.goal = bursts * bench::post_burst;
    mailbox box{on};
    // The loop waits inside a callback while a burst is posted: awake, with its thread on hold.
    const auto arrived = [](counted_loop& self) {
        if (++self.done == self.goal) return uv_stop(&self.loop);
        if (self.done % bench::post_burst != 0) return;
        sem_post(&gate.may_post);
        sem_wait(&gate.have_posted);
    };
    const cpu_timer timer;
    sem_post(&gate.may_post);
    std::jthread poster{[&] {
        for (std::int64_t burst = 0; burst < bursts; ++burst) {
            sem_wait(&gate.may_post);
            for (std::int64_t i = 0; i < bench::post_burst; ++i)
                box.post(arrived);
            sem_post(&gate.have_posted);
        }
    }};
    sem_wait(&gate.have_posted);
    on.run();
    const auto found = timer.per_operation(on.done);
    expect(on.done == on.goal, "every post arrived");
    return found;
}

/// One side of the ping-pong: a loop, and the signal of the other side.
struct side : counted_loop {
    uv_async_t signal;
    side* other = nullptr;

    side() {
        uv_async_init(&loop, &signal, [](uv_async_t* handle) {
            auto& self = *static_cast<side*>(handle->data);
            if (self.done++ == self.goal) uv_stop(&self.loop);
            uv_async_send(&self.other->signal);
        });
        signal.data = this;
    }
};

measurement wake(std::int64_t count) {
    side here;
    side there;
    here.other = &there;
    there.other = &here;
    here.goal = there.goal = count;
    const cpu_timer timer;
    uv_async_send(&here.signal);
    {
        std::jthread partner{[&] { there.run(); }};
        here.run();
    }
    const auto found = timer.per_operation(count);
    expect(here.done == count + 1 && there.done == count + 1, "every wake-up arrived");
    return found;
}

constexpr bench::entry entries[]{
    {"yield", yield_in_turn, 1'000'000},
    {"gather_sleep_10k", gather_sleep_10k, 100},
    {"timer_cancel", timer_cancel, 3'000'000},
    {"post", post, 4'000'000},
    {"wake", wake, 50'000},
    {"sleeping_task_bytes", sleeping_task_bytes, bench::sleepers_full},
};

}  // namespace

int main(int argc, char** argv) {
    char about[32];
    std::snprintf(about, sizeof about, "libuv %s", uv_version_string());
    return bench::run(argc, argv, about, entries);
}
