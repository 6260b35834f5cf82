# SPDX-License-Identifier: MIT
"""Measures what a client costs for one request: a process for each sample, and one server for all.

A sample is two runs, one that asks once on each connection, and one that asks so often more. What
is counted is the difference: to start a process or an interpreter, and to open the connections, is
not part of it.
"""

import contextlib
import os
import re
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "net")]

import run  # noqa: E402
import run_net  # noqa: E402
import table_http  # noqa: E402

from answers import ask, connect, verify  # noqa: E402
from load_wrk import LOAD_TIMEOUT_S, cpu_clock_of  # noqa: E402
from suite_http import SERVERS  # noqa: E402

PAGE = "plaintext"


@dataclass
class Spent:
    """What one run took."""

    client_cpu_ns: float
    server_cpu_ns: float
    wall_ns: float

    def __sub__(self, less):
        return Spent(self.client_cpu_ns - less.client_cpu_ns,
                     self.server_cpu_ns - less.server_cpu_ns, self.wall_ns - less.wall_ns)


def client_cpu_ns():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1e9 * (used.ru_utime + used.ru_stime)


def run_client(command, server, requests, bench, cpu):
    """Runs a client to its end. It looks at each answer itself, and says how many there were."""
    url = f"{server.address.replace(':', '://127.0.0.1:')}/{PAGE}"
    words = [*command, url, str(requests), str(bench.connections)]
    clock = cpu_clock_of(server.process.pid)
    before = Spent(client_cpu_ns(), time.clock_gettime_ns(clock), time.monotonic_ns())
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False,
                              timeout=LOAD_TIMEOUT_S, preexec_fn=run_net.confined_to(cpu))
    except subprocess.TimeoutExpired as error:
        raise run.BenchmarkFailed(f"{' '.join(words)} took longer than {LOAD_TIMEOUT_S} s") \
            from error
    after = Spent(client_cpu_ns(), time.clock_gettime_ns(clock), time.monotonic_ns())
    if done.returncode != 0 or done.stdout != f"answers {requests}\n":
        raise run.BenchmarkFailed(f"{' '.join(words)}: status {done.returncode}\n{done.stdout}"
                                  f"{done.stderr.rstrip()}\n{server.stderr()}")
    return after - before


# --- was it the same work


def counted(server):
    """(connections, requests) that nginx has had, with the one that asks; None for another."""
    with contextlib.closing(connect(server.address)) as connection:
        status, _, said = ask(connection, "/status")
    found = re.search(rb"^ *(\d+) (\d+) (\d+) *$", said, re.MULTILINE)
    return (int(found[1]), int(found[3])) if status == 200 and found else None


def verify_client(command, server, bench, cpu):
    """Fails unless the server sees as many requests as it should; over how many connections, or
    None from a server that does not count."""
    requests = bench.connections + bench.requests
    before = counted(server)
    run_client(command, server, requests, bench, cpu)
    if before is None:
        return None
    connections, asked = (now - then - 1 for now, then in zip(counted(server), before))
    if asked != requests:
        raise run.BenchmarkFailed(f"{' '.join(command)}: the server has seen {asked} requests, not "
                                  f"{requests}")
    return connections


# --- samples


@dataclass
class ClientResult(run_net.NetResult):
    """What one client showed, and how many connections it has opened in one run."""

    connections: int = None

    def as_json(self):
        return super().as_json() | {"connections": self.connections}


def sample(command, server, bench, cpu, quick):
    many = run_client(command, server, bench.connections + bench.requests, bench, cpu)
    if quick:
        return many
    return many - run_client(command, server, bench.connections, bench, cpu)


def add_sample(result, bench, spent):
    # On a busy machine a short run may seem to have cost nothing.
    wall_ns = max(spent.wall_ns, 1)
    result.samples.append(max(spent.client_cpu_ns, 1) / bench.requests)
    result.loads.append(run_net.Load(bench.requests / wall_ns * 1e9,
                                     client_busy=spent.client_cpu_ns / wall_ns,
                                     server_busy=spent.server_cpu_ns / wall_ns))


def find_server(arguments):
    """nginx; to show that clients run, one that is always built."""
    name = "floor" if arguments.quick else "nginx"
    words, problem = SERVERS[name].find(arguments.build / "bench" / "http")
    if words is None:
        print(f"\nthere is no server to ask: {problem}")
    return words


def measure(bench, commands, _, arguments, server_words=None):
    """Runs one benchmark in interleaved rounds; returns the results in the order of commands, and
    who only showed that its answers are right: nobody."""
    words = server_words or find_server(arguments)
    if words is None:
        return [], []
    cpus = sorted(os.sched_getaffinity(0))
    cpu = cpus[min(1, len(cpus) - 1)]
    bench = bench.quickly() if arguments.quick else bench
    results = {impl: ClientResult(bench.name, impl, "ns") for impl in commands}
    with run_net.Server(words, ["http", PAGE], cpus[0]) as server:
        verify(server, PAGE, b"", reads_requests=False)
        for impl, result in results.items():
            result.connections = verify_client(commands[impl], server, bench, cpu)
        for _ in range(arguments.rounds):
            for impl, result in results.items():
                add_sample(result, bench, sample(commands[impl], server, bench, cpu,
                                                 arguments.quick))
    return list(results.values()), []


def table_of(bench, results):
    return table_http.table_of(bench, results) + [
        f"  {result.impl} has opened {result.connections} connections" for result in results
        if result.connections not in (None, bench.connections)]
