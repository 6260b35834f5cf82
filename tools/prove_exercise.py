#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proves that an exercise is one: unsolved it fails in the way that it states, solved it passes.

    prove_exercise.py exercise SOURCE PROGRAM
    prove_exercise.py refused SOURCE COMPILER [FLAG…]
    prove_exercise.py solution SOURCE PROGRAM

SOURCE is the file under exercises/ in each case.
"""

import pathlib
import re
import subprocess
import sys

import exercises


def complaint(kind, exercise, command):
    """What is wrong, or None."""
    if exercises.check_part(exercise.source) != exercises.check_part(exercise.solution):
        return f"the checks of {exercise.source} and its solution differ"
    if kind == "refused":
        done = subprocess.run([*command, "-fdiagnostics-color=never", "-c", "-o", "/dev/null",
                               str(exercise.source)], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return "it compiles"
        found = re.search(exercise.refused, done.stderr)
        return None if found else f"no '{exercise.refused}' in:\n{done.stderr}"
    verdict = exercises.run(command[0])
    told = f"{verdict.line}\n{verdict.details}"
    if kind == "solution":
        # tidy: allow(todo): the word itself
        if "TODO" in exercise.solution.read_text(encoding="utf-8"):
            return f"{exercise.solution} has still something to do"
        return None if verdict.is_solved else told
    if verdict.is_solved:
        return "it passes unsolved"
    expected = "not yet: " + exercise.fails
    return None if re.match(expected, verdict.line) else f"expected '{expected}', got:\n{told}"


def main():
    if len(sys.argv) < 4 or sys.argv[1] not in ("exercise", "refused", "solution"):
        sys.exit(__doc__)
    try:
        wrong = complaint(sys.argv[1], exercises.read(pathlib.Path(sys.argv[2])), sys.argv[3:])
    except (exercises.Mistake, OSError) as mistake:
        wrong = str(mistake)
    if wrong:
        sys.exit(f"{sys.argv[2]}: {wrong}")


if __name__ == "__main__":
    main()
