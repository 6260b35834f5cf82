#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs what must fail, and checks that it fails in the way that its source states.

    expect.py crash SOURCE PROGRAM [ARGUMENT…]
    expect.py compile SOURCE --id Clang|GNU --compiler CXX [--strict FLAGS] -- [FLAG…]

The expectations are comment lines in SOURCE, each alone on its line. CONTRIBUTING.md lists them.
"""

import argparse
import re
import resource
import shlex
import signal
import subprocess
import sys

SECONDS_MAX = 60
COMPILES = "compiles"
KEYS = {
    "crash": {"expect-status", "expect-stderr", "expect-no-stderr", "expect-stdout", "environment",
              "timeout", "label"},
    "compile": {"expect-clang", "expect-gcc", "flags", "flags-clang", "flags-gcc"},
}


class Mistake(Exception):
    """The source states no or wrong expectations."""


def read_expectations(source, kind):
    """Returns the comments `// key: value` of the source file as a list of pairs, in order."""
    pairs = []
    with open(source, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            match = re.match(r"// ([a-z-]+): (.+)$", line.rstrip())
            if not match:
                continue
            if match[1] in KEYS[kind]:
                pairs.append((match[1], match[2].strip()))
            elif match[1].startswith(("expect", "flags")):
                raise Mistake(f"{source}:{number}: unknown expectation '{match[1]}'")
    return pairs


def values(pairs, key):
    return [value for name, value in pairs if name == key]


def compiled(pattern):
    try:
        return re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise Mistake(f"bad regular expression '{pattern}': {error}") from error


def missing_in_order(patterns, text):
    """Returns the first pattern that does not match behind its predecessors' matches, or None."""
    position = 0
    for pattern in patterns:
        match = compiled(pattern).search(text, position)
        if not match:
            return pattern
        position = match.end()
    return None


def status_name(status):
    """Names an exit status the way sources do: SIGABRT for a signal, else the number."""
    return signal.Signals(-status).name if status < 0 else str(status)


def check_crash(source, command):
    """Returns the complaints about the run of a program that must die."""
    pairs = read_expectations(source, "crash")
    statuses = values(pairs, "expect-status")
    if len(statuses) != 1:
        raise Mistake(f"{source}: needs exactly one line '// expect-status: SIGABRT' (or a number)")
    if not values(pairs, "expect-stderr"):
        raise Mistake(f"{source}: needs at least one line '// expect-stderr: regex'")
    limit = int((values(pairs, "timeout") or [SECONDS_MAX])[0])
    environment = shlex.join(["env", *values(pairs, "environment")])
    try:
        run = subprocess.run(shlex.split(environment) + command, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, errors="replace", timeout=limit,
                             check=False, preexec_fn=no_core_file)
    except subprocess.TimeoutExpired as late:
        said = (late.stderr or b"").decode(errors="replace")
        return [f"did not end within {limit} s", f"stderr was:\n{said}"]
    complaints = []
    if status_name(run.returncode) != statuses[0]:
        complaints.append(f"ended with {status_name(run.returncode)}, expected {statuses[0]}")
    for stream, text in (("stderr", run.stderr), ("stdout", run.stdout)):
        missing = missing_in_order(values(pairs, f"expect-{stream}"), text)
        if missing is not None:
            complaints.append(f"{stream} does not match (in this order): {missing}")
    for pattern in values(pairs, "expect-no-stderr"):
        if compiled(pattern).search(run.stderr):
            complaints.append(f"stderr matches what must not be said: {pattern}")
    if complaints:
        complaints.append(f"stderr was:\n{run.stderr}")
        complaints.append(f"stdout was:\n{run.stdout}")
    return complaints


def no_core_file():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def compile_flags(pairs, name, strict):
    """The flags that a source wants of the compiler `name`, with `strict` for that word."""
    flags = [flag for key in ("flags", f"flags-{name}") for value in values(pairs, key)
             for flag in shlex.split(value)]
    if "strict" in flags:
        flags = [flag for flag in flags if flag != "strict"] + strict.split()
    return flags


def check_compile(source, options):
    """Returns the complaints about the compilation of a source that must be refused."""
    pairs = read_expectations(source, "compile")
    name = {"Clang": "clang", "GNU": "gcc"}[options.id]
    for compiler in ("clang", "gcc"):
        if not values(pairs, f"expect-{compiler}"):
            raise Mistake(f"{source}: needs a line '// expect-{compiler}: regex' (or: {COMPILES})")
    expected = values(pairs, f"expect-{name}")
    flags = compile_flags(pairs, name, options.strict)
    # A whole compilation: GCC reports some of its diagnostics only when it generates code.
    command = [options.compiler, *options.flags, *flags, "-fdiagnostics-color=never",
               "-c", "-o", "/dev/null", source]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace",
                         timeout=SECONDS_MAX, check=False)
    shown = f"command: {shlex.join(command)}\nthe compiler said:\n{run.stderr}"
    if expected == [COMPILES]:
        return [f"was expected to compile with {name}", shown] if run.returncode != 0 else []
    if run.returncode == 0:
        return [f"compiles, although {name} must refuse it", shown]
    complaints = [f"the message does not match: {pattern}" for pattern in expected
                  if not compiled(pattern).search(run.stderr)]
    return complaints + [shown] if complaints else []


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    crash = kinds.add_parser("crash")
    crash.add_argument("source")
    crash.add_argument("command", nargs=argparse.REMAINDER)
    compile_ = kinds.add_parser("compile")
    compile_.add_argument("source")
    compile_.add_argument("--id", choices=("Clang", "GNU"), required=True)
    compile_.add_argument("--compiler", required=True)
    compile_.add_argument("--strict", default="")
    flags = []
    if "--" in arguments:
        split = arguments.index("--")
        arguments, flags = arguments[:split], arguments[split + 1:]
    options = parser.parse_args(arguments)
    options.flags = flags
    return options


def main():
    options = parse_arguments(sys.argv[1:])
    try:
        if options.kind == "crash":
            complaints = check_crash(options.source, options.command)
        else:
            complaints = check_compile(options.source, options)
    except (Mistake, ValueError, OSError) as mistake:
        complaints = [str(mistake)]
    for complaint in complaints:
        print(f"{options.source}: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
