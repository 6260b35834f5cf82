# SPDX-License-Identifier: MIT
"""Measures what a WebSocket server costs for one message: a process for each sample, loaded by the
generator of the network benchmarks."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "net")]

import run  # noqa: E402
import run_net  # noqa: E402
import ws_answers  # noqa: E402

from answers import WrongAnswer  # noqa: E402
from table_http import table_of  # noqa: E402, F401


def verify(server, bench):
    try:
        ws_answers.verify(int(server.address.partition(":")[2]), bench.size)
    except (OSError, ValueError, WrongAnswer) as error:
        raise run.BenchmarkFailed(f"{server.what()}: {error}\n{server.stderr()}") from error


def sample(bench, command, arguments, number):
    """Returns what the load generator printed, or None if this is no work for this server."""
    options = {"warm_s": 0.2, "warm_requests": run_net.WARM_REQUESTS, "seconds": arguments.seconds}
    if arguments.quick:
        options = {"warm_s": 0.01, "seconds": 0.02}
    cpus = sorted(os.sched_getaffinity(0))
    with run_net.Server(command, [bench.family], cpus[0]) as server:
        if server.address is None:
            return None
        if number == 0:
            verify(server, bench)
        return run_net.put_load(arguments.load, server, bench, cpus[min(1, len(cpus) - 1)],
                                options)


def measure(bench, commands, _, arguments):
    """Runs one benchmark in interleaved rounds; returns the results in the order of commands, and
    who only showed that its answers are right: nobody."""
    results = {}
    applicable = dict(commands)
    for number in range(arguments.rounds):
        for impl in list(applicable):
            found = sample(bench, applicable[impl], arguments, number)
            if found is None:
                del applicable[impl]
                continue
            result = results.setdefault(impl, run_net.NetResult(bench.name, impl, "ns"))
            run_net.add_load(result, found)
    return list(results.values()), []
