#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the rules of our own that a compiler does not know; `ctest -R tidy` runs it.

    tidy.py [ROOT]

Prints `path:line: message` for each breach and ends with status 1 if there was one. A line may
break a rule with a reason: `// tidy: allow(rule): reason` on that line or on the one above it.
"""

import ast
import os
import pathlib
import re
import shutil
import subprocess
import sys

LINE_COLUMNS_MAX = 100
HEADER_LINES_MAX = 400
SOURCE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70

CODE = {".hpp", ".cpp", ".h", ".c", ".py", ".cmake", ".go", ".js"}
TEXT = CODE | {".txt", ".md", ".json", ".sh", ".yml", ".in", ""}
LINES_MAY_BE_LONG = {".md", ".json", ".in"}
INDENTED_BY_TABS = {".go"}  # So gofmt writes it.
NEEDS_SPDX = CODE | {".sh"}
NEEDS_SPDX_NAMES = {"CMakeLists.txt", "dev", "run"}
NOT_OURS = {"LICENSE"}

# Which rooms' headers a room may include: itself, the floors below, its left neighbours.
ROOMS = {
    "base": {"base"},
    "core": {"base", "core"},
    "debug": {"base", "core", "debug"},
    "testing": {"base", "core", "debug", "testing"},
    "io": {"base", "core", "debug", "io"},
    "tls": {"base", "core", "tls"},
    "wire_http": {"base", "wire_http"},
    "wire_ws": {"base", "wire_ws"},
    "http": {"base", "core", "debug", "io", "tls", "wire_http", "http"},
    "ws": {"base", "core", "debug", "io", "tls", "wire_http", "wire_ws", "http", "ws"},
    "sql": {"base", "core", "sql"},
    "sqlite": {"base", "core", "io", "sql", "sqlite"},
}
ROOMS_WITHOUT_OS = {"base", "core", "wire_http", "wire_ws", "http", "ws", "sql"}

OS_HEADER = re.compile(
    r"(sys|linux|asm|asm-generic|net|netinet|arpa|openssl)/"
    r"|(unistd|pthread|signal|time|fcntl|poll|sched|dlfcn|execinfo|semaphore|spawn|netdb|ifaddrs"
    r"|termios|dirent|ucontext|ucred|mqueue|aio|link|elf|backtrace|ares|liburing|uv|sqlite3)\.h$"
    r"|(csignal|ctime)$")
HEAVY_HEADERS = {
    "chrono", "functional", "memory", "string", "atomic", "mutex", "stop_token", "iostream",
    "condition_variable", "fstream", "future", "istream", "ostream", "ranges", "regex", "sstream",
    "thread",
}
LIGHT_ROOMS = {"base", "core"}

# Text must hold in five years: it tells reasons, not the story of the work.
PROCESS_TALK = re.compile(
    r"\bissue #|\bissue \d+\b|\bas discussed\b|\bas requested\b|\bas agreed\b"
    r"|\bin this (PR|commit|session)\b|\bthis pull request\b|\bfrom now on\b|(?<![\w.])/work/"
    r"|\b(FIXME|XXX|HACK)\b", re.IGNORECASE)
DISABLED_TEST = re.compile(r"\b(TEST|TEST_F|TEST_P|TYPED_TEST)\(\w+, DISABLED_")
TODO = re.compile(r"\bTODO\b(\((\w*)\)(:)?)?")
TODO_KINDS = {"perf", "port", "cleanup", "later"}
QUOTES_THE_RULES = {"tools/tidy.py", "tools/tests/tidy_test.py", "CONTRIBUTING.md"}

# GCC bug 106188: the wait is lost if the coroutine declares no variable.
AWAITED_CONDITION = re.compile(r"\b(if|while|switch) \([!(]*co_await\b")

SNIPPET_SOURCE = re.compile(r"<!-- snippet: (\S+) -->$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
ALLOW = re.compile(r"(?://|#) tidy: allow\(([a-z-]+)\): \S")


def is_data(path):
    """What a fuzzer is fed with looks as it likes."""
    return path.as_posix().startswith("tests/fuzz/corpus/")


class Tidy:
    """Collects the breaches of one tree."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.breaches = []
        self.warnings = []

    def check(self):
        paths = sorted(list_files(self.root))
        for path in paths:
            if path.suffix in TEXT and path.name not in NOT_OURS and not is_data(path):
                self.check_file(path)
        self.check_test_names(paths)
        self.check_tables_of_names(paths)
        return self.breaches

    def breach(self, rule, path, line_number, message, lines=()):
        """Notes a breach unless the line, or the one above it, allows it with a reason."""
        for number in (line_number, line_number - 1):
            if 1 <= number <= len(lines):
                allowed = ALLOW.search(lines[number - 1])
                if allowed and allowed[1] == rule:
                    return
        self.breaches.append(f"{path}:{line_number}: {message} [{rule}]")

    def check_file(self, path):
        try:
            text = (self.root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            self.breach("text", path, 1, "is not UTF-8")
            return
        lines = text.splitlines()
        self.check_lines(path, lines)
        self.check_head(path, lines)
        if path.suffix in (".hpp", ".cpp"):
            self.check_size(path, lines)
            self.check_includes(path, lines)
            for first, length in cpp_functions(text):
                self.check_function(path, first, length, lines)
        if path.suffix == ".py":
            for first, length in python_functions(text):
                self.check_function(path, first, length, lines)
        if path.suffix == ".md":
            self.check_snippets(path, lines)
        if path.parts[0] == "packages" and path.suffix == ".txt":
            if lines != sorted(set(lines)) or not all(lines):
                self.breach("packages", path, 1, "list must be sorted, one package a line")
        if text and not text.endswith("\n"):
            self.breach("blanks", path, len(lines), "no newline at the end of the file")

    def check_lines(self, path, lines):
        talk_is_free = path.as_posix() in QUOTES_THE_RULES
        for number, line in enumerate(lines, 1):
            if "\t" in line and path.suffix not in INDENTED_BY_TABS:
                self.breach("blanks", path, number, "tab", lines)
            if line != line.rstrip():
                self.breach("blanks", path, number, "trailing blank", lines)
            if len(line) > LINE_COLUMNS_MAX and path.suffix not in LINES_MAY_BE_LONG:
                message = f"{len(line)} columns, at most {LINE_COLUMNS_MAX}"
                self.breach("line-length", path, number, message, lines)
            if path.suffix == ".cpp" and DISABLED_TEST.search(line):
                self.breach("disabled-test", path, number, "a test that never runs", lines)
            if path.suffix in (".cpp", ".hpp") and AWAITED_CONDITION.search(strip_cpp(line)):
                message = "GCC 12 miscompiles co_await in a condition: name the result before"
                self.breach("awaited-condition", path, number, message, lines)
            if talk_is_free:
                continue
            talk = PROCESS_TALK.search(line)
            if talk:
                self.breach("process-talk", path, number, f"process talk: '{talk[0]}'", lines)
            for todo in () if self.is_for_learners(path) else TODO.finditer(line):
                if todo[2] not in TODO_KINDS or not todo[3]:
                    kinds = "|".join(sorted(TODO_KINDS))
                    self.breach("todo", path, number, f"write TODO({kinds}): text", lines)


    @staticmethod
    def is_for_learners(path):
        """Whether what is left to do in a file is an exercise."""
        return path.parts[0] == "exercises"

    def check_head(self, path, lines):
        if path.suffix in NEEDS_SPDX or path.name in NEEDS_SPDX_NAMES:
            first = 1 if lines and lines[0].startswith("#!") else 0
            if "SPDX-License-Identifier: MIT" not in "".join(lines[first:first + 1]):
                self.breach("spdx", path, first + 1, "must begin with the SPDX line")
        if path.suffix == ".hpp" and lines[1:2] != ["#pragma once"]:
            self.breach("pragma-once", path, 2, "second line must be #pragma once")

    def check_size(self, path, lines):
        limit = HEADER_LINES_MAX if path.suffix == ".hpp" else SOURCE_LINES_MAX
        if len(lines) > limit:
            self.breach("file-length", path, 1, f"{len(lines)} lines, at most {limit}", lines)

    def check_function(self, path, first, length, lines):
        if length > FUNCTION_LINES_MAX:
            message = f"function of {length} lines, at most {FUNCTION_LINES_MAX}"
            self.breach("function-length", path, first, message, lines)

    def check_includes(self, path, lines):
        is_public = path.parts[0] == "include"
        room = room_of(path)
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            is_quoted, name = match[1] == '"', match[2]
            if is_public and is_quoted:
                message = f'public headers include <patio/…>, not "{name}"'
                self.breach("private-include", path, number, message, lines)
            target = included_room(name, is_quoted)
            if room and target in ROOMS and target not in ROOMS[room]:
                self.breach("rooms", path, number, f"{room} may not use {target}", lines)
            if OS_HEADER.match(name) and (is_public or room in ROOMS_WITHOUT_OS):
                where = "a public header" if is_public else room
                message = f"<{name}> is an operating system's header, not for {where}"
                self.breach("os-header", path, number, message, lines)
            if is_public and room in LIGHT_ROOMS and name in HEAVY_HEADERS:
                message = f"<{name}> is heavy: everyone who includes {room} would pay for it"
                self.breach("heavy-header", path, number, message, lines)

    def check_snippets(self, path, lines):
        """C++ in a text stands behind `<!-- snippet: file -->` and occurs in that file verbatim."""
        for number, line in enumerate(lines, 1):
            if line != "```cpp":
                continue
            source = SNIPPET_SOURCE.match(lines[number - 2]) if number > 1 else None
            if not source or not (self.root / source[1]).is_file():
                message = "C++ without <!-- snippet: file --> on the line above"
                self.breach("snippet", path, number, message)
                continue
            end = lines.index("```", number)
            wanted = [line.strip() for line in lines[number:end]]
            text = (self.root / source[1]).read_text(encoding="utf-8")
            found = [line.strip() for line in text.splitlines()]
            if not any(found[start:start + len(wanted)] == wanted for start in range(len(found))):
                self.breach("snippet", path, number, f"does not occur in {source[1]}")

    def check_test_names(self, paths):
        """Every public header has a test of its name; details without one are only listed."""
        tests = {path.name for path in paths if path.parts[0] == "tests"}
        for path in paths:
            if path.parts[0] != "include" or path.suffix != ".hpp":
                continue
            if f"{path.stem}_test.cpp" in tests or self.is_umbrella(path):
                continue
            if "detail" in path.parts:
                self.warnings.append(f"{path}:1: warning: no {path.stem}_test.cpp")
            else:
                self.breach("test-missing", path, 1, f"no tests/**/{path.stem}_test.cpp")

    def check_tables_of_names(self, paths):
        """What docs/guide/from_*.md gives as our names, in the second column, is in a header."""
        known = set()
        for path in paths:
            if path.parts[0] == "include":
                code = strip_cpp((self.root / path).read_text(encoding="utf-8"))
                known.update(re.findall(r"\w+", code))
        for path in paths:
            if path.parts[:2] != ("docs", "guide") or not path.name.startswith("from_"):
                continue
            text = (self.root / path).read_text(encoding="utf-8")
            for number, line in enumerate(text.splitlines(), 1):
                cells = re.split(r"(?<!\\)\|", line)
                if not line.startswith("|") or len(cells) < 3:
                    continue
                for name in names_of(cells[2]):
                    if name not in known:
                        self.breach("unknown-name", path, number, f"there is no '{name}'")

    def is_umbrella(self, path):
        """A header that only includes others has nothing to test."""
        text = (self.root / path).read_text(encoding="utf-8")
        code = [line for line in strip_cpp(text).splitlines() if line.strip()]
        return all(line.lstrip().startswith("#") for line in code) and "#define" not in text


def names_of(cell):
    """The names that a cell of a table gives: those in its code, without arguments and macros."""
    for code in re.findall(r"`([^`]+)`", cell):
        code = re.sub(r"[({<].*|\bstd::[a-z_:]+", "", code.replace("co_await ", ""))
        yield from re.findall(r"\b[a-z_][a-z0-9_]+\b", code)


def list_files(root):
    """The files that git knows or would add; without git, all but build/ and hidden directories."""
    git = shutil.which("git")
    if git:
        listed = subprocess.run([git, "-C", str(root), "ls-files", "-z", "--cached", "--others",
                                 "--exclude-standard"], capture_output=True, text=True, check=False)
        if listed.returncode == 0:
            paths = (pathlib.Path(name) for name in listed.stdout.split("\0") if name)
            return [path for path in paths if (root / path).is_file()]
    found = []
    for directory, directories, names in os.walk(root):
        directories[:] = [name for name in directories
                          if name not in ("build", "__pycache__") and not name.startswith(".")]
        found += [(pathlib.Path(directory) / name).relative_to(root) for name in names
                  if name != ".git"]
    return found


def room_of(path):
    """The room that a file of include/patio/<room> or src/<room> belongs to, or None."""
    parts = path.parts
    if parts[:2] == ("include", "patio") and len(parts) > 3:
        return parts[2] if parts[2] in ROOMS else None
    if parts[0] == "src" and len(parts) > 2:
        return parts[1] if parts[1] in ROOMS else None
    return None


def included_room(name, is_quoted):
    parts = name.split("/")
    if parts[0] == "patio" and len(parts) > 2:
        return parts[1]
    if is_quoted and len(parts) > 1:
        return parts[0]
    return None


CPP_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^\s()\\]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'", re.DOTALL)


def strip_cpp(text):
    """Blanks out comments and literals; line numbers stay as they are."""
    return CPP_TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


NOT_A_FUNCTION = re.compile(
    r"^(?:\s|(template\s*<.*>))*(if|else|for|while|switch|do|try|catch|namespace|class|struct|enum"
    r"|union|extern|export)\b", re.DOTALL)


def cpp_functions(text):
    """Yields the first line and the length in lines of each body that belongs to a function."""
    code = strip_cpp(text)
    code = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda m: re.sub(r"[^\n]", " ", m[0]), code,
                  flags=re.MULTILINE)
    head_start = 0
    opened = []
    line = 1
    for index, character in enumerate(code):
        if character == "\n":
            line += 1
        elif character == "{":
            head = code[head_start:index]
            is_function = "(" in head and not NOT_A_FUNCTION.match(head)
            first = line - head.lstrip().count("\n")
            opened.append((first, is_function))
            head_start = index + 1
        elif character == "}":
            if opened:
                first, is_function = opened.pop()
                if is_function:
                    yield first, line - first + 1
            head_start = index + 1
        elif character == ";":
            head_start = index + 1


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def main():
    default = pathlib.Path(__file__).resolve().parent.parent
    tidy = Tidy(sys.argv[1] if len(sys.argv) > 1 else default)
    breaches = tidy.check()
    for line in (*tidy.warnings, *breaches):
        print(line)
    print(f"{len(breaches)} breaches, {len(tidy.warnings)} warnings")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
