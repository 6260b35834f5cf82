#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the HTTP and WebSocket servers and the HTTP clients of all implementations, in interleaved
rounds, and prints what they cost. `bench/README.md` says how to read the tables.
"""

import argparse
import os
import random
import re
import resource
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "net")]

import asking  # noqa: E402
import echoing  # noqa: E402
import memory  # noqa: E402
import run  # noqa: E402
import run_net  # noqa: E402
import serving  # noqa: E402
import suite_http  # noqa: E402


@dataclass(frozen=True)
class Kind:
    """Benchmarks that are measured in one way, and who takes part."""

    title: str
    benches: list
    implementations: dict
    how: ModuleType  # its measure() and table_of()


KINDS = [
    Kind("servers", suite_http.BENCHES, suite_http.SERVERS, serving),
    Kind("WebSocket servers", suite_http.ECHOES, suite_http.WS_SERVERS, echoing),
    Kind("clients", suite_http.ASKINGS, suite_http.CLIENTS, asking),
    Kind("memory of servers", suite_http.MEMORIES, suite_http.MEASURED_FOR_MEMORY, memory),
]


# --- the command line


def is_chosen(bench, arguments):
    return not arguments.filter or re.search(arguments.filter, bench.name)


def can_run(bench, arguments, has_certificate):
    """Whether what a benchmark needs is here; says what is missing."""
    missing = None
    if bench.scheme == "https" and not has_certificate:
        missing = "openssl(1) is missing"
    elif bench.scheme == "ws" and not arguments.load.exists():
        missing = f"{arguments.load.name} is not built"
    elif isinstance(bench, suite_http.Memory) and arguments.wrk is None:
        missing = "wrk is not installed"
    if missing:
        print(f"\n{bench.name}: left out, {missing}")
    return missing is None


def parse_arguments():
    parser = argparse.ArgumentParser(description="Compares Patio's HTTP and WebSockets "
                                                 "with their peers.")
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
    arguments.load = arguments.build / "bench" / "net" / run_net.LOAD
    if arguments.quick:
        arguments.rounds = 1
    return arguments


def raise_descriptor_limit():
    """A thousand connections are more descriptors than many shells allow a program at first."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def measure_kind(kind, commands, place, arguments, has_certificate):
    results = []
    for bench in kind.benches:
        if not is_chosen(bench, arguments) or not can_run(bench, arguments, has_certificate):
            continue
        found, verified = kind.how.measure(bench, commands, place, arguments)
        if found:
            print("\n" + "\n".join(kind.how.table_of(bench, found)), flush=True)
        elif verified:
            print(f"\n{bench.name}: the answers are right of {', '.join(verified)}", flush=True)
        else:
            print(f"\n{bench.name}: not a benchmark of what can run here")
        results += found
    return results


def find_kinds(arguments):
    """[(kind, commands)] of what is to run, and what the implementations are; prints both."""
    found, about = [], {}
    for kind in KINDS:
        if not any(is_chosen(bench, arguments) for bench in kind.benches):
            continue
        commands, missing = run_net.find_commands(kind.implementations, arguments,
                                                  arguments.build / "bench" / "http")
        print(f"{kind.title}:")
        for impl, words in commands.items():
            text = run.run_program(words + ["--about"])[0].strip()
            about[f"{kind.title}: {impl}"] = text
            print(f"  {impl:16} {text}")
        for line in missing:
            print(f"  {line}")
        if commands:
            found.append((kind, commands))
    return found, about


def measure_all(arguments, kinds, place):
    (place / "file").write_bytes(random.Random(1).randbytes(suite_http.FILE_BYTES))
    has_certificate = run_net.make_certificate(place)
    results = []
    for kind, commands in kinds:
        results += measure_kind(kind, commands, place, arguments, has_certificate)
    return results


def loads_now():
    return ", ".join(f"{each:.2f}" for each in os.getloadavg())


def main():
    arguments = parse_arguments()
    raise_descriptor_limit()
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        os.environ.pop(name, None)  # whom clients would ask instead of the server
    print(f"load averages before: {loads_now()}")
    kinds, about = find_kinds(arguments)
    if not kinds:
        sys.exit("there is nothing to run: build the target bench_http")
    if arguments.wrk is None:
        print("wrk is not installed: of servers of pages only the answers are looked at")
    with tempfile.TemporaryDirectory(prefix="bench-http-") as place:
        os.environ["TMPDIR"] = place  # so that what servers leave behind goes too
        results = measure_all(arguments, kinds, Path(place))
    print(f"\nload averages after: {loads_now()}")
    if arguments.json:
        run.write_json(arguments.json, about, results)


if __name__ == "__main__":
    run.run_main(main)
