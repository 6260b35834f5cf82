#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the servers of all implementations under the same load, in interleaved rounds.

One sample is: start a server, load it, read what it cost, end it. What is compared is the CPU time
that the server needed for a request. `bench/README.md` says how to read the table.
"""

import argparse
import ctypes
import json
import os
import re
import select
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import run  # noqa: E402

from suite import BENCHES, INSTRUCTIONS_BAR, PROGRAMS, SERVERS, instruction_counts  # noqa: E402

START_TIMEOUT_S = 20
LOAD_TIMEOUT_S = 60
WARM_REQUESTS = 5000  # what compilers at run time need, and a thousand connections
LOAD = "bench_net_load"


@dataclass
class Load:
    """What one sample showed, apart from the CPU time of a request."""

    requests_per_s: float
    p50_us: float = 0
    p99_us: float = 0
    client_busy: float = 0
    server_busy: float = 0


@dataclass
class NetResult(run.Result):
    """What one implementation showed in one benchmark."""

    loads: list = field(default_factory=list)
    syscalls: float = None
    instructions: float = None

    def middle(self, name):
        return statistics.median(getattr(load, name) for load in self.loads)

    def as_json(self):
        more = {}
        if self.loads:
            more = {name: round(self.middle(name), 3) for name in Load.__annotations__}
        return super().as_json() | more | {"syscalls": self.syscalls,
                                           "user_instructions": self.instructions}


# --- processes


def confined_to(cpu):
    """What a child does before it runs: it keeps to one CPU, and does not outlive the runner."""
    end_with_parent = ctypes.CDLL(None).prctl
    pr_set_pdeathsig = 1

    def prepare():
        os.sched_setaffinity(0, {cpu})
        end_with_parent(pr_set_pdeathsig, signal.SIGKILL)

    return prepare


class Server:
    """A running server; it is ended with the `with` block. The words say what it serves: the first
    is its family, which is part of its address."""

    def __init__(self, command, words, cpu):
        self.family = words[0]
        self.address = None
        self.said = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command + words, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self.said,
                                        preexec_fn=confined_to(cpu))

    def __enter__(self):
        said, _, _ = select.select([self.process.stdout], [], [], START_TIMEOUT_S)
        line = self.process.stdout.readline().decode() if said else ""
        found = re.fullmatch(r"listening (\S+)\n", line)
        self.address = f"{self.family}:{found[1]}" if found else None
        if found or (said and self.process.wait() == run.NOT_APPLICABLE):
            return self
        problem = f"{self.what()} did not start:\n{self.stderr()}"
        self.end()
        raise run.BenchmarkFailed(problem)

    def __exit__(self, *_):
        self.end()

    def what(self):
        return " ".join(self.process.args)

    def stderr(self):
        self.said.seek(0)
        return self.said.read().decode(errors="replace").rstrip()

    def wake(self):
        """Valgrind takes no signal while its program waits in a ring: a connection ends that."""
        family = socket.AF_UNIX if self.family == "unix" else socket.AF_INET
        name = self.address.partition(":")[2] if self.address else ""
        with socket.socket(family) as made:
            made.settimeout(1)
            made.connect_ex(name if self.family == "unix" else ("127.0.0.1", int(name or 0)))

    def end(self):
        """SIGTERM lets a tool like callgrind write what it knows; who ignores it is killed."""
        if self.process.poll() is None:
            self.process.terminate()
        for ending in (self.wake, self.process.kill, lambda: None):
            try:
                self.process.wait(1)
            except subprocess.TimeoutExpired:
                ending()
        self.process.stdout.close()
        self.said.close()


def words_of(bench, place):
    """What a server of this benchmark is told."""
    if bench.family == "unix":
        (place / "socket").unlink(missing_ok=True)
    return [bench.family] + {"tcp": [], "unix": [str(place / "socket")],
                             "tls": [str(place / "certificate"), str(place / "key")]}[bench.family]


def put_load(load, server, bench, cpu, options):
    """Runs the load generator to its end; returns what it printed."""
    command = [str(load), bench.work, server.address, str(server.process.pid),
               f"connections={bench.connections}", f"size={bench.size}"]
    command += [f"{name}={value}" for name, value in options.items()]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LOAD_TIMEOUT_S,
                              check=False, preexec_fn=confined_to(cpu))
    except subprocess.TimeoutExpired as error:
        raise run.BenchmarkFailed(f"{server.what()}: the load took too long") from error
    if done.returncode != 0 or server.process.poll() is not None:
        raise run.BenchmarkFailed(f"{server.what()}: status {server.process.poll()}, "
                                  f"load: {done.stderr.rstrip()}\n{server.stderr()}")
    return json.loads(done.stdout)


# --- samples


def sample_server(bench, command, place, load, options):
    """Returns what the load generator printed, or None if this is no work for this server."""
    cpus = sorted(os.sched_getaffinity(0))
    with Server(command, words_of(bench, place), cpus[0]) as server:
        if server.address is None:
            return None
        return put_load(load, server, bench, cpus[bench.cpus - 1], options)


def add_load(result, found):
    requests, wall_ns = max(found["requests"], 1), found["wall_ns"]
    result.samples.append(found["server_cpu_ns"] / requests)
    result.loads.append(Load(requests / wall_ns * 1e9, found["p50_ns"] / 1e3,
                             found["p99_ns"] / 1e3, found["client_cpu_ns"] / wall_ns,
                             found["server_cpu_ns"] / wall_ns))
    result.syscalls = found.get("syscalls", result.syscalls)
    result.instructions = found.get("instructions", result.instructions)


def sample_program(bench, command, quick):
    """A program that times itself, as in the other benchmarks: (value, unit, operations/s)."""
    output = run.run_program(command + [bench.name] + ([str(bench.quick)] if quick else []))
    if output is None:
        return None
    value, unit = run.parse_output(bench.name, output[0])
    wall = re.search(r"^wall_ns (\d+(?:\.\d+)?)$", output[1], re.MULTILINE)
    return value, unit, 1e9 / float(wall[1]) if wall else None


def measure(bench, commands, place, load, arguments):
    """Runs one benchmark in interleaved rounds; returns the results in the order of commands."""
    results = {}
    applicable = dict(commands)
    for number in range(arguments.rounds):
        for impl in list(applicable):
            if bench.needs_load():
                found = sample_server(bench, applicable[impl], place, load,
                                      load_options(arguments, number))
            else:
                found = sample_program(bench, applicable[impl], arguments.quick)
            if found is None:
                del applicable[impl]
                continue
            result = results.setdefault(impl, NetResult(bench.name, impl, "ns"))
            if bench.needs_load():
                add_load(result, found)
                continue
            result.samples.append(found[0])
            result.unit = found[1]
            if found[2]:
                result.loads.append(Load(found[2]))
    return list(results.values())


def load_options(arguments, number):
    if arguments.quick:
        return {"warm_s": 0.01, "seconds": 0.02}
    # Counters cost the server time: the last round counts after it has measured.
    is_last = number == arguments.rounds - 1
    return {"warm_s": 0.2, "warm_requests": WARM_REQUESTS, "seconds": arguments.seconds,
            "count_s": 0.2 if is_last else 0}


# --- the table


def us(ns):
    return f"{ns / 1e3:.2f}"


def floor_of(results):
    """The better of the floors, by the least time: noise only adds."""
    floors = [result for result in results if result.impl.startswith("floor")]
    return min(floors, key=lambda result: min(result.samples), default=None)


def verdict(result, reference, bar):
    """Whether Patio keeps the distance from the floor that it set itself."""
    if bar is None or reference is None or not result.impl.startswith("patio"):
        return ""
    if round(result.median / reference.median, 2) <= bar:
        return f"≤ {bar}× met"
    if round(min(result.samples) / min(reference.samples), 2) <= bar:
        return f"≤ {bar}× met by the minimum"
    return f"≤ {bar}× MISSED"


def row_of(result, reference, bar):
    row = [result.impl, us(result.median), us(min(result.samples)), us(max(result.samples))]
    if reference is None:
        row += ["", ""]
    else:
        row.append(f"{result.median / reference.median:.2f}×")
        row.append(f"{min(result.samples) / min(reference.samples):.2f}×")
    if result.loads:
        row.append(f"{result.middle('requests_per_s'):,.0f}")
    else:
        row.append("")
    if result.loads and result.middle("p50_us") > 0:
        row += [f"{result.middle(name):,.0f}" for name in ("p50_us", "p99_us")]
        row += [f"{result.middle(name) * 100:.0f} %" for name in ("server_busy", "client_busy")]
    else:
        row += [""] * 4
    row.append("" if result.syscalls is None else f"{result.syscalls:.2f}")
    row.append("" if result.instructions is None else f"{result.instructions:,.0f}")
    return row + [verdict(result, reference, bar)]


def instruction_lines(bench, results):
    """How Patio's user instructions stand to their bar."""
    for result in results:
        if result.impl.startswith("patio") and result.instructions and bench.bar:
            outcome = "met" if result.instructions <= INSTRUCTIONS_BAR else "MISSED"
            yield (f"  {result.impl}: {result.instructions:,.0f} user instructions, "
                   f"≤ {INSTRUCTIONS_BAR} {outcome}")


def aligned(head, rows):
    """Rows of words as lines of text; columns in which nothing is are left out."""
    kept = [i for i in range(len(head)) if i == 0 or any(row[i] for row in rows)]
    rows = [[row[i] for i in kept] for row in [head] + rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(kept))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        yield "  " + "  ".join(cells).rstrip()


def bound_lines(results):
    """Where the load has a CPU of its own and is at its limit before the server."""
    bound = [result.impl for result in results if result.loads
             and result.middle("client_busy") > 0.97 > result.middle("server_busy")]
    return [f"  the load, not the server, is the limit of: {', '.join(bound)}"] if bound else []


def table_of(bench, results):
    """One benchmark's table as lines of text."""
    reference = floor_of(results)
    head = ["", "CPU µs", "min", "max", f"÷ {reference.impl}" if reference else "", "of minima",
            "per s", "p50 µs", "p99 µs", "server", "client", "calls", "instr", "bar"]
    rows = [row_of(result, reference, bench.bar) for result in results]
    lines = [f"{bench.name}: {bench.what}", *aligned(head, rows)]
    lines += instruction_lines(bench, results)
    return lines + (bound_lines(results) if bench.cpus == 2 else [])


# --- the command line


def find_commands(implementations, arguments, programs_dir):
    """The commands of the implementations that can run here; the others are named, with why.

    A quick run has only those that are built: interpreters start slowly, and their scripts are not
    what a change of Patio breaks.
    """
    commands, missing = {}, []
    for impl, how in implementations.items():
        if arguments.impl and not re.search(arguments.impl, impl):
            continue
        if arguments.quick and not how.is_built:
            continue
        words, problem = how.find(programs_dir)
        if words:
            commands[impl] = words
        else:
            missing.append(f"{impl} is left out: {problem}")
    return commands, missing


def make_certificate(place):
    """A certificate for the TLS servers; without openssl(1) there is none, and no TLS."""
    if shutil.which("openssl") is None:
        return False
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", place / "key", "-out", place / "certificate"],
                   check=True, capture_output=True)
    return True


def chosen_benches(arguments, has_certificate):
    cpus = len(os.sched_getaffinity(0))
    for bench in BENCHES:
        if arguments.filter and not re.search(arguments.filter, bench.name):
            continue
        if arguments.quick and not bench.quick:
            continue
        if bench.cpus > cpus:
            print(f"\n{bench.name}: left out, it needs two CPUs")
        elif bench.family == "tls" and not has_certificate:
            print(f"\n{bench.name}: left out, openssl(1) is missing")
        else:
            yield bench


def parse_arguments():
    parser = argparse.ArgumentParser(description="Compares Patio's I/O with its peers and floors.")
    parser.add_argument("--build", type=Path, default=HERE.parents[1] / "build" / "release",
                        help="the build directory (default: build/release)")
    parser.add_argument("--rounds", type=run.positive, default=5, metavar="N",
                        help="how often each implementation is measured (default: 5)")
    parser.add_argument("--seconds", type=float, default=0.5, metavar="S",
                        help="how long one sample is measured (default: 0.5)")
    parser.add_argument("--filter", metavar="REGEX", help="only benchmarks whose name matches")
    parser.add_argument("--impl", metavar="REGEX", help="only implementations whose name matches")
    parser.add_argument("--instructions", action="store_true",
                        help="count user instructions with callgrind too, where a program can")
    parser.add_argument("--quick", action="store_true",
                        help="one short round: shows that all run, measures nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers here")
    return parser.parse_args()


def measure_all(arguments, servers, programs, load, place):
    results = []
    for bench in chosen_benches(arguments, make_certificate(place)):
        commands = servers if bench.needs_load() else programs
        found = measure(bench, commands, place, load, arguments)
        if not found:
            print(f"\n{bench.name}: not a benchmark of what can run here")
            continue
        if arguments.instructions and bench.work == "echo":
            counts = instruction_counts(bench, {one.impl: commands[one.impl] for one in found},
                                        lambda *words: sample_server(*words[:2], place, load,
                                                                     words[2]), place)
            for one in found:
                one.instructions = counts.get(one.impl, one.instructions)
        results += found
        print("\n" + "\n".join(table_of(bench, found)), flush=True)
    return results


def main():
    arguments = parse_arguments()
    if arguments.quick:
        arguments.rounds = 1
    programs_dir = arguments.build / "bench" / "net"
    load = programs_dir / LOAD
    if not load.exists():
        sys.exit(f"{load} is missing: build the target bench_net")
    servers, missing = find_commands(SERVERS, arguments, programs_dir)
    programs, more_missing = find_commands(PROGRAMS, arguments, programs_dir)
    about = {impl: run.run_program(words + ["--about"])[0].strip()
             for impl, words in (programs | servers).items()}
    print(f"load averages before: {', '.join(f'{each:.2f}' for each in os.getloadavg())}")
    for impl, text in about.items():
        print(f"{impl:16} {text}")
    for line in missing + more_missing:
        print(line)
    with tempfile.TemporaryDirectory(prefix="bench-net-") as place:
        results = measure_all(arguments, servers, programs, load, Path(place))
    if not results:
        sys.exit("there is nothing to run")
    served = [result for result in results if result.loads and result.middle("p50_us") > 0]
    if not arguments.quick and served:
        for kind, name in (("system calls", "syscalls"), ("user instructions", "instructions")):
            if all(getattr(result, name) is None for result in served):
                print(f"\n{kind} are not counted: the kernel refuses the counter, or has none")
    if arguments.json:
        run.write_json(arguments.json, about, results)


if __name__ == "__main__":
    run.run_main(main)
