# SPDX-License-Identifier: MIT
"""Shows whether the memory of a server grows with the requests that it has answered."""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "net")]

import run  # noqa: E402
import run_net  # noqa: E402

from answers import verify  # noqa: E402
from load_wrk import put_load  # noqa: E402

LOADS_MAX = 300  # of a second


@dataclass
class MemoryResult(run.Result):
    """Resident bytes at two moments, and how many requests the server had answered by then."""

    first: tuple = ()
    last: tuple = ()

    def as_json(self):
        more = {}
        for when in ("first", "last"):
            requests, resident = getattr(self, when)
            more |= {f"requests_{when}": requests, f"resident_bytes_{when}": resident}
        return super().as_json() | more


def resident_bytes(pid):
    """The pages counted one by one: what /proc/PID/status has may be behind by some."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    return int(re.search(r"^Rss: +(\d+) kB$", text, re.MULTILINE)[1]) * 1024


def answer_more(server, bench, arguments, wanted):
    """Loads the server for whole seconds until it has answered so many; how many it were."""
    cpus = sorted(os.sched_getaffinity(0))
    answered = 0
    for _ in range(LOADS_MAX):
        answered += put_load(arguments.wrk, server, bench, cpus[min(1, len(cpus) - 1)],
                             1)["requests"]
        if answered >= wanted:
            return answered
    raise run.BenchmarkFailed(f"{server.what()}: {answered} requests in {LOADS_MAX} s")


def measure(bench, commands, place, arguments):
    """Runs each server once; returns the results, and who only showed that its answers are right:
    nobody."""
    if arguments.wrk is None:
        return [], []
    results = []
    bench = bench.quickly() if arguments.quick else bench
    for impl, command in commands.items():
        with run_net.Server(command, bench.words(place), min(os.sched_getaffinity(0))) as server:
            if server.address is None:
                continue
            verify(server, bench.page, b"", reads_requests=True)
            moments, answered = [], 0
            for wanted in (bench.requests_first, bench.requests_more):
                answered += answer_more(server, bench, arguments, wanted)
                moments.append((answered, resident_bytes(server.process.pid)))
        grown = moments[1][1] - moments[0][1]
        results.append(MemoryResult(bench.name, impl, "bytes", [grown], [], *moments))
    return results, []


def table_of(bench, results):
    head = ["", "requests", "KiB", "requests", "KiB", "grown KiB"]
    rows = []
    for result in results:
        row = [result.impl]
        for requests, resident in (result.first, result.last):
            row += [f"{requests:,}", f"{resident / 1024:,.0f}"]
        rows.append(row + [f"{result.median / 1024:+,.0f}"])
    return [f"{bench.name}: {bench.what}", *run_net.aligned(head, rows)]
