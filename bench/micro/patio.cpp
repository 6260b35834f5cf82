// SPDX-License-Identifier: MIT

// The benchmarks for Patio, through its public headers only.

#include "../support/harness.hpp"

#include <patio/core/gather_range.hpp>
#include <patio/core/loop_handle.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/sync/queue.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>
#include <patio/io/run.hpp>
#include <patio/io/run_options.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include <semaphore.h>

namespace {

using bench::cpu_timer;
using bench::expect;
using bench::measurement;
using patio::async;
using patio::task_group;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// --- awaiting a child

[[gnu::noinline]] async<std::int64_t> child(std::int64_t value) { co_return value + 1; }

async<measurement> await_children(std::int64_t count) {
    std::int64_t sum = 0;
    const cpu_timer timer;
    for (std::int64_t i = 0; i < count; ++i) {
        const auto value = co_await child(i);
        sum += value;
    }
    const auto found = timer.per_operation(count);
    expect(sum == count * (count + 1) / 2, "every child was awaited");
    co_return found;
}

[[gnu::noinline]] async<std::int64_t> fib_of(std::int64_t n) {
    if (n < 2) co_return n;
    const auto first = co_await fib_of(n - 1);
    const auto second = co_await fib_of(n - 2);
    co_return first + second;
}

async<measurement> await_fib(std::int64_t n) {
    std::int64_t leaves = 0;
    const cpu_timer timer;
    for (int round = 0; round < bench::fib_rounds; ++round) {
        const auto value = co_await fib_of(n);
        leaves += value;
    }
    const auto found = timer.per_operation(bench::fib_rounds * bench::fib_calls(n));
    expect(leaves > 0, "the recursion ended");
    co_return found;
}

// --- starting and joining

async<> count_up(std::int64_t& counter) {
    ++counter;
    co_return;
}

async<> spawn_and_join(std::int64_t count, std::int64_t& counter) {
    co_await patio::with_task_group([&](task_group& group) -> async<> {
        for (std::int64_t i = 0; i < count; ++i)
            group.spawn(count_up(counter));
        co_return;
    });
}

async<measurement> spawn_join(std::int64_t count) {
    std::int64_t counter = 0;
    co_await spawn_and_join(count, counter);  // fills the pool
    const cpu_timer timer;
    co_await spawn_and_join(count, counter);
    const auto found = timer.per_operation(count);
    expect(counter == 2 * count, "every task ran");
    co_return found;
}

async<> yield_often(std::int64_t count, std::int64_t& done) {
    for (std::int64_t i = 0; i < count; ++i) {
        co_await patio::yield();
        ++done;
    }
}

async<measurement> yield_in_turn(std::int64_t count) {
    std::int64_t done = 0;
    const cpu_timer timer;
    co_await patio::gather(yield_often(count / 2, done), yield_often(count / 2, done));
    const auto found = timer.per_operation(done);
    expect(done == count / 2 * 2, "every turn was given");
    co_return found;
}

// --- time

async<> sleep_once(nanoseconds delay, std::int64_t& done) {
    co_await patio::sleep(delay);
    ++done;
}

async<measurement> gather_sleep_10k(std::int64_t rounds) {
    std::int64_t done = 0;
    const cpu_timer timer;
    for (std::int64_t round = 0; round < rounds; ++round) {
        std::vector<async<>> sleepers;
        sleepers.reserve(bench::gather_width);
        for (std::int64_t i = 0; i < bench::gather_width; ++i) {
            sleepers.push_back(sleep_once(milliseconds{1}, done));
        }
        co_await patio::gather(sleepers);
    }
    const auto found = timer.per_operation(rounds * bench::gather_width);
    expect(done == rounds * bench::gather_width, "every sleeper woke");
    co_return found;
}

/// Makes a timer and cancels it in the next turn: a limit around an operation that takes one turn.
/// With a batch of such tasks so many timers run at a time.
async<> limit_often(std::int64_t count, nanoseconds limit, std::int64_t& done) {
    for (std::int64_t i = 0; i < count; ++i) {
        const bool was_in_time = co_await patio::move_on_after(limit, patio::yield());
        done += was_in_time ? 1 : 0;
    }
}

async<measurement> timer_cancel(std::int64_t count) {
    const auto count_each = (count + bench::timers_batch - 1) / bench::timers_batch;
    std::int64_t ignored = 0;
    std::int64_t done = 0;
    measurement found{};
    co_await patio::with_task_group([&](task_group& background) -> async<> {
        for (std::int64_t i = 0; i < bench::timers_background; ++i) {
            background.spawn(sleep_once(milliseconds{bench::timer_delay_ms(i)}, ignored));
        }
        co_await patio::yield();
        const cpu_timer timer;
        co_await patio::with_task_group([&](task_group& batch) -> async<> {
            for (std::int64_t i = 0; i < bench::timers_batch; ++i) {
                const milliseconds limit{bench::timer_delay_ms(i)};
                batch.spawn(limit_often(count_each, limit, done));
            }
            co_return;
        });
        found = timer.per_operation(done);
        background.cancel();
    });
    expect(done == count_each * bench::timers_batch, "every operation was in time");
    co_return found;
}

[[gnu::noinline]] async<> sleep_long(std::int64_t frames) {
    if (frames > 1) {
        co_await sleep_long(frames - 1);
    } else {
        co_await patio::sleep(std::chrono::hours{1});
    }
}

async<> time_out_often(std::int64_t count, std::int64_t frames, std::int64_t& done) {
    for (std::int64_t i = 0; i < count; ++i) {
        const bool was_in_time =
            co_await patio::move_on_after(nanoseconds{1'000}, sleep_long(frames));
        done += was_in_time ? 0 : 1;
    }
}

async<measurement> timeout_fires(std::int64_t count, std::int64_t frames) {
    const auto count_each = (count + bench::timeout_tasks - 1) / bench::timeout_tasks;
    std::int64_t done = 0;
    const cpu_timer timer;
    co_await patio::with_task_group([&](task_group& group) -> async<> {
        for (std::int64_t i = 0; i < bench::timeout_tasks; ++i) {
            group.spawn(time_out_often(count_each, frames, done));
        }
        co_return;
    });
    const auto found = timer.per_operation(done);
    expect(done == count_each * bench::timeout_tasks, "every timeout fired");
    co_return found;
}

std::int64_t sleepers_done = 0;

async<> sleep_and_count(nanoseconds delay) {
    co_await patio::sleep(delay);
    ++sleepers_done;
}

async<measurement> sleeping_task_bytes(std::int64_t count) {
    const bench::sleepers_timer timer{count};
    const nanoseconds delay{bench::sleep_ns_for(count)};
    co_await patio::with_task_group([&](task_group& group) -> async<> {
        for (std::int64_t i = 0; i < count; ++i)
            group.spawn(sleep_and_count(delay));
        co_return;
    });
    expect(sleepers_done == count, "every sleeper woke");
    co_return timer.finish();
}

// --- a queue between two tasks

async<> produce(patio::queue<std::int64_t>& queue, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i)
        co_await queue.put(i);
}

async<> consume(patio::queue<std::int64_t>& queue, std::int64_t count, std::int64_t& sum) {
    for (std::int64_t i = 0; i < count; ++i) {
        const auto item = co_await queue.get();
        sum += item;
    }
}

async<measurement> queue_128(std::int64_t count) {
    patio::queue<std::int64_t> queue{bench::queue_capacity};
    std::int64_t sum = 0;
    const cpu_timer timer;
    co_await patio::gather(produce(queue, count), consume(queue, count, sum));
    const auto found = timer.per_operation(count);
    expect(sum == count * (count - 1) / 2, "every item arrived");
    co_return found;
}

// --- across threads

async<measurement> post(std::int64_t count) {
    const auto bursts = (count + bench::post_burst - 1) / bench::post_burst;
    sem_t may_post;
    sem_t have_posted;
    sem_init(&may_post, 0, 0);
    sem_init(&have_posted, 0, 0);
    const auto home = patio::current_loop();
    patio::event drained;
    std::int64_t counter = 0;
    const auto arrived = [&] {
        if (++counter % bench::post_burst == 0) drained.set();
    };
    const cpu_timer timer;
    const std::jthread poster{[&] {
        for (std::int64_t burst = 0; burst < bursts; ++burst) {
            sem_wait(&may_post);
            for (std::int64_t i = 0; i < bench::post_burst; ++i)
                home.post(arrived);
            sem_post(&have_posted);
        }
    }};
    for (std::int64_t burst = 0; burst < bursts; ++burst) {
        // The loop waits inside a step while a burst is posted: awake, with its thread on hold.
        drained.clear();
        sem_post(&may_post);
        sem_wait(&have_posted);
        co_await drained.wait();
    }
    const auto found = timer.per_operation(counter);
    expect(counter == bursts * bench::post_burst, "every post arrived");
    co_return found;
}

/// One side of the ping-pong: a loop that sleeps until the other one posts to it.
struct side {
    patio::loop_handle loop;
    patio::event* finished = nullptr;
};

async<> be_other_side(side& there, sem_t& is_running) {
    patio::event finished;
    there = {patio::current_loop(), &finished};
    sem_post(&is_running);
    co_await finished.wait();
}

async<measurement> wake(std::int64_t count) {
    sem_t is_running;
    sem_init(&is_running, 0, 0);
    side there;
    const std::jthread partner{[&] { patio::run(be_other_side(there, is_running)); }};
    sem_wait(&is_running);
    patio::event finished;
    const side here{patio::current_loop(), &finished};

    std::int64_t done = 0;
    std::function<void()> ping;
    const auto pong = [&] { here.loop.post([&] { ping(); }); };
    ping = [&] {
        if (done++ < count) {
            there.loop.post(pong);
        } else {
            there.loop.post([&] { there.finished->set(); });
            here.finished->set();
        }
    };
    const cpu_timer timer;
    ping();
    co_await finished.wait();
    const auto found = timer.per_operation(count);
    expect(done == count + 1, "every wake-up arrived");
    co_return found;
}

/// With all that Patio checks by default. But some benchmarks keep their loop for seconds on
/// purpose; the watchdog that sees it would read debug information, 22 MB of it, in the middle of
/// what is measured.
patio::run_options patient() { return patio::run_options{}.watchdog(std::chrono::hours{1}); }

/// Runs a benchmark that is a coroutine as a program's main coroutine.
template <async<measurement> (*Main)(std::int64_t)>
measurement in_loop(std::int64_t count) {
    return patio::run(Main(count), patient());
}

template <std::int64_t Frames>
measurement timeout_through(std::int64_t count) {
    return patio::run(timeout_fires(count, Frames), patient());
}

constexpr bench::entry entries[]{
    {"await_child", in_loop<await_children>, 20'000'000},
    {"fib", in_loop<await_fib>, 30},
    {"spawn_join", in_loop<spawn_join>, 1'000'000},
    {"yield", in_loop<yield_in_turn>, 50'000'000},
    {"gather_sleep_10k", in_loop<gather_sleep_10k>, 200},
    {"timer_cancel", in_loop<timer_cancel>, 10'000'000},
    {"timeout_fires_1", timeout_through<1>, 5'000'000},
    {"timeout_fires_5", timeout_through<5>, 3'000'000},
    {"queue_128", in_loop<queue_128>, 30'000'000},
    {"post", in_loop<post>, 4'000'000},
    {"wake", in_loop<wake>, 50'000},
    {"sleeping_task_bytes", in_loop<sleeping_task_bytes>, bench::sleepers_full},
};

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, "Patio", entries); }
