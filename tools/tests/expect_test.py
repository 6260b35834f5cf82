#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs expect.py on programs and compilers made for the purpose: small shell scripts."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

EXPECT = pathlib.Path(__file__).resolve().parent.parent / "expect.py"


class ExpectTest(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def write(self, name, text):
        path = self.directory / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    def expect(self, *arguments):
        return subprocess.run([sys.executable, EXPECT, *arguments], capture_output=True, text=True,
                              check=False)

    def crash(self, comments, script):
        program = self.write("program", f"#!/bin/sh\n{script}\n")
        return self.expect("crash", self.write("a.cpp", comments), program)

    def compile(self, comments, script, name="Clang"):
        compiler = self.write("compiler", f"#!/bin/sh\n{script}\n")
        return self.expect("compile", self.write("a.cpp", comments), "--id", name,
                           "--compiler", compiler, "--strict", "-Wone -Wtwo", "--", "-std=c++20")

    def assert_passes(self, run):
        self.assertEqual((run.returncode, run.stderr), (0, ""))

    def assert_complains(self, run, words):
        self.assertEqual(run.returncode, 1)
        self.assertIn(words, run.stderr)

    ABORT = "// expect-status: SIGABRT\n// expect-stderr: ^bad .*$\n"

    def test_a_program_that_dies_as_stated_passes(self):
        self.assert_passes(self.crash(self.ABORT, "echo bad thing >&2; kill -ABRT $$"))
        number = "// expect-status: 3\n// expect-stderr: x\n// label: threads\n"
        self.assert_passes(self.crash(number, "echo x >&2; exit 3"))

    def test_a_wrong_status_is_told_with_what_the_program_said(self):
        run = self.crash(self.ABORT, "echo bad thing >&2; exit 7")
        self.assert_complains(run, "ended with 7, expected SIGABRT")
        self.assertIn("bad thing", run.stderr)
        run = self.crash(self.ABORT, "echo bad thing >&2; kill -SEGV $$")
        self.assert_complains(run, "ended with SIGSEGV, expected SIGABRT")

    def test_wrong_words_are_told(self):
        self.assert_complains(self.crash(self.ABORT, "echo good >&2; kill -ABRT $$"),
                              "stderr does not match (in this order): ^bad .*$")

    def test_words_must_come_in_order(self):
        comments = "// expect-status: 1\n// expect-stderr: one\n// expect-stderr: two\n"
        self.assert_passes(self.crash(comments, "echo one two >&2; exit 1"))
        self.assert_complains(self.crash(comments, "echo two one >&2; exit 1"), "order): two")

    def test_words_that_must_not_be_said_are_told(self):
        comments = self.ABORT + "// expect-no-stderr: worse\n"
        self.assert_complains(self.crash(comments, "echo bad worse >&2; kill -ABRT $$"), "worse")

    def test_the_environment_of_the_program_can_be_stated(self):
        comments = ("// expect-status: 1\n// expect-stderr: epoll\n"
                    "// environment: PATIO_DRIVER=epoll\n")
        self.assert_passes(self.crash(comments, "echo $PATIO_DRIVER >&2; exit 1"))

    def test_a_program_that_does_not_end_fails(self):
        self.assert_complains(self.crash(self.ABORT + "// timeout: 1\n", "exec sleep 30"),
                              "did not end within 1 s")

    def test_a_source_without_expectations_fails(self):
        self.assert_complains(self.crash("", "exit 1"), "expect-status")
        self.assert_complains(self.crash("// expect-status: 1\n", "exit 1"), "expect-stderr")
        self.assert_complains(self.crash(self.ABORT + "// expect-sttus: 1\n", "exit 1"),
                              "a.cpp:3: unknown expectation 'expect-sttus'")
        self.assert_complains(self.crash("// expect-status: 1\n// expect-stderr: (\n", "exit 1"),
                              "bad regular expression")

    BOTH = "// expect-clang: write co_await\n// expect-gcc: compiles\n"

    def test_a_source_that_is_refused_with_the_stated_words_passes(self):
        self.assert_passes(self.compile(self.BOTH, "echo error: write co_await >&2; exit 1"))

    def test_a_source_that_compiles_fails(self):
        self.assert_complains(self.compile(self.BOTH, "echo write co_await >&2"),
                              "compiles, although")

    def test_a_source_that_is_refused_for_another_reason_fails(self):
        self.assert_complains(self.compile(self.BOTH, "echo no such file >&2; exit 1"),
                              "the message does not match: write co_await")

    def test_a_compiler_may_be_stated_to_accept(self):
        self.assert_passes(self.compile(self.BOTH, "exit 0", "GNU"))
        self.assert_complains(self.compile(self.BOTH, "exit 1", "GNU"), "was expected to compile")

    def test_expectations_for_both_compilers_are_demanded(self):
        self.assert_complains(self.compile("// expect-clang: x\n", "echo x >&2; exit 1"),
                              "expect-gcc")

    def test_flags_reach_the_compiler_they_are_meant_for(self):
        comments = ("// expect-clang: ^-std=c..20 -O1 -Wone -Wtwo\n"
                    "// expect-gcc: ^-std=c..20 -O2 -f\n")
        clang = comments + "// flags: strict\n// flags-clang: -O1\n"
        self.assert_passes(self.compile(clang, 'echo "$*" >&2; exit 1'))
        gcc = comments + "// flags-gcc: -O2\n// flags-clang: -O1\n"
        self.assert_passes(self.compile(gcc, 'echo "$*" >&2; exit 1', "GNU"))


if __name__ == "__main__":
    unittest.main()
