#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the HTTP servers of all implementations under wrk, in interleaved rounds.

One sample is: start a server, look whether its answers are right, load it, read what it cost, end
it. What is compared is the CPU time that the server needed for a request. `bench/README.md` says
how to read the table.
"""

import argparse
import contextlib
import ctypes
import http.client
import json
import os
import random
import re
import resource
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "net")]

import run  # noqa: E402
import run_net  # noqa: E402

from suite_http import BENCHES, FILE_BYTES, PAGES, SERVERS  # noqa: E402

ANSWER_TIMEOUT_S = 10
LOAD_TIMEOUT_S = 60
WARM_LOADS_MAX = 3  # of a second; one will do where the machine is not busy
# What a browser would not do without; the Host is wrk's.
FIELDS = ("Accept: text/html,application/json;q=0.9,*/*;q=0.8", "Connection: keep-alive")


# --- are the answers right


class WrongAnswer(run.BenchmarkFailed):
    """A server answers something else than the others."""


def ask(connection, path):
    """(status, fields, body) of one answer."""
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise WrongAnswer(f"GET {path}: {error!r}") from error


def connect(address):
    scheme, port = address.split(":")
    if scheme == "http":
        return http.client.HTTPConnection("127.0.0.1", int(port), timeout=ANSWER_TIMEOUT_S)
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", int(port), timeout=ANSWER_TIMEOUT_S,
                                       context=unverified)


def verify(address, page, file_bytes, reads_requests):
    """Asks twice over one connection; whoever reads requests does not know another path."""
    kind, body = PAGES[page]
    body = file_bytes if body is None else body
    with contextlib.closing(connect(address)) as connection:
        for _ in range(2):
            status, fields, said = ask(connection, f"/{page}")
            if status != 200:
                raise WrongAnswer(f"GET /{page}: the status is {status}")
            if fields["Content-Length"] != str(len(body)) or said != body:
                raise WrongAnswer(f"GET /{page}: the body is another one, of {len(said)} bytes, "
                                  f"with the length {fields['Content-Length']}")
            if not (fields["Content-Type"] or "").startswith(kind) or not fields["Date"]:
                raise WrongAnswer(f"GET /{page}: type or date are missing or wrong\n{fields}")
            if connection.sock is None:
                raise WrongAnswer(f"GET /{page}: the connection was closed")
        if reads_requests and ask(connection, "/nowhere")[0] != 404:
            raise WrongAnswer("GET /nowhere: the status is not 404")


# --- samples


def cpu_clock_of(pid):
    """The clock of the CPU time of a process, all its threads: clock_getcpuclockid(3)."""
    clock = ctypes.c_int()
    failed = ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock))
    if failed:
        raise run.BenchmarkFailed(f"process {pid} has no clock: {os.strerror(failed)}")
    return clock.value


def put_load(wrk, server, bench, cpu, seconds):
    """Runs wrk to its end; returns what it reported, with the CPU time of both."""
    command = [wrk, "-t1", f"-c{bench.connections}", f"-d{seconds}s", "--timeout",
               f"{LOAD_TIMEOUT_S}s", "-s", str(HERE / "report.lua")]
    for field in FIELDS:
        command += ["-H", field]
    command.append(f"{server.address.replace(':', '://127.0.0.1:')}/{bench.page}")
    clock = cpu_clock_of(server.process.pid)
    client_before = resource.getrusage(resource.RUSAGE_CHILDREN)
    server_before_ns = time.clock_gettime_ns(clock)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              timeout=seconds + LOAD_TIMEOUT_S, preexec_fn=run_net.confined_to(cpu))
    except subprocess.TimeoutExpired as error:
        raise run.BenchmarkFailed(f"{server.what()}: the load took too long") from error
    if server.process.poll() is not None:
        raise run.BenchmarkFailed(f"{server.what()}: status {server.process.poll()}\n"
                                  f"{server.stderr()}")
    server_ns = time.clock_gettime_ns(clock) - server_before_ns
    client = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = report_of(server, done)
    found["server_cpu_ns"] = server_ns
    found["client_cpu_ns"] = 1e9 * (client.ru_utime + client.ru_stime - client_before.ru_utime
                                    - client_before.ru_stime)
    return found


def report_of(server, done):
    """The line that `report.lua` has wrk end with; no request may have failed."""
    line = re.search(r"^report (\{.*\})$", done.stdout, re.MULTILINE)
    found = json.loads(line[1]) if line else None
    if found is None or done.returncode != 0 or found["failed"] or found["refused"]:
        raise run.BenchmarkFailed(f"{server.what()}: the load failed, status {done.returncode}\n"
                                  f"{done.stdout}{done.stderr}{server.stderr()}")
    return found


def sample(impl, bench, command, place, wrk, options):
    """Returns what a loaded server showed, or None if this is no work for it.

    Without a load there is nothing but the look at its answers: an empty report.
    """
    cpus = sorted(os.sched_getaffinity(0))
    with run_net.Server(command, bench.words(place), cpus[0]) as server:
        if server.address is None:
            return None
        if options["verify"]:
            try:
                verify(server.address, bench.page, (place / "file").read_bytes(),
                       not impl.startswith("floor"))
            except WrongAnswer as error:
                raise run.BenchmarkFailed(f"{server.what()}: {error}\n{server.stderr()}") from error
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


def ratio(result, reference):
    return result.median / reference.median


def verdicts(bench, result, references):
    """Whether Patio keeps the distances that it set itself."""
    if not result.impl.startswith("patio"):
        return ""
    said = []
    for name, bar in bench.bars.items():
        reference = references[name]
        if reference is None:
            continue
        minima = min(result.samples) / min(reference.samples)
        outcome = "MISSED"
        if round(ratio(result, reference), 2) <= bar:
            outcome = "met"
        elif round(minima, 2) <= bar:
            outcome = "met by the minimum"
        said.append(f"≤ {bar}× {name} {outcome}")
    return ", ".join(said)


def table_of(bench, results):
    """One benchmark's table as lines of text."""
    references = {"floor": run_net.floor_of(results),
                  "nginx": next((one for one in results if one.impl == "nginx"), None)}
    head = ["", "CPU µs", "min", "max", "÷ floor", "÷ nginx", "per s", "p50 µs", "p99 µs",
            "server", "load", "bar"]
    rows = []
    for result in results:
        row = [result.impl, *(run_net.us(value) for value in
                              (result.median, min(result.samples), max(result.samples)))]
        row += [f"{ratio(result, reference):.2f}×" if reference else ""
                for reference in references.values()]
        row += [f"{result.middle(name):,.0f}" for name in ("requests_per_s", "p50_us", "p99_us")]
        row += [f"{result.middle(name) * 100:.0f} %" for name in ("server_busy", "client_busy")]
        rows.append(row + [verdicts(bench, result, references)])
    return [f"{bench.name}: {bench.what}", *run_net.aligned(head, rows),
            *run_net.bound_lines(results)]


# --- the command line


def chosen_benches(arguments, has_certificate):
    for bench in BENCHES:
        if arguments.filter and not re.search(arguments.filter, bench.name):
            continue
        if bench.scheme == "https" and not has_certificate:
            print(f"\n{bench.name}: left out, openssl(1) is missing")
        else:
            yield bench


def parse_arguments():
    parser = argparse.ArgumentParser(description="Compares Patio's HTTP server with its peers.")
    parser.add_argument("--build", type=Path, default=HERE.parents[1] / "build" / "release",
                        help="the build directory (default: build/release)")
    parser.add_argument("--rounds", type=run.positive, default=5, metavar="N",
                        help="how often each implementation is measured (default: 5)")
    parser.add_argument("--seconds", type=run.positive, default=2, metavar="S",
                        help="how long one sample is measured (default: 2)")
    parser.add_argument("--filter", metavar="REGEX", help="only benchmarks whose name matches")
    parser.add_argument("--impl", metavar="REGEX", help="only implementations whose name matches")
    parser.add_argument("--quick", action="store_true",
                        help="shows that all answer rightly, measures next to nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers here")
    arguments = parser.parse_args()
    arguments.wrk = shutil.which("wrk")
    if arguments.quick:
        arguments.rounds = 1
    return arguments


def raise_descriptor_limit():
    """A thousand connections are more descriptors than many shells allow a program at first."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def measure_all(arguments, commands, place):
    (place / "file").write_bytes(random.Random(1).randbytes(FILE_BYTES))
    results = []
    for bench in chosen_benches(arguments, run_net.make_certificate(place)):
        found, verified = measure(bench, commands, place, arguments)
        if found:
            print("\n" + "\n".join(table_of(bench, found)), flush=True)
        elif verified:
            print(f"\n{bench.name}: the answers are right of {', '.join(verified)}", flush=True)
        else:
            print(f"\n{bench.name}: not a benchmark of what can run here")
        results += found
    return results


def loads_now():
    return ", ".join(f"{each:.2f}" for each in os.getloadavg())


def main():
    arguments = parse_arguments()
    raise_descriptor_limit()
    commands, missing = run_net.find_commands(SERVERS, arguments,
                                              arguments.build / "bench" / "http")
    if not commands:
        sys.exit("there is nothing to run: build the target bench_http")
    about = {impl: run.run_program(words + ["--about"])[0].strip()
             for impl, words in commands.items()}
    print(f"load averages before: {loads_now()}")
    for impl, text in about.items():
        print(f"{impl:16} {text}")
    for line in missing:
        print(line)
    if arguments.wrk is None:
        print("wrk is not installed: nothing is measured, only the answers are looked at")
    with tempfile.TemporaryDirectory(prefix="bench-http-") as place:
        os.environ["TMPDIR"] = place  # so that what servers leave behind goes too
        results = measure_all(arguments, commands, Path(place))
    print(f"\nload averages after: {loads_now()}")
    if arguments.json:
        report = {"machine": run.machine(about), "results": [r.as_json() for r in results]}
        arguments.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n",
                                  encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except run.BenchmarkFailed as failure:
        sys.exit(f"bench: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
