# SPDX-License-Identifier: MIT
"""Measures what a server of pages costs: a process for each sample, wrk as its load.

One sample is: start a server, look whether its answers are right, load it, read what it cost, end
it. What is compared is the CPU time that the server needed for a request.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "net"))

import run_net  # noqa: E402

from answers import verify  # noqa: E402
from load_wrk import put_load  # noqa: E402
from table_http import table_of  # noqa: E402, F401

WARM_LOADS_MAX = 3  # of a second; one will do where the machine is not busy


def sample(impl, bench, command, place, wrk, options):
    """Returns what a loaded server showed, or None if this is no work for it.

    Without a load there is nothing but the look at its answers: an empty report.
    """
    cpus = sorted(os.sched_getaffinity(0))
    with run_net.Server(command, bench.words(place), cpus[0]) as server:
        if server.address is None:
            return None
        if options["verify"]:
            verify(server, bench.page, (place / "file").read_bytes(), not impl.startswith("floor"))
        load_cpu = cpus[min(1, len(cpus) - 1)]
        warm = 0
        for _ in range(options["warm_loads"]):
            if warm < run_net.WARM_REQUESTS:
                warm += put_load(wrk, server, bench, load_cpu, 1)["requests"]
        if options["seconds"] == 0:
            return {}
        return put_load(wrk, server, bench, load_cpu, options["seconds"])


def add_load(result, found):
    # On a busy machine a short load may see no answer at all.
    requests, wall_ns = max(found["requests"], 1), found["wall_us"] * 1e3
    result.samples.append(found["server_cpu_ns"] / requests)
    result.loads.append(run_net.Load(requests / wall_ns * 1e9, found["p50_us"], found["p99_us"],
                                     found["client_cpu_ns"] / wall_ns,
                                     found["server_cpu_ns"] / wall_ns))


def load_options(bench, arguments, number):
    """What a sample does. The loads before the measured one are of a second: wrk knows no less."""
    options = {"verify": number == 0, "warm_loads": WARM_LOADS_MAX, "seconds": arguments.seconds}
    if arguments.quick:
        options |= {"warm_loads": 0, "seconds": int(bench.quick)}
    if arguments.wrk is None:
        options |= {"warm_loads": 0, "seconds": 0}
    return options


def measure(bench, commands, place, arguments):
    """Runs one benchmark in interleaved rounds; returns the results in the order of commands, and
    who only showed that its answers are right."""
    results, verified = {}, []
    applicable = dict(commands)
    for number in range(arguments.rounds):
        for impl in list(applicable):
            found = sample(impl, bench, applicable[impl], place, arguments.wrk,
                           load_options(bench, arguments, number))
            if not found:
                if found is not None:
                    verified.append(impl)
                del applicable[impl]
                continue
            result = results.setdefault(impl, run_net.NetResult(bench.name, impl, "ns"))
            add_load(result, found)
    return list(results.values()), verified


# --- the table
