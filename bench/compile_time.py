#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures what it costs to include a header: CPU time above that of an empty file.

Compiles one-line files with -fsyntax-only in interleaved rounds and prints median, least and
greatest: Patio's core, all of Patio and, where they are installed, two peers.
"""

import argparse
import json
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLAGS = ["-std=c++20", "-O3", "-fsyntax-only", f"-I{ROOT / 'include'}"]
HEADERS = ["patio/core/core.hpp", "patio/patio.hpp", "asio.hpp", "uv.h"]
BARS_MS = {"patio/core/core.hpp": 120, "patio/patio.hpp": 300}


def candidates():
    """What to compile: a name for the table, and the text of the file. What is not installed is
    left out."""
    places = [ROOT / "include", Path("/usr/include")]
    found = [name for name in HEADERS if any((place / name).exists() for place in places)]
    return {"(empty)": ""} | {name: f"#include <{name}>\n" for name in found}


def cpu_ms(command):
    """The CPU time of one compiler run and of the processes that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(command)} failed:\n{done.stderr}")
    spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1_000 * spent_s


def measure(compilers, files, rounds):
    """Returns the samples in milliseconds by (compiler, file)."""
    samples = {(compiler, name): [] for compiler in compilers for name in files}
    with tempfile.TemporaryDirectory() as directory:
        sources = {name: Path(directory, f"{i}.cpp") for i, name in enumerate(files)}
        for name, source in sources.items():
            source.write_text(files[name], encoding="utf-8")
        for _ in range(rounds):
            for compiler, name in samples:
                samples[compiler, name].append(cpu_ms([compiler, *FLAGS, str(sources[name])]))
    return samples


def report(samples):
    results = []
    for (compiler, name), values in samples.items():
        if name == "(empty)":
            continue
        empty_ms = statistics.median(samples[compiler, "(empty)"])
        above = [value - empty_ms for value in values]
        median_ms = statistics.median(above)
        bar_ms = BARS_MS.get(name)
        verdict = ""
        if bar_ms is not None:
            verdict = f"≤ {bar_ms} {'met' if median_ms <= bar_ms else 'MISSED'}"
        print(f"{compiler:12} {name:18} {median_ms:6.0f} ms  ({min(above):.0f}–{max(above):.0f})  "
              f"{verdict}".rstrip())
        results.append({"bench": "compile_time", "impl": f"{name} ({compiler})",
                        "cpu_ns": 1e6 * median_ms, "min": 1e6 * min(above),
                        "max": 1e6 * max(above), "unit": "ns"})
    return results


def main():
    parser = argparse.ArgumentParser(description="Measures what including a header costs.")
    parser.add_argument("--rounds", type=int, default=9, metavar="N")
    parser.add_argument("--compiler", action="append", metavar="PROGRAM",
                        help="may be repeated (default: clang++-19 and g++-12)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers here")
    arguments = parser.parse_args()
    compilers = arguments.compiler or ["clang++-19", "g++-12"]
    compilers = [compiler for compiler in compilers if shutil.which(compiler)]
    if not compilers:
        sys.exit("no compiler is installed")
    results = report(measure(compilers, candidates(), max(1, arguments.rounds)))
    if arguments.json:
        arguments.json.write_text(json.dumps({"results": results}, indent=1) + "\n",
                                  encoding="utf-8")


if __name__ == "__main__":
    main()
