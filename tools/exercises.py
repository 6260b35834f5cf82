# SPDX-License-Identifier: MIT
"""What the exercises are: their order, their words, and what running one of them means."""

import dataclasses
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHECK_MARK = "// --- check"
SECONDS_MAX = 30  # of a test; a learner should not wait for so long


class Mistake(Exception):
    """An exercise that is not written as exercises are."""


@dataclasses.dataclass(frozen=True)
class Exercise:
    """`exercises/NN_name.cpp`, and the solution beside it."""

    source: pathlib.Path
    task: str
    hint: str
    fails: str    # what an unsolved one says, a regular expression; empty if it must not compile
    refused: str  # what the compiler says then; empty if it compiles

    @property
    def name(self):
        return self.source.stem

    @property
    def title(self):
        number, _, words = self.name.partition("_")
        return f"{number} {words.replace('_', ' ')}"

    @property
    def solution(self):
        return self.source.parent.parent / "solutions" / self.source.name


def read(source):
    """The exercise in a source file. **Fails** with Mistake."""
    words = {}
    key = None
    for line in source.read_text(encoding="utf-8").splitlines():
        if not line.startswith("//"):
            break
        begin = re.match(r"// (TASK|HINT|FAILS|REFUSED): (.+)$", line)
        if begin:
            key = begin[1]
            words[key] = begin[2]
        elif key and line.startswith("// "):
            words[key] += " " + line[3:].strip()  # a long sentence goes on in the next line
    for key in ("TASK", "HINT"):
        if key not in words:
            raise Mistake(f"{source}: has no line '// {key}: …'")
    if ("FAILS" in words) == ("REFUSED" in words):
        raise Mistake(f"{source}: needs either '// FAILS: …' or '// REFUSED: …'")
    return Exercise(source, words["TASK"], words["HINT"], words.get("FAILS", ""),
                    words.get("REFUSED", ""))


def read_all(root=ROOT):
    """All exercises in their order. **Fails** with Mistake."""
    return [read(source) for source in sorted((root / "exercises").glob("[0-9]*.cpp"))]


def check_part(source):
    """What a learner does not change. **Fails** with Mistake."""
    text = source.read_text(encoding="utf-8")
    if text.count(CHECK_MARK) != 1:
        raise Mistake(f"{source}: needs one line '{CHECK_MARK}'")
    return text[text.index(CHECK_MARK):]


def find(name, exercises):
    """The exercise of a name, of a number, or of a part that no other name has. **Fails** with
    Mistake."""
    number = f"{int(name):02}_" if name.isascii() and name.isdigit() else name
    exact = [each for each in exercises if each.name == name or
             number != name and each.name.startswith(number)]
    found = exact or [each for each in exercises if name in each.name]
    if len(found) != 1:
        raise Mistake(f"there is no exercise '{name}'" if not found else
                      f"'{name}' may be " + " or ".join(each.name for each in found))
    return found[0]


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What has become of an exercise."""

    is_solved: bool
    line: str     # the one that matters
    details: str  # everything else that was said


def of_compiler(said, source):
    """The verdict of a compiler that has refused a source."""
    errors = [line for line in said.splitlines() if re.search(r"\b(fatal )?error: ", line)]
    advice = [line for line in errors if " static assertion failed" in line]  # of the library
    own = [line for line in errors if source.name in line.split(" error:")[0]]
    first = (advice or own or errors or ["it does not compile"])[0]
    # An error in a header: the notes behind it, or else the errors, say where it came from.
    rest = said[said.index(first):] if errors else ""
    line = re.search(rf"{re.escape(source.name)}:(\d+):\d+: ", rest) or \
        re.search(rf"{re.escape(source.name)}:(\d+):\d+: ", said)
    what = first.partition(" error: ")[2]
    # What is left is what the library wants to say; the details have all of it.
    what = re.sub(r"^static assertion failed(?: due to requirement '.*?')?: |"
                  r"^ignoring return value of [^:]* attribute: | \[-W[^\]]*\]$", "", what)
    first = f"line {line[1]}: {what}" if line and what and (own or advice) else first
    details = [line for line in said.splitlines() if not line.startswith(("FAILED: ", "ninja: "))
               and f" -c {source}" not in line and f" -c {source.name}" not in line]
    return Verdict(False, f"the compiler says, {first}", "\n".join(details))


def run(program, seconds_max=SECONDS_MAX):
    """Runs a built exercise. **Returns** its Verdict."""
    try:
        done = subprocess.run([program], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", timeout=seconds_max, check=False)
    except subprocess.TimeoutExpired:
        return Verdict(False, f"it did not end within {seconds_max} s: which loop has no end?", "")
    lines = (done.stdout + done.stderr).splitlines()
    marks = ("solved: ",) if done.returncode == 0 else ("not yet: ", "patio: ")
    for mark in marks:
        for number, line in enumerate(lines):
            if line.startswith(mark):
                details = "\n".join(lines[:number] + lines[number + 1:])
                return Verdict(done.returncode == 0, line, details)
    return Verdict(False, f"it ended with status {done.returncode} and without a verdict",
                   "\n".join(lines))
