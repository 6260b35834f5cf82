#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the runner, with small shell scripts in place of the benchmark programs."""

import tempfile
import unittest
from pathlib import Path

import run


class RunnerTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.dir = Path(holder.name)
        self.log = self.dir / "log"

    def program(self, name, body):
        """A program that logs its name and arguments, then does what the body says."""
        path = self.dir / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.log}\n{body}\n', encoding="utf-8")
        path.chmod(0o755)
        return [str(path)]

    def measure(self, commands, rounds=1, quick=False, **spec):
        return run.measure("fib", {"quick": 8, **spec}, commands, rounds, quick)

    def test_rounds_are_interleaved(self):
        commands = {name: self.program(name, 'echo "fib 5 ns"') for name in "ab"}
        self.measure(commands, rounds=2)
        self.assertEqual(self.log.read_text(encoding="utf-8").split("\n")[:4],
                         ["a fib", "b fib", "a fib", "b fib"])

    def test_median_least_and_greatest_go_to_json(self):
        body = f'n=$(wc -l < {self.log})\necho "fib $((n * n)).5 ns"'
        result, = self.measure({"patio": self.program("a", body)}, rounds=3)
        self.assertEqual(result.as_json(), {"bench": "fib", "impl": "patio", "cpu_ns": 4.5,
                                            "min": 1.5, "max": 9.5, "unit": "ns"})

    def test_a_benchmark_that_does_not_apply_is_tried_once_and_left_out(self):
        commands = {"go": self.program("a", "exit 3")}
        self.assertEqual(self.measure(commands, rounds=3), [])
        self.assertEqual(self.log.read_text(encoding="utf-8"), "a fib\n")

    def test_quick_passes_the_small_count(self):
        self.measure({"patio": self.program("a", 'echo "fib 5 ns"')}, quick=True)
        self.assertEqual(self.log.read_text(encoding="utf-8"), "a fib 8\n")

    def test_a_benchmark_may_limit_its_rounds(self):
        commands = {"patio": self.program("a", 'echo "fib 5 ns"')}
        result, = self.measure(commands, rounds=5, rounds_max=2)
        self.assertEqual(len(result.samples), 2)

    def test_a_crash_is_an_error_that_shows_what_the_program_said(self):
        with self.assertRaisesRegex(run.BenchmarkFailed, "status 1\nno luck"):
            self.measure({"patio": self.program("a", "echo no luck >&2; exit 1")})

    def test_a_hang_is_an_error(self):
        with self.assertRaisesRegex(run.BenchmarkFailed, "longer than 0.2 s"):
            self.measure({"patio": self.program("a", "exec sleep 20")}, timeout_s=0.2)

    def test_a_line_of_another_benchmark_is_an_error(self):
        with self.assertRaisesRegex(run.BenchmarkFailed, "expected 'fib VALUE UNIT'"):
            self.measure({"patio": self.program("a", 'echo "yield 5 ns"')})

    def test_the_wall_time_beyond_the_sleep_is_kept(self):
        body = 'echo "wall_beyond_ms 12.5" >&2; echo "fib 5 bytes"'
        result, = self.measure({"patio": self.program("a", body)})
        self.assertEqual(result.wall_beyond_ms, [12.5])


class TableTest(unittest.TestCase):
    SPEC = {"what": "recursion", "bar": {"clang": 8, "gcc": 20}}

    def rows(self, patio_samples, about="Patio (clang 19)"):
        results = [run.Result("fib", "patio", "ns", patio_samples),
                   run.Result("fib", "asio", "ns", [30.0, 40.0])]
        return run.table_of("fib", self.SPEC, results, {"patio": about})

    def test_ratios_are_to_patio_by_medians_and_by_minima(self):
        row = self.rows([10.0, 10.0])[3].split()
        self.assertEqual(row, ["asio", "35", "30", "40", "ns", "3.50×", "3.00×"])

    def test_without_patio_the_floor_is_the_reference(self):
        results = [run.Result("fib", "floor", "ns", [5.0]), run.Result("fib", "go", "ns", [15.0])]
        lines = run.table_of("fib", self.SPEC, results, {})
        self.assertIn("÷ floor", lines[1])
        self.assertIn("3.00×", lines[3])

    def test_a_bar_is_met_missed_or_met_by_the_minimum_only(self):
        self.assertTrue(self.rows([7.0, 8.0])[2].endswith("≤ 8 met"))
        self.assertTrue(self.rows([8.5, 9.0])[2].endswith("≤ 8 MISSED"))
        self.assertTrue(self.rows([7.5, 9.0])[2].endswith("≤ 8 met by the minimum"))

    def test_a_bar_may_depend_on_the_compiler(self):
        self.assertTrue(self.rows([12.0], "Patio (gcc 12.2)")[2].endswith("≤ 20 met"))


class BarsTest(unittest.TestCase):
    def test_every_benchmark_that_the_programs_know_is_described(self):
        harness = (run.HERE / "support" / "harness.hpp").read_text(encoding="utf-8")
        names = harness.split("all_names[]{")[1].split("}")[0].replace('"', "").split(",")
        described = run.json.loads((run.HERE / "bars.json").read_text(encoding="utf-8"))
        self.assertEqual({name.strip() for name in names if name.strip()},
                         set(described["benches"]))


if __name__ == "__main__":
    unittest.main()
