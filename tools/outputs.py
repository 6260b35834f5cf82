#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that what the texts show as output is what programs and compilers really print.

    outputs.py --build DIRECTORY --compiler CXX --id Clang|GNU [--strict FLAGS] [PAGE…]
    outputs.py … --show COMMAND

In a text a block of output stands behind `<!-- output: COMMAND -->`, where COMMAND is one of

    clang SOURCE, gcc SOURCE   what this compiler says about a source of tests/compile_fail
    tour STATION               one station of the tour
    crash_x, example_x, exercise_x, solution_x
                               what the program behind that test prints

The lines of a block must occur in the output, in this order and without others between them. A line
`…` stands for any number of lines, and `…` within a line for any characters. Paths are shown from
the root of the project, sources of tests/compile_fail without theirs, and what the tour quotes
without its margin.
"""

import argparse
import pathlib
import re
import subprocess
import sys

import expect

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS_MAX = 60
MARK = re.compile(r"<!-- output: (.+) -->$")
COMPILERS = {"clang": "Clang", "gcc": "GNU"}
FOLDERS = {"crash": "tests", "exercise": "exercises", "solution": "exercises"}


class Mistake(Exception):
    """A block that cannot be checked."""


def blocks(text):
    """Yields line number, command and lines of each block of output in a Markdown text."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        mark = MARK.match(line)
        if not mark:
            continue
        if lines[number:number + 1] != ["```text"]:
            raise Mistake(f"{number}: a block ```text belongs behind {line}")
        end = lines.index("```", number)
        yield number, mark[1], lines[number + 1:end]


def line_pattern(line):
    return ".*".join(re.escape(part) for part in line.rstrip().split("…"))


def pattern(lines):
    """A regular expression for consecutive lines, where … stands for anything."""
    result = ""
    for line in lines:
        result += r"(?:.*\n)*?" if line.strip() == "…" else line_pattern(line) + r"[ \t]*\n"
    return re.compile("^" + result, re.MULTILINE)


def program_of(command, build):
    kind, _, stem = command.partition("_")
    if kind == "example":
        return build / "examples" / stem
    if kind in FOLDERS:
        return build / FOLDERS[kind] / command
    raise Mistake(f"'{command}' is no command: see tools/outputs.py --help")


class Printer:
    """Runs commands, each once."""

    def __init__(self, options):
        self.options = options
        self.seen = {}

    def output(self, command):
        """What the command prints, or None if this build does not speak for it."""
        if command not in self.seen:
            self.seen[command] = self.run(command)
        return self.seen[command]

    def run(self, command):
        words = command.split()
        if words[0] in COMPILERS:
            if COMPILERS[words[0]] != self.options.id:
                return None
            return self.cleaned(self.compile(*words))
        if self.options.id != "Clang":
            return None  # the texts show one compiler's names of functions
        if words[0] == "tour":
            return self.start([self.options.build / "examples" / "tour", "--plain", "--station",
                               words[1]])
        return self.start([program_of(command, self.options.build)])

    def compile(self, name, source):
        pairs = expect.read_expectations(ROOT / source, "compile")
        flags = expect.compile_flags(pairs, name, self.options.strict)
        command = [self.options.compiler, "-std=c++20", "-Iinclude", *flags,
                   "-fdiagnostics-color=never", "-c", "-o", "/dev/null", source]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False,
                              timeout=SECONDS_MAX).stderr

    def start(self, command):
        if not pathlib.Path(command[0]).is_file():
            raise Mistake(f"{command[0]} is not built")
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False,
                              timeout=SECONDS_MAX, stdin=subprocess.DEVNULL, errors="replace",
                              preexec_fn=expect.no_core_file)
        return self.cleaned(done.stdout + "\n" + done.stderr)

    @staticmethod
    def cleaned(text):
        text = text.replace(f"{ROOT}/", "").replace("tests/compile_fail/", "")
        return re.sub(r"^  \| ", "", text, flags=re.MULTILINE) + "\n"


def complaints(path, printer):
    """Yields what is wrong in one text."""
    try:
        name = path.resolve().relative_to(ROOT)
    except ValueError:
        name = path
    try:
        for number, command, lines in blocks(path.read_text(encoding="utf-8")):
            output = printer.output(command)
            if output is not None and not pattern(lines).search(output):
                yield (f"{name}:{number}: {command} does not print this block. It prints:\n"
                       + output.rstrip())
    except (Mistake, ValueError, OSError) as mistake:
        yield f"{name}: {mistake}"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--id", choices=("Clang", "GNU"), required=True)
    parser.add_argument("--strict", default="")
    parser.add_argument("--show", metavar="COMMAND")
    parser.add_argument("pages", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    printer = Printer(options)
    if options.show:
        print(printer.output(options.show) or "nothing: another compiler speaks for it")
        return 0
    pages = options.pages or [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    wrong = [line for page in pages for line in complaints(page, printer)]
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(pages)} texts, {len(printer.seen)} commands, {len(wrong)} complaints")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
