// SPDX-License-Identifier: MIT

// The benchmarks as a user of Asio's coroutines would write them: one io_context with a concurrency
// hint of one, `co_spawn`, `use_awaitable`, the experimental channel.

#include "../support/harness.hpp"

#include <cstdint>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include <semaphore.h>

// Asio 1.22 knows Clang's coroutines only by the macro of their technical specification.
#define ASIO_HAS_CO_AWAIT 1
#define ASIO_HAS_STD_COROUTINE 1
#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/experimental/channel.hpp>

namespace {

using asio::awaitable;
using asio::detached;
using asio::use_awaitable;
using bench::cpu_timer;
using bench::expect;
using bench::measurement;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// --- awaiting a child

[[gnu::noinline]] awaitable<std::int64_t> child(std::int64_t value) { co_return value + 1; }

awaitable<void> await_children(std::int64_t count, std::int64_t& sum) {
    for (std::int64_t i = 0; i < count; ++i)
        sum += co_await child(i);
}

measurement await_child(std::int64_t count) {
    asio::io_context loop{1};
    std::int64_t sum = 0;
    asio::co_spawn(loop, await_children(count, sum), detached);
    const cpu_timer timer;
    loop.run();
    const auto found = timer.per_operation(count);
    expect(sum == count * (count + 1) / 2, "every child was awaited");
    return found;
}

[[gnu::noinline]] awaitable<std::int64_t> fib_of(std::int64_t n) {
    if (n < 2) co_return n;
    const auto first = co_await fib_of(n - 1);
    const auto second = co_await fib_of(n - 2);
    co_return first + second;
}

awaitable<void> await_fib(std::int64_t n, std::int64_t& leaves) {
    for (int round = 0; round < bench::fib_rounds; ++round)
        leaves += co_await fib_of(n);
}

measurement fib(std::int64_t n) {
    asio::io_context loop{1};
    std::int64_t leaves = 0;
    asio::co_spawn(loop, await_fib(n, leaves), detached);
    const cpu_timer timer;
    loop.run();
    const auto found = timer.per_operation(bench::fib_rounds * bench::fib_calls(n));
    expect(leaves > 0, "the recursion ended");
    return found;
}

// --- starting and joining

awaitable<void> count_up(std::int64_t& counter) {
    ++counter;
    co_return;
}

/// Asio has no group to join: the loop returns when the last task has ended.
void spawn_and_join(asio::io_context& loop, std::int64_t count, std::int64_t& counter) {
    for (std::int64_t i = 0; i < count; ++i)
        asio::co_spawn(loop, count_up(counter), detached);
    loop.run();
    loop.restart();
}

measurement spawn_join(std::int64_t count) {
    asio::io_context loop{1};
    std::int64_t counter = 0;
    spawn_and_join(loop, count, counter);  // fills the allocator's caches
    const cpu_timer timer;
    spawn_and_join(loop, count, counter);
    const auto found = timer.per_operation(count);
    expect(counter == 2 * count, "every task ran");
    return found;
}

awaitable<void> yield_often(std::int64_t count, std::int64_t& done) {
    const auto executor = co_await asio::this_coro::executor;
    for (std::int64_t i = 0; i < count; ++i) {
        co_await asio::post(executor, use_awaitable);
        ++done;
    }
}

measurement yield_in_turn(std::int64_t count) {
    asio::io_context loop{1};
    std::int64_t done = 0;
    asio::co_spawn(loop, yield_often(count / 2, done), detached);
    asio::co_spawn(loop, yield_often(count / 2, done), detached);
    const cpu_timer timer;
    loop.run();
    const auto found = timer.per_operation(done);
    expect(done == count / 2 * 2, "every turn was given");
    return found;
}

// --- time

awaitable<void> sleep_once(nanoseconds delay, std::int64_t& done) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer{executor, delay};
    co_await timer.async_wait(use_awaitable);
    ++done;
}

measurement gather_sleep_10k(std::int64_t rounds) {
    asio::io_context loop{1};
    std::int64_t done = 0;
    const cpu_timer timer;
    for (std::int64_t round = 0; round < rounds; ++round) {
        for (std::int64_t i = 0; i < bench::gather_width; ++i) {
            asio::co_spawn(loop, sleep_once(milliseconds{1}, done), detached);
        }
        loop.run();
        loop.restart();
    }
    const auto found = timer.per_operation(rounds * bench::gather_width);
    expect(done == rounds * bench::gather_width, "every sleeper woke");
    return found;
}

measurement timer_cancel(std::int64_t count) {
    asio::io_context loop{1};
    std::int64_t cancelled = 0;
    const auto start = [&](std::vector<asio::steady_timer>& timers, std::int64_t index) {
        timers.emplace_back(loop, milliseconds{bench::timer_delay_ms(index)});
        timers.back().async_wait([&](asio::error_code) { ++cancelled; });
    };
    std::vector<asio::steady_timer> background;
    for (std::int64_t i = 0; i < bench::timers_background; ++i)
        start(background, i);

    const cpu_timer timer;
    for (std::int64_t done = 0; done < count; done += bench::timers_batch) {
        std::vector<asio::steady_timer> batch;
        batch.reserve(bench::timers_batch);
        for (std::int64_t i = 0; i < bench::timers_batch; ++i)
            start(batch, i);
        for (auto& each : batch)
            each.cancel();
        loop.poll();
    }
    const auto found = timer.per_operation(cancelled);
    expect(cancelled >= count, "every timer was cancelled");
    return found;
}

[[gnu::noinline]] awaitable<void> sleep_long(std::int64_t frames) {
    if (frames > 1) {
        co_await sleep_long(frames - 1);
    } else {
        asio::steady_timer hour{co_await asio::this_coro::executor, std::chrono::hours{1}};
        co_await hour.async_wait(use_awaitable);
    }
}

awaitable<void> time_out_often(std::int64_t count, std::int64_t frames, std::int64_t& done) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer deadline{co_await asio::this_coro::executor};
    for (std::int64_t i = 0; i < count; ++i) {
        deadline.expires_after(nanoseconds{1'000});
        const auto winner = co_await (sleep_long(frames) || deadline.async_wait(use_awaitable));
        done += winner.index() == 1 ? 1 : 0;
    }
}

measurement timeout_fires(std::int64_t count, std::int64_t frames) {
    const std::int64_t count_each = (count + bench::timeout_tasks - 1) / bench::timeout_tasks;
    asio::io_context loop{1};
    std::int64_t done = 0;
    for (std::int64_t i = 0; i < bench::timeout_tasks; ++i) {
        asio::co_spawn(loop, time_out_often(count_each, frames, done), detached);
    }
    const cpu_timer timer;
    loop.run();
    const auto found = timer.per_operation(done);
    expect(done == count_each * bench::timeout_tasks, "every timeout fired");
    return found;
}

std::int64_t sleepers_done = 0;

awaitable<void> sleep_and_count(nanoseconds delay) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer{executor, delay};
    co_await timer.async_wait(use_awaitable);
    ++sleepers_done;
}

measurement sleeping_task_bytes(std::int64_t count) {
    asio::io_context loop{1};
    const bench::sleepers_timer timer{count};
    const nanoseconds delay{bench::sleep_ns_for(count)};
    for (std::int64_t i = 0; i < count; ++i) {
        asio::co_spawn(loop, sleep_and_count(delay), detached);
    }
    loop.run();
    expect(sleepers_done == count, "every sleeper woke");
    return timer.finish();
}

// --- a queue between two tasks

using channel = asio::experimental::channel<void(asio::error_code, std::int64_t)>;

awaitable<void> produce(channel& queue, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        co_await queue.async_send(asio::error_code{}, i, use_awaitable);
    }
}

awaitable<void> consume(channel& queue, std::int64_t count, std::int64_t& sum) {
    for (std::int64_t i = 0; i < count; ++i)
        sum += co_await queue.async_receive(use_awaitable);
}

measurement queue_128(std::int64_t count) {
    asio::io_context loop{1};
    channel queue{loop, bench::queue_capacity};
    std::int64_t sum = 0;
    asio::co_spawn(loop, produce(queue, count), detached);
    asio::co_spawn(loop, consume(queue, count, sum), detached);
    const cpu_timer timer;
    loop.run();
    const auto found = timer.per_operation(count);
    expect(sum == count * (count - 1) / 2, "every item arrived");
    return found;
}

// --- across threads

measurement post(std::int64_t count) {
    const auto bursts = (count + bench::post_burst - 1) / bench::post_burst;
    asio::io_context loop;
    auto work = asio::make_work_guard(loop);
    sem_t may_post;
    sem_t have_posted;
    sem_init(&may_post, 0, 0);
    sem_init(&have_posted, 0, 0);
    std::int64_t counter = 0;
    // The loop waits inside a handler while a burst is posted: awake, with its thread on hold.
    const auto take_burst = [&] {
        sem_post(&may_post);
        sem_wait(&have_posted);
    };
    const auto arrived = [&] {
        if (++counter == bursts * bench::post_burst) return work.reset();
        if (counter % bench::post_burst == 0) take_burst();
    };
    asio::post(loop, take_burst);
    const cpu_timer timer;
    std::jthread poster{[&] {
        for (std::int64_t burst = 0; burst < bursts; ++burst) {
            sem_wait(&may_post);
            for (std::int64_t i = 0; i < bench::post_burst; ++i)
                asio::post(loop, arrived);
            sem_post(&have_posted);
        }
    }};
    loop.run();
    const auto found = timer.per_operation(counter);
    expect(counter == bursts * bench::post_burst, "every post arrived");
    return found;
}

measurement wake(std::int64_t count) {
    asio::io_context here;
    asio::io_context there;
    auto work_here = asio::make_work_guard(here);
    auto work_there = asio::make_work_guard(there);
    std::int64_t done = 0;
    std::function<void()> ping;
    const auto pong = [&] { asio::post(here, [&] { ping(); }); };
    ping = [&] {
        if (done++ < count) return asio::post(there, pong);
        work_here.reset();
        work_there.reset();
    };
    asio::post(here, [&] { ping(); });
    const cpu_timer timer;
    {
        std::jthread partner{[&] { there.run(); }};
        here.run();
    }
    const auto found = timer.per_operation(count);
    expect(done == count + 1, "every wake-up arrived");
    return found;
}

constexpr bench::entry entries[]{
    {"await_child", await_child, 10'000'000},
    {"fib", fib, 28},
    {"spawn_join", spawn_join, 1'000'000},
    {"yield", yield_in_turn, 2'000'000},
    {"gather_sleep_10k", gather_sleep_10k, 20},
    {"timer_cancel", timer_cancel, 1'000'000},
    {"timeout_fires_1", [](std::int64_t n) { return timeout_fires(n, 1); }, 100'000},
    {"timeout_fires_5", [](std::int64_t n) { return timeout_fires(n, 5); }, 50'000},
    {"queue_128", queue_128, 1'000'000},
    {"post", post, 2'000'000},
    {"wake", wake, 50'000},
    {"sleeping_task_bytes", sleeping_task_bytes, bench::sleepers_full},
};

}  // namespace

int main(int argc, char** argv) {
    char about[32];
    std::snprintf(about, sizeof about, "Asio %d.%d.%d", ASIO_VERSION / 100'000,
                  ASIO_VERSION / 100 % 1'000, ASIO_VERSION % 100);
    return bench::run(argc, argv, about, entries);
}
