#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Feeds tidy.py small trees with one breach each, and clean ones."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import tidy  # pylint: disable=wrong-import-position

SPDX = "// SPDX-License-Identifier: MIT\n"
HEADER = SPDX + "#pragma once\n"


class TidyTest(unittest.TestCase):

    def rules_broken(self, files):
        """Writes the files (path → text) and returns the names of the rules that they break."""
        with tempfile.TemporaryDirectory() as root:
            for name, text in files.items():
                path = pathlib.Path(root) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            breaches = tidy.Tidy(root).check()
            return [breach[breach.rindex("[") + 1:-1] for breach in breaches]

    def assert_broken(self, rule, files):
        self.assertEqual(self.rules_broken(files), [rule])

    def assert_clean(self, files):
        self.assertEqual(self.rules_broken(files), [])

    def test_a_clean_tree_has_no_breaches(self):
        self.assert_clean({
            "include/patio/core/event.hpp": HEADER + "#include <patio/base/config.hpp>\nint f();\n",
            "tests/core/event_test.cpp": SPDX + "int main() {}\n",
            "src/core/event.cpp": SPDX + '#include "core/wheel.hpp"\n',
            "packages/build.txt": "a\nb\n",
            "README.md": "word " * 50 + "end\n",
        })

    def test_tables_for_newcomers_name_what_exists(self):
        header = {"include/patio/core/event.hpp": HEADER + "class event { void set(); };\n",
                  "tests/core/event_test.cpp": SPDX}
        page = "docs/guide/from_x.md"
        self.assert_clean({**header, page: "| x | us |\n|---|---|\n| `e` | `event::set(a, b)` |\n"})
        self.assert_broken("unknown-name", {**header, page: "| `e` | `event::clear` | |\n"})

    def test_nothing_is_awaited_in_a_condition(self):
        source = "src/core/a.cpp"
        self.assert_broken("awaited-condition", {source: SPDX + "while (co_await more()) f();\n"})
        self.assert_broken("awaited-condition", {source: SPDX + "if (!co_await more()) f();\n"})
        self.assert_clean({source: SPDX + "while (auto item = co_await next()) use(*item);\n"})
        self.assert_clean({source: SPDX + "// while (co_await more()) f();\n"})

    def test_a_source_begins_with_the_licence(self):
        self.assert_broken("spdx", {"src/core/a.cpp": "int a;\n"})

    def test_a_script_has_the_licence_behind_its_interpreter(self):
        self.assert_clean({"dev": "#!/bin/bash\n# SPDX-License-Identifier: MIT\n"})
        self.assert_broken("spdx", {"dev": "#!/bin/bash\necho\n"})

    def test_a_header_is_included_once(self):
        self.assert_broken("pragma-once", {"src/core/a.hpp": SPDX + "\nint a;\n"})

    def test_lines_end_at_column_100(self):
        self.assert_clean({"src/core/a.cpp": SPDX + "//" + "x" * 98 + "\n"})
        self.assert_broken("line-length", {"src/core/a.cpp": SPDX + "//" + "x" * 99 + "\n"})

    def test_columns_are_counted_in_characters_not_bytes(self):
        self.assert_clean({"src/core/a.cpp": SPDX + "//" + "…" * 98 + "\n"})

    def test_tabs_trailing_blanks_and_missing_newlines_are_refused(self):
        self.assert_broken("blanks", {"src/core/a.cpp": SPDX + "\tint a;\n"})
        self.assert_broken("blanks", {"src/core/a.cpp": SPDX + "int a; \n"})
        self.assert_broken("blanks", {"src/core/a.cpp": SPDX + "int a;"})

    def test_files_have_a_greatest_length(self):
        self.assert_clean({"src/core/a.hpp": HEADER + "int a;\n" * 398})
        self.assert_broken("file-length", {"src/core/a.hpp": HEADER + "int a;\n" * 399})
        self.assert_clean({"src/core/a.cpp": SPDX + "int a;\n" * 599})
        self.assert_broken("file-length", {"src/core/a.cpp": SPDX + "int a;\n" * 600})

    def test_functions_have_a_greatest_length(self):
        body = "    int a;\n"
        self.assert_clean({"src/core/a.cpp": SPDX + "int f() {\n" + body * 68 + "}\n"})
        self.assert_broken("function-length",
                           {"src/core/a.cpp": SPDX + "int f() {\n" + body * 69 + "}\n"})

    def test_long_classes_and_namespaces_are_not_functions(self):
        for head in ("namespace a {", "class a {", "template <class T(int)>\nclass a {"):
            end = "};\n" if "class" in head else "}\n"
            self.assert_clean({"src/core/a.cpp": SPDX + head + "\n" + "int a;\n" * 80 + end})

    def test_braces_in_literals_and_comments_do_not_count(self):
        text = SPDX + "int f() {\n    g('{', \"{\");  // {\n}\n" + "int a;\n" * 80
        self.assert_clean({"src/core/a.cpp": text})

    def test_python_functions_have_the_same_greatest_length(self):
        head = "# SPDX-License-Identifier: MIT\ndef f():\n"
        self.assert_clean({"tools/a.py": head + "    a = 1\n" * 69})
        self.assert_broken("function-length", {"tools/a.py": head + "    a = 1\n" * 70})

    def test_unfinished_work_is_refused_and_other_notes_name_their_kind(self):
        self.assert_broken("todo", {"src/core/a.cpp": SPDX + "// TODO(now): finish\n"})
        self.assert_broken("todo", {"src/core/a.cpp": SPDX + "// TODO: finish\n"})
        self.assert_clean({"src/core/a.cpp": SPDX + "// TODO(perf): a wheel would do\n"})
        self.assert_clean({"exercises/01_a.cpp": SPDX + "// TODO: for the learner\n"})

    def test_process_talk_is_refused(self):
        for talk in ("see issue #3", "As discussed, this", "in this commit", "/work/main/x",
                     "FIXME later"):
            self.assert_broken("process-talk", {"src/core/a.cpp": SPDX + f"// {talk}\n"})

    def test_tests_that_never_run_are_refused(self):
        self.assert_broken("disabled-test",
                           {"tests/core/a_test.cpp": SPDX + "TEST(a, DISABLED_b) {}\n"})

    def test_core_and_base_know_no_operating_system(self):
        for name in ("sys/epoll.h", "unistd.h", "pthread.h", "signal.h", "time.h", "linux/io.h",
                     "ctime"):
            self.assert_broken("os-header", {"src/core/a.cpp": SPDX + f"#include <{name}>\n"})
            self.assert_broken("os-header", {"src/base/a.cpp": SPDX + f"#include <{name}>\n"})
            self.assert_clean({"src/io/a.cpp": SPDX + f"#include <{name}>\n"})

    def test_public_headers_of_every_room_know_no_operating_system(self):
        self.assert_broken("os-header", {
            "include/patio/io/a.hpp": HEADER + "#include <sys/epoll.h>\n",
            "tests/io/a_test.cpp": SPDX,
        })

    def test_public_headers_of_core_are_light(self):
        for name in ("chrono", "memory", "string", "functional", "iostream"):
            self.assert_broken("heavy-header", {
                "include/patio/core/a.hpp": HEADER + f"#include <{name}>\n",
                "tests/core/a_test.cpp": SPDX,
            })
        self.assert_clean({"src/core/a.cpp": SPDX + "#include <chrono>\n"})

    def test_a_rule_may_be_broken_with_a_reason_at_the_spot(self):
        test = {"tests/core/a_test.cpp": SPDX}
        reason = "// tidy: allow(heavy-header): it wraps std::function\n"
        include = "#include <functional>\n"
        self.assert_clean({"include/patio/core/a.hpp": HEADER + reason + include, **test})
        for excuse in ("// tidy: allow(heavy-header):\n", "// tidy: allow(rooms): other rule\n"):
            self.assert_broken("heavy-header",
                               {"include/patio/core/a.hpp": HEADER + excuse + include, **test})

    def test_rooms_do_not_look_upwards(self):
        for room, target in (("base", "core"), ("core", "debug"), ("core", "io"),
                             ("debug", "testing"), ("io", "testing"), ("testing", "io")):
            self.assert_broken("rooms", {
                f"src/{room}/a.cpp": SPDX + f"#include <patio/{target}/b.hpp>\n"})
            self.assert_broken("rooms", {
                f"src/{room}/a.cpp": SPDX + f'#include "{target}/b.hpp"\n'})
            self.assert_clean({
                f"src/{target}/a.cpp": SPDX + f"#include <patio/{target}/b.hpp>\n"})

    def test_public_headers_include_no_private_ones(self):
        self.assert_broken("private-include", {
            "include/patio/core/a.hpp": HEADER + '#include "core/b.hpp"\n',
            "tests/core/a_test.cpp": SPDX,
        })

    def test_a_public_header_has_a_test_of_its_name(self):
        self.assert_broken("test-missing", {"include/patio/core/a.hpp": HEADER + "int a();\n"})

    def test_umbrella_headers_and_details_need_no_test(self):
        self.assert_clean({
            "include/patio/core/core.hpp": HEADER + "// All.\n#include <patio/core/a.hpp>\n",
            "include/patio/core/detail/a.hpp": HEADER + "int a();\n",
        })

    def test_code_in_a_text_is_cut_from_a_source(self):
        source = {"examples/a.cpp": SPDX + "int f() {\n    return 1;\n}\n"}
        mark = "<!-- snippet: examples/a.cpp -->\n"
        self.assert_clean({"README.md": mark + "```cpp\nreturn 1;\n}\n```\n", **source})
        for text in (mark + "```cpp\nreturn 2;\n```\n", "\n```cpp\nreturn 1;\n```\n",
                     "<!-- snippet: examples/b.cpp -->\n```cpp\nreturn 1;\n```\n"):
            self.assert_broken("snippet", {"README.md": text, **source})

    def test_package_lists_are_sorted_and_without_twins(self):
        for text in ("b\na\n", "a\na\n", "a\n\nb\n"):
            self.assert_broken("packages", {"packages/build.txt": text})


if __name__ == "__main__":
    unittest.main()
