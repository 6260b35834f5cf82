// SPDX-License-Identifier: MIT

// The floor: bare code that does each benchmark's work and nothing else. It shows how much of a
// runtime's time is the machine's, and what is left to win.

#include "floor_task.hpp"
#include "floor_wheel.hpp"

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include <semaphore.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

namespace {

using namespace floor_of;
using bench::cpu_timer;
using bench::expect;
using bench::measurement;

// --- awaiting a child

[[gnu::noinline]] task<std::int64_t> child(std::int64_t value) { co_return value + 1; }

detached await_children(std::int64_t count, std::int64_t& sum) {
    for (std::int64_t i = 0; i < count; ++i)
        sum += co_await child(i);
}

measurement await_child(std::int64_t count) {
    std::int64_t sum = 0;
    const cpu_timer timer;
    await_children(count, sum);
    const auto found = timer.per_operation(count);
    expect(sum == count * (count + 1) / 2, "every child was awaited");
    return found;
}

[[gnu::noinline]] task<std::int64_t> fib_of(std::int64_t n) {
    if (n < 2) co_return n;
    const auto first = co_await fib_of(n - 1);
    const auto second = co_await fib_of(n - 2);
    co_return first + second;
}

detached await_fib(std::int64_t n, std::int64_t& calls) {
    // fib(n) counts the leaves that return 1, so the sum over rounds proves that they all ran.
    for (int round = 0; round < bench::fib_rounds; ++round)
        calls += co_await fib_of(n);
}

measurement fib(std::int64_t n) {
    std::int64_t leaves = 0;
    const cpu_timer timer;
    await_fib(n, leaves);
    const auto found = timer.per_operation(bench::fib_rounds * bench::fib_calls(n));
    expect(leaves > 0, "the recursion ended");
    return found;
}

// --- starting and joining

struct crowd {
    std::int64_t live = 0;
    ready_node joiner;
};

/// A task in the ready queue that tells its crowd when it has ended.
struct member {
    struct promise_type : pooled, ready_node {
        crowd& home;

        promise_type(crowd& joined, std::int64_t&) : home{joined} {
            coroutine = std::coroutine_handle<promise_type>::from_promise(*this);
            ++home.live;
            ready.push(*this);
        }
        member get_return_object() { return {}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept {
            if (--home.live == 0 && home.joiner.coroutine) ready.push(home.joiner);
            return {};
        }
        void return_void() noexcept {}
        void unhandled_exception() noexcept { std::abort(); }
    };
};

struct join {
    crowd& home;

    bool await_ready() noexcept { return home.live == 0; }
    void await_suspend(std::coroutine_handle<> self) noexcept { home.joiner.coroutine = self; }
    void await_resume() noexcept { home.joiner.coroutine = nullptr; }
};

member count_up(crowd&, std::int64_t& counter) {
    ++counter;
    co_return;
}

detached spawn_and_join(std::int64_t count, std::int64_t& counter) {
    crowd home;
    for (std::int64_t i = 0; i < count; ++i)
        count_up(home, counter);
    co_await join{home};
}

measurement spawn_join(std::int64_t count) {
    std::int64_t counter = 0;
    spawn_and_join(count, counter);  // fills the pool
    ready.run();
    const cpu_timer timer;
    spawn_and_join(count, counter);
    ready.run();
    const auto found = timer.per_operation(count);
    expect(counter == 2 * count, "every task ran");
    return found;
}

detached yield_often(std::int64_t count, std::int64_t& done) {
    for (std::int64_t i = 0; i < count; ++i) {
        co_await yield{};
        ++done;
    }
}

measurement yield_in_turn(std::int64_t count) {
    std::int64_t done = 0;
    const cpu_timer timer;
    yield_often(count / 2, done);
    yield_often(count / 2, done);
    ready.run();
    const auto found = timer.per_operation(done);
    expect(done == count / 2 * 2, "every turn was given");
    return found;
}

// --- time

timer_wheel& wheel() {
    static timer_wheel instance;
    return instance;
}

/// The loop's time, read once a turn.
std::int64_t turn_ns = 0;

struct sleep_for : timer_node {
    std::coroutine_handle<> coroutine;

    explicit sleep_for(std::int64_t delay_ns) {
        tick = timer_wheel::tick_of(turn_ns + delay_ns);
        fire = [](timer_node& node) { static_cast<sleep_for&>(node).coroutine.resume(); };
    }
    bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<> self) noexcept {
        coroutine = self;
        wheel().insert(*this);
    }
    void await_resume() noexcept {}
};

void run_timers() {
    for (auto next = wheel().next_tick(); next != ~std::uint64_t{0}; next = wheel().next_tick()) {
        turn_ns = bench::now_ns();
        const auto ahead_ns = static_cast<std::int64_t>(next << 10) - turn_ns;
        if (ahead_ns > 0) {
            const timespec pause{ahead_ns / 1'000'000'000, ahead_ns % 1'000'000'000};
            nanosleep(&pause, nullptr);
            turn_ns = bench::now_ns();
        }
        wheel().advance(static_cast<std::uint64_t>(turn_ns) >> 10);
    }
}

detached sleep_once(std::int64_t delay_ns, std::int64_t& done) {
    co_await sleep_for{delay_ns};
    ++done;
}

measurement gather_sleep_10k(std::int64_t rounds) {
    std::int64_t done = 0;
    const cpu_timer timer;
    for (std::int64_t round = 0; round < rounds; ++round) {
        turn_ns = bench::now_ns();
        for (std::int64_t i = 0; i < bench::gather_width; ++i)
            sleep_once(1'000'000, done);
        run_timers();
    }
    const auto found = timer.per_operation(rounds * bench::gather_width);
    expect(done == rounds * bench::gather_width, "every sleeper woke");
    return found;
}

measurement timer_cancel(std::int64_t count) {
    std::vector<timer_node> background(bench::timers_background);
    std::vector<timer_node> batch(bench::timers_batch);
    const auto start = [base_ns = bench::now_ns()](timer_node& node, std::int64_t index) {
        node.tick = timer_wheel::tick_of(base_ns + bench::timer_delay_ms(index) * 1'000'000);
        wheel().insert(node);
    };
    for (std::int64_t i = 0; auto& node : background)
        start(node, ++i);

    const cpu_timer timer;
    for (std::int64_t done = 0; done < count; done += bench::timers_batch) {
        for (std::int64_t i = 0; auto& node : batch)
            start(node, ++i);
        for (auto& node : batch)
            wheel().remove(node);
    }
    return timer.per_operation(count);
}

/// A chain of frames that ends in a sleep of an hour; destroying the first destroys them all.
[[gnu::noinline]] task<bool> sleep_long(std::int64_t frames, timer_node*& sleeper) {
    if (frames > 1) {
        co_await sleep_long(frames - 1, sleeper);
    } else {
        sleep_for hour{3'600'000'000'000};
        sleeper = &hour;
        co_await hour;
    }
    co_return true;
}

/// Waits for a chain of frames until a deadline, then destroys the chain.
struct timeout : timer_node {
    task<bool> body;
    timer_node*& sleeper;
    std::coroutine_handle<> coroutine{};

    timeout(std::int64_t delay_ns, task<bool>&& chain, timer_node*& end)
        : body{std::move(chain)}, sleeper{end} {
        tick = timer_wheel::tick_of(turn_ns + delay_ns);
        fire = [](timer_node& node) {
            auto& self = static_cast<timeout&>(node);
            wheel().remove(*self.sleeper);
            { const task<bool> unwound = std::move(self.body); }
            self.coroutine.resume();
        };
    }
    bool await_ready() noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> self) noexcept {
        coroutine = self;
        wheel().insert(*this);
        return body.await_suspend(std::noop_coroutine());
    }
    void await_resume() noexcept {}
};

detached time_out_often(std::int64_t count, std::int64_t frames, std::int64_t& done) {
    for (std::int64_t i = 0; i < count; ++i) {
        timer_node* sleeper = nullptr;
        co_await timeout{1'000, sleep_long(frames, sleeper), sleeper};
        ++done;
    }
}

measurement timeout_fires(std::int64_t count, std::int64_t frames) {
    const std::int64_t count_each = (count + bench::timeout_tasks - 1) / bench::timeout_tasks;
    std::int64_t done = 0;
    turn_ns = bench::now_ns();
    const cpu_timer timer;
    for (std::int64_t i = 0; i < bench::timeout_tasks; ++i) {
        time_out_often(count_each, frames, done);
    }
    run_timers();
    const auto found = timer.per_operation(done);
    expect(done == count_each * bench::timeout_tasks, "every timeout fired");
    return found;
}

std::int64_t sleepers_done = 0;

detached sleep_and_count(std::int64_t delay_ns) {
    co_await sleep_for{delay_ns};
    ++sleepers_done;
}

measurement sleeping_task_bytes(std::int64_t count) {
    const bench::sleepers_timer timer{count};
    for (std::int64_t i = 0; i < count; ++i) {
        if (i % 256 == 0) turn_ns = bench::now_ns();
        sleep_and_count(bench::sleep_ns_for(count));
    }
    run_timers();
    expect(sleepers_done == count, "every sleeper woke");
    return timer.finish();
}

// --- a queue between two tasks

struct ring {
    std::int64_t items[bench::queue_capacity];
    std::uint64_t taken = 0;
    std::uint64_t stored = 0;
    ready_node* getter = nullptr;
    ready_node* putter = nullptr;

    std::int64_t& at(std::uint64_t position) { return items[position % bench::queue_capacity]; }
};

struct put {
    ring& target;
    std::int64_t value;
    ready_node node{};

    bool await_ready() noexcept { return target.stored - target.taken < bench::queue_capacity; }
    void await_suspend(std::coroutine_handle<> self) noexcept {
        node.coroutine = self;
        target.putter = &node;
    }
    void await_resume() noexcept {
        target.at(target.stored++) = value;
        if (target.getter != nullptr) ready.push(*std::exchange(target.getter, nullptr));
    }
};

struct get {
    ring& source;
    ready_node node{};

    bool await_ready() noexcept { return source.stored != source.taken; }
    void await_suspend(std::coroutine_handle<> self) noexcept {
        node.coroutine = self;
        source.getter = &node;
    }
    std::int64_t await_resume() noexcept {
        if (source.putter != nullptr) ready.push(*std::exchange(source.putter, nullptr));
        return source.at(source.taken++);
    }
};

detached produce(ring& queue, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i)
        co_await put{queue, i};
}

detached consume(ring& queue, std::int64_t count, std::int64_t& sum) {
    for (std::int64_t i = 0; i < count; ++i)
        sum += co_await get{queue};
}

measurement queue_128(std::int64_t count) {
    ring queue;
    std::int64_t sum = 0;
    const cpu_timer timer;
    produce(queue, count);
    consume(queue, count, sum);
    ready.run();
    const auto found = timer.per_operation(count);
    expect(sum == count * (count - 1) / 2, "every item arrived");
    return found;
}

// --- across threads

/// A message whose memory the sender lends until it has been taken.
struct posted {
    posted* next;
    void (*call)(std::int64_t&);
};

/// A stack that many threads push to and one takes whole; it takes it in the order of pushing.
std::atomic<posted*> inbox = nullptr;

void post_one(posted& item) {
    item.next = inbox.load(std::memory_order_relaxed);
    // Release: who takes the stack must see what the item holds.
    while (!inbox.compare_exchange_weak(item.next, &item, std::memory_order_release,
                                        std::memory_order_relaxed)) {}
}

void drain_inbox(std::int64_t& counter) {
    posted* reversed = nullptr;
    posted* item = inbox.exchange(nullptr, std::memory_order_acquire);
    while (item != nullptr) {
        posted* next = std::exchange(item->next, reversed);
        reversed = item;
        item = next;
    }
    for (; reversed != nullptr; reversed = reversed->next)
        reversed->call(counter);
}

measurement post(std::int64_t count) {
    const auto bursts = (count + bench::post_burst - 1) / bench::post_burst;
    sem_t may_post;
    sem_t have_posted;
    sem_init(&may_post, 0, 0);
    sem_init(&have_posted, 0, 0);
    std::int64_t counter = 0;
    std::vector<posted> messages(bench::post_burst);
    const cpu_timer timer;
    std::jthread poster{[&] {
        for (std::int64_t burst = 0; burst < bursts; ++burst) {
            sem_wait(&may_post);
            for (posted& message : messages) {
                message.call = [](std::int64_t& total) { ++total; };
                post_one(message);
            }
            sem_post(&have_posted);
        }
    }};
    for (std::int64_t burst = 0; burst < bursts; ++burst) {
        sem_post(&may_post);
        sem_wait(&have_posted);
        drain_inbox(counter);
    }
    const auto found = timer.per_operation(counter);
    expect(counter == bursts * bench::post_burst, "every post arrived");
    return found;
}

measurement wake(std::int64_t count) {
    const int there = eventfd(0, EFD_CLOEXEC);
    const int back = eventfd(0, EFD_CLOEXEC);
    const auto give = [](int fd) { return eventfd_write(fd, 1) == 0; };
    const auto take = [](int fd) {
        eventfd_t value = 0;
        return eventfd_read(fd, &value) == 0;
    };
    std::int64_t done = 0;
    const cpu_timer timer;
    {
        std::jthread partner{[&] {
            for (std::int64_t i = 0; i < count && take(there) && give(back); ++i)
                ++done;
        }};
        for (std::int64_t i = 0; i < count && give(there) && take(back); ++i) {}
    }
    const auto found = timer.per_operation(count);
    expect(done == count, "every wake-up arrived");
    close(there);
    close(back);
    return found;
}

constexpr bench::entry entries[]{
    {"await_child", await_child, 20'000'000},
    {"fib", fib, 30},
    {"spawn_join", spawn_join, 1'000'000},
    {"yield", yield_in_turn, 50'000'000},
    {"gather_sleep_10k", gather_sleep_10k, 200},
    {"timer_cancel", timer_cancel, 20'000'000},
    {"timeout_fires_1", [](std::int64_t n) { return timeout_fires(n, 1); }, 5'000'000},
    {"timeout_fires_5", [](std::int64_t n) { return timeout_fires(n, 5); }, 3'000'000},
    {"queue_128", queue_128, 50'000'000},
    {"post", post, 4'000'000},
    {"wake", wake, 100'000},
    {"sleeping_task_bytes", sleeping_task_bytes, bench::sleepers_full},
};

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, "bare C++", entries); }
