#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the exercises' tools in a small project of its own, with a ninja that only pretends."""

import os
import pathlib
import pty
import select
import shutil
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXERCISE = """// SPDX-License-Identifier: MIT
//
// TASK: Make {name}
//   well.
// HINT: Think of {name}.
// FAILS: too {name}

// --- check
int main() {{}}
"""


class LearnTest(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.state = self.root / "state"
        for name in ("bin", "tools", "exercises", "solutions", "build/exercises"):
            (self.root / name).mkdir(parents=True)
        for tool in ("learn.py", "exercises.py", "prove_exercise.py"):
            shutil.copy(ROOT / "tools" / tool, self.root / "tools")
        self.pretend("bin/ninja", "exit 0")
        for name in ("01_soup", "02_pie", "03_cake"):
            self.source(name).write_text(EXERCISE.format(name=name[3:]), encoding="utf-8")
            self.solution(name).write_text("// --- check\nint main() {}\n", encoding="utf-8")
            self.program("exercise", name, f"echo 'not yet: too {name[3:]}'; echo more; exit 1")
            self.program("solution", name, f"echo 'solved: {name[3:]} is good'")

    def source(self, name):
        return self.root / "exercises" / f"{name}.cpp"

    def solution(self, name):
        return self.root / "solutions" / f"{name}.cpp"

    def pretend(self, path, script):
        target = self.root / path
        target.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        target.chmod(0o755)

    def program(self, kind, name, script):
        self.pretend(f"build/exercises/{kind}_{name}", script)

    def environment(self):
        return {**os.environ, "PATH": f"{self.root}/bin:{os.environ['PATH']}",
                "XDG_STATE_HOME": str(self.state), "NO_COLOR": "1", "COLUMNS": "80"}

    def learn(self, *arguments):
        done = subprocess.run([self.root / "tools/learn.py", "--build", self.root / "build",
                               *arguments], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, env=self.environment())
        return done.returncode, done.stdout, done.stderr

    def prove(self, *arguments):
        done = subprocess.run([self.root / "tools/prove_exercise.py", *map(str, arguments)],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def test_a_check_says_what_is_wrong_first(self):
        self.assertEqual(self.learn("--check", "pie"), (1, "not yet: too pie\n  more\n", ""))
        self.program("exercise", "02_pie", "echo 'solved: yes'")
        self.assertEqual(self.learn("--check", "02_pie"), (0, "solved: yes\n", ""))

    def test_a_number_is_a_name(self):
        self.assertEqual(self.learn("--check", "2"), self.learn("--check", "02_pie"))

    def test_what_is_solved_is_remembered_outside_of_the_sources(self):
        self.program("exercise", "01_soup", "echo 'solved: yes'")
        self.learn("--check", "01")
        self.assertIn("✓ 01 soup", self.learn("--list")[1])
        self.assertIn("1 of 3 solved", self.learn("--list")[1])
        self.assertEqual([path.name for path in self.state.rglob("*.json")], ["exercises.json"])
        self.program("exercise", "01_soup", "echo 'not yet: no'; exit 1")
        self.learn("--check", "01")
        self.assertIn("0 of 3 solved", self.learn("--list")[1])

    def test_a_damaged_memory_is_none(self):
        (self.state / "patio").mkdir(parents=True)
        (self.state / "patio" / "exercises.json").write_text("{", encoding="utf-8")
        self.assertIn("0 of 3 solved", self.learn("--list")[1])

    def test_all_are_checked_and_the_status_tells(self):
        status, said, _ = self.learn("--all")
        self.assertEqual((status, said.splitlines()[-1]), (1, "0 of 3 solved"))
        status, said, _ = self.learn("--all", "--solutions")
        self.assertEqual((status, said.splitlines()[-1]), (0, "3 of 3 solved"))
        self.assertIn("0 of 3 solved", self.learn("--list")[1])  # ours are not the learner's

    def test_misuse_is_told_with_status_2(self):
        for arguments, words in ((("--check", "bread"), "no exercise 'bread'"),
                                 (("--check", "0"), "may be 01_soup or 02_pie or 03_cake"),
                                 (("--list", "--all"), "one thing at a time"),
                                 (("--solutions",), "--solutions goes with"),
                                 (("--bogus",), "unrecognized")):
            with self.subTest(arguments):
                status, said, told = self.learn(*arguments)
                self.assertEqual((status, said), (2, ""))
                self.assertIn(words, told)

    def test_a_refused_source_shows_the_compilers_line_first(self):
        source = self.source("01_soup")
        self.pretend("bin/ninja", f"""cat <<'END'
FAILED: exercises/CMakeFiles/x.o
/usr/bin/c++ -o x.o -c {source}
/usr/include/a.hpp:1:1: error: far away
{source}:7:5: error: here it is
   7 | source
ninja: build stopped
END
exit 1""")
        status, said, _ = self.learn("--check", "01")
        self.assertEqual(status, 1)
        self.assertEqual(said.splitlines()[0], "the compiler says, line 7: here it is")
        self.assertNotIn("FAILED", said)
        self.assertNotIn(" -c ", said)

    def test_the_advice_of_the_library_comes_before_what_the_compiler_makes_of_it(self):
        source = self.source("01_soup")
        self.pretend("bin/ninja", f"""cat <<'END'
{source}:3:1: error: no member named 'x'
/usr/include/a.hpp:1:1: error: static assertion failed due to requirement 'sizeof(a<b> *) == 0': \
write: std::move(x)
{source}:7:5: note: in instantiation of function template specialization 'a' requested here
END
exit 1""".replace("\\\n", ""))
        self.assertEqual(self.learn("--check", "01")[1].splitlines()[0],
                         "the compiler says, line 7: write: std::move(x)")
        self.pretend("bin/ninja", f"""cat <<'END'
{source}:3:1: error: ignoring return value of function declared with 'nodiscard' attribute: \
await it: now [-Werror,-Wunused-result]
END
exit 1""".replace("\\\n", ""))
        self.assertEqual(self.learn("--check", "01")[1].splitlines()[0],
                         "the compiler says, line 3: await it: now")

    def test_a_program_that_dies_shows_its_last_words_first(self):
        self.program("exercise", "01_soup",
                     "echo chatter; echo 'patio: it is stuck' >&2; kill -9 $$")
        status, said, _ = self.learn("--check", "01")
        self.assertEqual((status, said), (1, "patio: it is stuck\n  chatter\n"))
        self.program("exercise", "01_soup", "exit 0")  # a learner may delete the check
        status, said, _ = self.learn("--check", "01")
        self.assertEqual((status, said), (1, "it ended with status 0 and without a verdict\n"))

    def test_keys_and_changes_of_the_file(self):
        screen, terminal = pty.openpty()
        shown = ""
        process = subprocess.Popen([self.root / "tools/learn.py", "--build", self.root / "build"],
                                   stdin=terminal, stdout=terminal, stderr=terminal,
                                   env=self.environment())
        os.close(terminal)

        def expect(words):
            nonlocal shown
            limit = time.monotonic() + 20
            while words not in shown:
                ready, _, _ = select.select([screen], [], [], limit - time.monotonic())
                self.assertTrue(ready, f"no '{words}' in:\n{shown}")
                shown += os.read(screen, 4096).decode(errors="replace")
            shown = shown[shown.index(words) + len(words):]

        expect("01 soup   exercises/01_soup.cpp")
        expect("Make soup well.")
        expect("not yet: too soup")
        expect("q quit")
        os.write(screen, b"h")
        expect("hint: Think of soup.")
        self.program("exercise", "01_soup", "echo 'solved: it is good'")
        os.utime(self.source("01_soup"), ns=(1, 1))
        expect("solved: it is good")
        expect("q quit")
        os.write(screen, b"n")
        expect("not yet: too pie")
        expect("q quit")
        os.write(screen, b"l")
        expect("✓ 01 soup")
        expect("1 of 3 solved")
        os.write(screen, b"p")
        expect("solved: it is good")
        expect("q quit")
        os.write(screen, b"rl")  # two keys at once
        expect("press r once more")
        expect("1 of 3 solved")
        os.write(screen, b"q")
        self.assertEqual(process.wait(20), 0)
        os.close(screen)

    def test_an_exercise_is_proved_to_be_one(self):
        source = self.source("01_soup")
        program = self.root / "build/exercises/exercise_01_soup"
        answer = self.root / "build/exercises/solution_01_soup"
        self.assertEqual(self.prove("exercise", source, program), (0, ""))
        self.assertEqual(self.prove("solution", source, answer), (0, ""))
        self.assertIn("passes unsolved", self.prove("exercise", source, answer)[1])
        self.assertIn("not yet: too soup", self.prove("solution", source, program)[1])
        self.program("exercise", "01_soup", "echo 'not yet: too cold'; exit 1")
        self.assertIn("expected 'not yet: too soup'", self.prove("exercise", source, program)[1])
        self.solution("01_soup").write_text("// --- check\nint main() { }\n", encoding="utf-8")
        self.assertIn("differ", self.prove("solution", source, answer)[1])

    def test_an_exercise_needs_its_words(self):
        both = "// TASK: a\n// HINT: b\n"
        for words, complaint in (("// TASK: a\n", "HINT"), (both, "either"),
                                 (both + "// FAILS: c\n// REFUSED: d\n", "either")):
            with self.subTest(complaint):
                self.source("01_soup").write_text(words, encoding="utf-8")
                status, _, told = self.learn("--list")
                self.assertEqual(status, 2)
                self.assertIn(complaint, told)


if __name__ == "__main__":
    unittest.main()
