#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmarks for CPython's asyncio, as its users would write them.

The protocol is that of the C++ programs: `asyncio_peer.py BENCH [COUNT]` prints one line.
"""

import asyncio
import platform
import sys
import threading
import time

FIB_ROUNDS = 2
GATHER_WIDTH = 10_000
TIMERS_BACKGROUND = 10_000
TIMERS_BATCH = 1_000
TIMEOUT_TASKS = 1_000
QUEUE_CAPACITY = 128
POST_BURST = 4_096
SLEEPERS_FULL = 1_000_000
SLEEP_FULL_S = 10.0


class CpuTimer:
    """Measures the CPU time of all threads of the process, user and system."""

    def __init__(self):
        self.begin_ns = time.process_time_ns()

    def per_operation(self, operations):
        return (time.process_time_ns() - self.begin_ns) / operations, "ns"


def timer_delay_s(index):
    return (30_000 + index * 7_919 % 60_000) / 1_000


def fib_calls(n):
    return 1 if n < 2 else fib_calls(n - 1) + fib_calls(n - 2) + 1


def peak_rss_bytes():
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status has no VmHWM")


# --- awaiting a child


async def child(value):
    return value + 1


async def await_child(count):
    total = 0
    timer = CpuTimer()
    for i in range(count):
        total += await child(i)
    found = timer.per_operation(count)
    assert total == count * (count + 1) // 2
    return found


async def fib_of(n):
    if n < 2:
        return n
    return await fib_of(n - 1) + await fib_of(n - 2)


async def fib(n):
    timer = CpuTimer()
    for _ in range(FIB_ROUNDS):
        assert await fib_of(n) > 0
    return timer.per_operation(FIB_ROUNDS * fib_calls(n))


# --- starting and joining


async def spawn_join(count):
    counter = 0

    async def count_up():
        nonlocal counter
        counter += 1

    async def spawn_and_join():
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(count_up())

    await spawn_and_join()  # fills the allocator's caches
    timer = CpuTimer()
    await spawn_and_join()
    found = timer.per_operation(count)
    assert counter == 2 * count
    return found


async def yield_in_turn(count):
    async def yield_often():
        for _ in range(count // 2):
            await asyncio.sleep(0)

    timer = CpuTimer()
    await asyncio.gather(yield_often(), yield_often())
    return timer.per_operation(count // 2 * 2)


# --- time


async def gather_sleep_10k(rounds):
    timer = CpuTimer()
    for _ in range(rounds):
        await asyncio.gather(*[asyncio.sleep(0.001) for _ in range(GATHER_WIDTH)])
    return timer.per_operation(rounds * GATHER_WIDTH)


async def timer_cancel(count):
    loop = asyncio.get_running_loop()

    def fired():
        raise AssertionError("no timer of this benchmark fires")

    background = [loop.call_later(timer_delay_s(i), fired) for i in range(TIMERS_BACKGROUND)]
    timer = CpuTimer()
    for _ in range(0, count, TIMERS_BATCH):
        batch = [loop.call_later(timer_delay_s(i), fired) for i in range(TIMERS_BATCH)]
        for each in batch:
            each.cancel()
        await asyncio.sleep(0)  # asyncio forgets cancelled timers in the loop's turn
    found = timer.per_operation(count)
    for each in background:
        each.cancel()
    return found


async def sleep_long(frames):
    if frames > 1:
        await sleep_long(frames - 1)
    else:
        await asyncio.sleep(3_600)


async def timeout_fires(count, frames):
    done = 0
    count_each = (count + TIMEOUT_TASKS - 1) // TIMEOUT_TASKS

    async def time_out_often():
        nonlocal done
        for _ in range(count_each):
            try:
                async with asyncio.timeout(1e-6):
                    await sleep_long(frames)
            except TimeoutError:
                done += 1

    timer = CpuTimer()
    await asyncio.gather(*[time_out_often() for _ in range(TIMEOUT_TASKS)])
    found = timer.per_operation(done)
    assert done == count_each * TIMEOUT_TASKS
    return found


async def timeout_fires_1(count):
    return await timeout_fires(count, 1)


async def timeout_fires_5(count):
    return await timeout_fires(count, 5)


async def sleeping_task_bytes(count):
    done = 0
    delay_s = SLEEP_FULL_S * min(1.0, count / SLEEPERS_FULL)

    async def sleep_once():
        nonlocal done
        await asyncio.sleep(delay_s)
        done += 1

    begin_bytes = peak_rss_bytes()
    begin_s = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(sleep_once())
    beyond_ms = (time.monotonic() - begin_s - delay_s) * 1_000
    print(f"wall_beyond_ms {beyond_ms:.1f}", file=sys.stderr)
    assert done == count
    return (peak_rss_bytes() - begin_bytes) / count, "bytes"


# --- a queue between two tasks


async def queue_128(count):
    queue = asyncio.Queue(QUEUE_CAPACITY)
    total = 0

    async def produce():
        for i in range(count):
            await queue.put(i)

    async def consume():
        nonlocal total
        for _ in range(count):
            total += await queue.get()

    timer = CpuTimer()
    await asyncio.gather(produce(), consume())
    found = timer.per_operation(count)
    assert total == count * (count - 1) // 2
    return found


# --- across threads


async def post(count):
    """The loop waits inside a callback while a burst is posted: awake, with its thread on hold."""
    loop = asyncio.get_running_loop()
    bursts = (count + POST_BURST - 1) // POST_BURST
    may_post = threading.Semaphore(0)
    have_posted = threading.Semaphore(0)
    drained = asyncio.Event()
    counter = 0

    def arrived():
        nonlocal counter
        counter += 1
        if counter % POST_BURST == 0:
            drained.set()

    def post_bursts():
        for _ in range(bursts):
            may_post.acquire()
            for _ in range(POST_BURST):
                loop.call_soon_threadsafe(arrived)
            have_posted.release()

    poster = threading.Thread(target=post_bursts)
    timer = CpuTimer()
    poster.start()
    for _ in range(bursts):
        drained.clear()
        may_post.release()
        have_posted.acquire()
        await drained.wait()
    found = timer.per_operation(counter)
    poster.join()
    assert counter == bursts * POST_BURST
    return found


async def wake(count):
    here = asyncio.get_running_loop()
    there = asyncio.new_event_loop()
    partner = threading.Thread(target=there.run_forever)
    finished = asyncio.Event()
    left = count

    def ping():
        nonlocal left
        if left == 0:
            there.call_soon_threadsafe(there.stop)
            return finished.set()
        left -= 1
        there.call_soon_threadsafe(pong)
        return None

    def pong():
        here.call_soon_threadsafe(ping)

    timer = CpuTimer()
    partner.start()
    ping()
    await finished.wait()
    found = timer.per_operation(count)
    partner.join()
    there.close()
    return found


BENCHES = {
    "await_child": (await_child, 1_000_000),
    "fib": (fib, 23),
    "spawn_join": (spawn_join, 50_000),
    "yield": (yield_in_turn, 200_000),
    "gather_sleep_10k": (gather_sleep_10k, 4),
    "timer_cancel": (timer_cancel, 200_000),
    "timeout_fires_1": (timeout_fires_1, 20_000),
    "timeout_fires_5": (timeout_fires_5, 20_000),
    "queue_128": (queue_128, 200_000),
    "post": (post, 100_000),
    "wake": (wake, 10_000),
    "sleeping_task_bytes": (sleeping_task_bytes, SLEEPERS_FULL),
}


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(f"usage: {sys.argv[0]} BENCH [COUNT] | --about")
    name = sys.argv[1]
    if name == "--about":
        print(f"asyncio ({platform.python_implementation()} {platform.python_version()})")
        return
    if name not in BENCHES:
        sys.exit(f"no benchmark is called '{name}'")
    run, count = BENCHES[name]
    if len(sys.argv) == 3:
        count = int(sys.argv[2])
    value, unit = asyncio.run(run(count))
    print(f"{name} {value:.3f} {unit}")


if __name__ == "__main__":
    main()
