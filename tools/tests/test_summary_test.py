#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Gives test_summary.py JUnit files as ctest writes them."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SUMMARY = pathlib.Path(__file__).resolve().parent.parent / "test_summary.py"
CASES = "[==========] 4 tests from 2 test suites ran. (1 ms total)\n"


def entry(status, output="", children=""):
    return (f'<testcase name="a" status="{status}">{children}'
            f"<system-out>{output}</system-out></testcase>")


class SummaryTest(unittest.TestCase):

    def summary(self, *entries, options=()):
        """Returns the printed lines and the exit status."""
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "a.xml"
            path.write_text(f"<testsuite>{''.join(entries)}</testsuite>", encoding="utf-8")
            run = subprocess.run([sys.executable, SUMMARY, *options, path], capture_output=True,
                                 text=True, check=False)
            return run.stdout.splitlines(), run.returncode

    def test_plain_entries_count_as_one_each(self):
        self.assertEqual(self.summary(entry("run"), entry("run")), (["2 passed, 0 failed"], 0))
        self.assertEqual(self.summary(entry("run"), entry("fail")), (["1 passed, 1 failed"], 1))

    def test_each_case_of_a_googletest_program_counts(self):
        output = CASES + "[  PASSED  ] 4 tests.\n"
        self.assertEqual(self.summary(entry("run", output)), (["4 passed, 0 failed"], 0))
        output = CASES + "[  PASSED  ] 1 test.\n[  FAILED  ] 3 tests, listed below:\n"
        self.assertEqual(self.summary(entry("fail", output)), (["1 passed, 3 failed"], 1))

    def test_skipped_cases_are_neither_passed_nor_hidden(self):
        output = CASES + "[  PASSED  ] 3 tests.\n[  SKIPPED ] 1 test, listed below:\n"
        self.assertEqual(self.summary(entry("run", output)),
                         (["1 skipped", "3 passed, 0 failed"], 0))

    def test_a_program_that_fails_after_its_last_case_has_failed(self):
        output = CASES + "[  PASSED  ] 4 tests.\n"
        self.assertEqual(self.summary(entry("fail", output)), (["4 passed, 1 failed"], 1))

    def test_a_program_that_dies_amid_its_cases_has_failed(self):
        self.assertEqual(self.summary(entry("fail", "[ RUN      ] a.b\n")),
                         (["0 passed, 1 failed"], 1))

    def test_a_phase_that_broke_is_a_failure(self):
        self.assertEqual(self.summary(entry("run"), options=["--broken=gcc: build"]),
                         (["broken: gcc: build", "1 passed, 1 failed"], 1))

    def test_nothing_run_is_no_success(self):
        self.assertEqual(self.summary(entry("disabled", children="<skipped/>")),
                         (["1 skipped", "0 passed, 0 failed"], 1))


if __name__ == "__main__":
    unittest.main()
