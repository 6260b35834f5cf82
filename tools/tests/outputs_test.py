#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shows outputs.py texts with right and wrong output."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import outputs  # pylint: disable=wrong-import-position

PRINTED = "first\n  at app.cpp:12 for 3.2 s\nsecond\nthird\n"


class FakePrinter:
    """Prints the same for each command, and is silent for one."""

    def __init__(self):
        self.seen = {}

    @staticmethod
    def output(command):
        return None if command == "gcc x.cpp" else PRINTED


class OutputsTest(unittest.TestCase):

    def complaints(self, *lines, command="example_x"):
        text = "\n".join(["words", f"<!-- output: {command} -->", "```text", *lines, "```", "more"])
        with tempfile.TemporaryDirectory() as root:
            page = pathlib.Path(root) / "page.md"
            page.write_text(text, encoding="utf-8")
            return list(outputs.complaints(page, FakePrinter()))

    def test_lines_that_were_printed_are_right(self):
        self.assertEqual(self.complaints("first", "  at app.cpp:12 for 3.2 s", "second"), [])

    def test_a_line_that_was_not_printed_is_named_with_its_place_and_what_was(self):
        wrong = self.complaints("first", "second")
        self.assertEqual(len(wrong), 1)
        self.assertIn("page.md:2: example_x does not print this block", wrong[0])
        self.assertIn("third", wrong[0])

    def test_a_line_must_be_whole(self):
        self.assertEqual(len(self.complaints("firs")), 1)
        self.assertEqual(len(self.complaints("irst")), 1)

    def test_dots_stand_for_what_varies(self):
        self.assertEqual(self.complaints("first", "  at … for … s", "second"), [])
        self.assertEqual(self.complaints("first", "…", "third"), [])
        self.assertEqual(self.complaints("first", "…", "second", "third"), [])
        self.assertEqual(len(self.complaints("third", "…", "first")), 1)

    def test_signs_mean_themselves(self):
        self.assertEqual(len(self.complaints("....t")), 1)

    def test_what_another_compiler_says_is_left_to_it(self):
        self.assertEqual(self.complaints("anything", command="gcc x.cpp"), [])

    def test_a_mark_without_a_block_is_a_mistake(self):
        with tempfile.TemporaryDirectory() as root:
            page = pathlib.Path(root) / "page.md"
            page.write_text("<!-- output: example_x -->\nwords\n", encoding="utf-8")
            self.assertIn("belongs behind", list(outputs.complaints(page, FakePrinter()))[0])

    def test_programs_are_found_by_the_names_of_their_tests(self):
        build = pathlib.Path("b")
        self.assertEqual(outputs.program_of("example_05_queue", build), build / "examples/05_queue")
        self.assertEqual(outputs.program_of("crash_x", build), build / "tests/crash_x")
        with self.assertRaises(outputs.Mistake):
            outputs.program_of("rm -rf", build)


if __name__ == "__main__":
    unittest.main()
