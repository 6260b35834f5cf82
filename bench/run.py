#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the benchmarks of all implementations in interleaved rounds and compares them.

A shared machine is never quiet, so nothing is measured alone: the rounds go A B C A B C, what is
compared is a ratio within one run, and every number comes with the least and the greatest of its
rounds. `bench/README.md` says what is measured and how to read the table.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOT_APPLICABLE = 3  # the exit status of a program that has no such benchmark

# The command of each implementation below the build directory, in the order of the table.
PROGRAMS = {
    "patio": ["bench_patio"],
    "floor": ["bench_floor"],
    "asio": ["bench_asio"],
    "libuv": ["bench_uv"],
    "asyncio": [sys.executable, str(HERE / "peers" / "asyncio_peer.py")],
    "go": ["bench_go"],
}


class BenchmarkFailed(Exception):
    """A program did not keep the protocol: it crashed, hung, or printed something else."""


@dataclass
class Result:
    """What one implementation showed in one benchmark."""

    bench: str
    impl: str
    unit: str
    samples: list = field(default_factory=list)
    wall_beyond_ms: list = field(default_factory=list)

    @property
    def median(self):
        return statistics.median(self.samples)

    def as_json(self):
        # The key is cpu_ns for every unit, so that a reader needs one name; `unit` says which.
        return {
            "bench": self.bench,
            "impl": self.impl,
            "cpu_ns": self.median,
            "min": min(self.samples),
            "max": max(self.samples),
            "unit": self.unit,
        }


# --- running one program


def pin_to_one_cpu():
    """Both threads of the cross-thread benchmarks share the CPU too: see README.md."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def run_program(command, timeout_s=60):
    """Returns (stdout, stderr), or None if the program has no such benchmark."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            preexec_fn=pin_to_one_cpu,
        )
    except subprocess.TimeoutExpired as error:
        raise BenchmarkFailed(f"{' '.join(command)} took longer than {timeout_s} s") from error
    if done.returncode == NOT_APPLICABLE:
        return None
    if done.returncode != 0:
        raise BenchmarkFailed(
            f"{' '.join(command)} ended with status {done.returncode}\n{done.stderr.rstrip()}"
        )
    return done.stdout, done.stderr


def parse_output(bench, stdout):
    """Reads the line `BENCH value unit`."""
    words = stdout.split()
    if len(words) != 3 or words[0] != bench:
        raise BenchmarkFailed(f"expected '{bench} VALUE UNIT', but read {stdout!r}")
    return float(words[1]), words[2]


def measure(bench, spec, commands, rounds, quick):
    """Runs one benchmark in interleaved rounds; returns the results in the order of commands."""
    results = {}
    applicable = dict(commands)
    count = [str(spec["quick"])] if quick else []
    for _ in range(min(rounds, spec.get("rounds_max", rounds))):
        for impl in list(applicable):
            output = run_program(applicable[impl] + [bench] + count, spec.get("timeout_s", 60))
            if output is None:
                del applicable[impl]
                continue
            value, unit = parse_output(bench, output[0])
            result = results.setdefault(impl, Result(bench, impl, unit))
            result.samples.append(value)
            beyond = re.search(r"^wall_beyond_ms (-?[\d.]+)$", output[1], re.MULTILINE)
            if beyond:
                result.wall_beyond_ms.append(float(beyond[1]))
    return list(results.values())


# --- the table


def bar_of(spec, about):
    """The bar of a benchmark; where it depends on the compiler, that of the measured program."""
    bar = spec.get("bar")
    if not isinstance(bar, dict):
        return bar
    return next((limit for name, limit in bar.items() if f"({name} " in about), None)


def number(value):
    """A value as the table shows it: to three digits, or to whole ones from a hundred on."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def printed(value):
    """The value that one reads in the table: a bar is compared with this one."""
    return float(number(value).replace(",", ""))


def row_of(result, reference, bar):
    """The words of one row: ratios are to the reference, of medians and of minima."""
    row = [result.impl, number(result.median), number(min(result.samples))]
    row += [number(max(result.samples)), result.unit]
    if reference is None:
        row += ["", ""]
    else:
        row.append(f"{result.median / reference.median:.2f}×")
        row.append(f"{min(result.samples) / min(reference.samples):.2f}×")
    if bar is None or result.impl != "patio":
        row.append("")
    else:
        verdict = "MISSED"
        if printed(result.median) <= bar:
            verdict = "met"
        elif printed(min(result.samples)) <= bar:
            verdict = "met by the minimum"
        row.append(f"≤ {number(bar)} {verdict}")
    return row


def table_of(bench, spec, results, about):
    """One benchmark's table as lines of text."""
    reference_name = "patio" if any(r.impl == "patio" for r in results) else "floor"
    reference = next((r for r in results if r.impl == reference_name), None)
    head = ["", "median", "min", "max", "", f"÷ {reference_name}", "of minima", "bar"]
    bar = bar_of(spec, about.get("patio", ""))
    rows = [head] + [row_of(result, reference, bar) for result in results]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = [f"{bench}: {spec['what']}"]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1])]
        lines.append("  " + "  ".join(cells + [row[-1]]).rstrip())
    for result in results:
        if result.wall_beyond_ms:
            late_ms = statistics.median(result.wall_beyond_ms)
            lines.append(f"  {result.impl}: done {late_ms:.0f} ms after the sleep's end")
    return lines


# --- the machine and the command line


def run_main(main):
    """Runs a comparison; what stops it becomes a line and an exit status."""
    try:
        main()
    except BenchmarkFailed as failure:
        sys.exit(f"bench: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


def write_json(path, about, results):
    """The numbers, and what one must know to read them elsewhere."""
    report = {"machine": machine(about), "results": [each.as_json() for each in results]}
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def machine(about):
    """What one must know to read the numbers elsewhere."""
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {
        "cpu": model,
        "cpus": os.cpu_count(),
        "kernel": f"{platform.system()} {platform.release()}",
        "implementations": about,
    }


def find_commands(programs_dir, wanted):
    """The commands of the implementations that are built; one asked for by name must be."""
    commands = {}
    for impl, command in PROGRAMS.items():
        if wanted and impl not in wanted:
            continue
        program = Path(command[0])
        if not program.is_absolute():
            program = programs_dir / program
        if program.exists():
            commands[impl] = [str(program)] + command[1:]
        elif wanted:
            sys.exit(f"{program} is missing: build the target {program.name}")
        else:
            print(f"{impl} is left out: {program} is not built", file=sys.stderr)
    return commands


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def parse_arguments(benches):
    parser = argparse.ArgumentParser(description="Compares Patio with its peers and the floor.")
    parser.add_argument("--build", type=Path, default=HERE.parent / "build" / "release",
                        help="the build directory (default: build/release)")
    parser.add_argument("--rounds", type=positive, default=7, metavar="N",
                        help="how often each program runs (default: 7)")
    parser.add_argument("--quick", action="store_true",
                        help="one round of tiny counts: shows that all run, measures nothing")
    parser.add_argument("--only", action="append", choices=benches, metavar="BENCH",
                        help="only this benchmark; may be repeated: " + ", ".join(benches))
    parser.add_argument("--impl", action="append", choices=list(PROGRAMS), metavar="NAME",
                        help="only this implementation; may be repeated: " + ", ".join(PROGRAMS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers here")
    return parser.parse_args()


def main():
    benches = json.loads((HERE / "bars.json").read_text(encoding="utf-8"))["benches"]
    arguments = parse_arguments(list(benches))
    commands = find_commands(arguments.build / "bench", arguments.impl)
    if not commands:
        sys.exit("there is nothing to run")
    about = {impl: run_program(command + ["--about"])[0].strip()
             for impl, command in commands.items()}
    for impl, text in about.items():
        print(f"{impl:8} {text}")

    rounds = 1 if arguments.quick else arguments.rounds
    results = []
    for bench in arguments.only or benches:
        found = measure(bench, benches[bench], commands, rounds, arguments.quick)
        if not found:
            print(f"\n{bench}: not a benchmark of the chosen implementations")
            continue
        results += found
        print("\n" + "\n".join(table_of(bench, benches[bench], found, about)), flush=True)

    if arguments.json:
        write_json(arguments.json, about, results)


if __name__ == "__main__":
    run_main(main)
