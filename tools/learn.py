#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The exercises, one after the other: edit the file, and read here what is still wrong.

usage: ./dev learn                     work on the first one that is not solved
       ./dev learn NAME                work on this one; a part of its name will do
       ./dev learn --check NAME        say what is still wrong, once
       ./dev learn --list              show all, and which ones are solved
       ./dev learn --all               check all that there are
       ./dev learn --all --solutions   check our solutions instead

The exit status is 0 if what was checked is solved, 1 if not, 2 for a misuse.
"""

import argparse
import contextlib
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import textwrap

import exercises

POLL_SECONDS = 0.2
RUN_SECONDS_MAX = 10
KEYS = "h hint · n next · p previous · l list · r reset · q quit"


class Colours:
    """Escape sequences for a terminal; empty words elsewhere."""

    def __init__(self, is_on):
        for name, code in (("red", 31), ("green", 32), ("bold", 1), ("dim", 2), ("plain", 0)):
            setattr(self, name, f"\x1b[{code}m" if is_on else "")


class Progress:
    """Which exercises were solved here: a file beside the user's other states, not the sources."""

    def __init__(self):
        states = os.environ.get("XDG_STATE_HOME") or pathlib.Path.home() / ".local" / "state"
        self.path = pathlib.Path(states) / "patio" / "exercises.json"
        try:
            self.solved = set(json.loads(self.path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            self.solved = set()

    def note(self, name, is_solved):
        """Remembers an outcome; where that cannot be written, for this run only."""
        before = set(self.solved)
        (self.solved.add if is_solved else self.solved.discard)(name)
        if self.solved == before:
            return
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps(sorted(self.solved)), encoding="utf-8")


class Workshop:
    """Builds exercises and says what has become of them."""

    def __init__(self, build, is_solutions):
        self.build = build
        self.kind = "solution" if is_solutions else "exercise"

    def source(self, exercise):
        return exercise.solution if self.kind == "solution" else exercise.source

    def check(self, exercise):
        target = f"{self.kind}_{exercise.name}"
        done = subprocess.run(["ninja", "-C", str(self.build), "--quiet", target],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return exercises.of_compiler(done.stdout + done.stderr, self.source(exercise))
        return exercises.run(self.build / "exercises" / target, RUN_SECONDS_MAX)


class Desk:
    """What the learner sees."""

    def __init__(self, workshop, progress, all_exercises, colours):
        self.workshop = workshop
        self.progress = progress
        self.all = all_exercises
        self.colours = colours

    def show_verdict(self, verdict):
        colour = self.colours.green if verdict.is_solved else self.colours.red
        print(f"{colour}{verdict.line}{self.colours.plain}")
        if verdict.details.strip():
            print(textwrap.indent(verdict.details.rstrip(), "  "))

    def check(self, exercise):
        """Checks one, remembers and shows the outcome. **Returns** whether it is solved."""
        verdict = self.workshop.check(exercise)
        if self.workshop.kind == "exercise":
            self.progress.note(exercise.name, verdict.is_solved)
        self.show_verdict(verdict)
        return verdict.is_solved

    def list(self, current=None):
        for each in self.all:
            mark = "✓" if each.name in self.progress.solved else " "
            arrow = "→" if each is current else " "
            print(f" {arrow} {self.colours.green}{mark}{self.colours.plain} {each.title}")
        print(f"{len(self.progress.solved & {each.name for each in self.all})} of {len(self.all)} "
              "solved")

    def check_all(self):
        solved = 0
        for each in self.all:
            verdict = self.workshop.check(each)
            if self.workshop.kind == "exercise":
                self.progress.note(each.name, verdict.is_solved)
            solved += verdict.is_solved
            mark = f"{self.colours.green}✓" if verdict.is_solved else f"{self.colours.red}·"
            print(f"{mark}{self.colours.plain} {each.title:32} {verdict.line}", flush=True)
        print(f"{solved} of {len(self.all)} solved")
        return solved == len(self.all)

    def open(self, exercise):
        if sys.stdout.isatty():
            print("\x1b[2J\x1b[H", end="")
        width = min(shutil.get_terminal_size().columns, 100)
        shown = exercise.source.relative_to(exercises.ROOT)
        print(f"{self.colours.bold}{exercise.title}{self.colours.plain}   {shown}")
        print(textwrap.fill(exercise.task, width))
        print()

    def close(self):
        print(f"\n{self.colours.dim}{KEYS}{self.colours.plain}", flush=True)

    def hint(self, exercise):
        print(textwrap.fill("hint: " + exercise.hint, min(shutil.get_terminal_size().columns, 100)))

    def reset(self, exercise):
        """Makes the file what it was when it came."""
        done = subprocess.run(["git", "-C", str(exercises.ROOT), "checkout", "HEAD", "--",
                               str(exercise.source)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"cannot reset it: {done.stderr.strip()}")


@contextlib.contextmanager
def single_keys():
    """Gives the terminal's keys one by one, without waiting for a line."""
    if not sys.stdin.isatty():
        yield
        return
    import termios  # not on every system that Python knows
    import tty
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def changed_at(source):
    try:
        return source.stat().st_mtime_ns
    except OSError:  # an editor may be about to put a new file in its place
        return None


def next_key(source, since):
    """Waits for a key or for the file to change. **Returns** the key, "" for a change, or "q"."""
    while True:
        ready, _, _ = select.select([sys.stdin], [], [], POLL_SECONDS)
        if ready:  # read past Python's buffer, where select() would not see a second key
            return os.read(sys.stdin.fileno(), 1).decode(errors="replace") or "q"
        now = changed_at(source)
        if now is not None and now != since:
            return ""


def work(desk, exercise):
    """Goes on until the learner has had enough. **Returns** whether the last one was solved."""
    is_solved = False
    with single_keys():
        key = ""
        while key != "q":
            if key in ("", "n", "p", "r"):
                since = changed_at(exercise.source)
                desk.open(exercise)
                is_solved = desk.check(exercise)
                desk.close()
            before, key = key, next_key(exercise.source, since)
            if key == "r" and before != "R":  # one slip should not cost the work of an hour
                print("press r once more to throw away what you wrote", flush=True)
                key = "R"
            place = desk.all.index(exercise)
            if key == "h":
                desk.hint(exercise)
            elif key == "l":
                desk.list(exercise)
            elif key == "r":
                desk.reset(exercise)
            elif key == "n":
                exercise = desk.all[min(place + 1, len(desk.all) - 1)]
            elif key == "p":
                exercise = desk.all[max(place - 1, 0)]
    return is_solved


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./dev learn", description=__doc__,
                                     usage=argparse.SUPPRESS,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("--check", metavar="NAME", help=argparse.SUPPRESS)
    parser.add_argument("--list", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--all", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--solutions", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--build", type=pathlib.Path, default=exercises.ROOT / "build" / "dev",
                        help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if sum(map(bool, (options.name, options.check, options.list, options.all))) > 1:
        parser.error("one thing at a time")
    if options.solutions and not (options.all or options.check):
        parser.error("--solutions goes with --all or --check")
    return options


def main():
    options = parse(sys.argv[1:])
    with contextlib.suppress(KeyboardInterrupt):
        return learn(options)
    return 1


def learn(options):
    """Does what was asked for. **Returns** the exit status."""
    is_plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ
    progress = Progress()
    try:
        everything = exercises.read_all()
        desk = Desk(Workshop(options.build, options.solutions), progress, everything,
                    Colours(not is_plain))
        if options.list:
            desk.list()
            return 0
        if options.all:
            return 0 if desk.check_all() else 1
        if options.check:
            return 0 if desk.check(exercises.find(options.check, everything)) else 1
        if options.name:
            first = exercises.find(options.name, everything)
        else:
            left = [each for each in everything if each.name not in progress.solved]
            first = (left or everything)[0]
    except exercises.Mistake as mistake:
        print(f"learn: {mistake}", file=sys.stderr)
        return 2
    return 0 if work(desk, first) else 1


if __name__ == "__main__":
    sys.exit(main())
