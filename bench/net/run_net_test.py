#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the runner of the network benchmarks, with scripts in place of servers and the load."""

import argparse
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

import run_net
import suite

LOAD = {"requests": 1000, "wall_ns": 10_000_000, "server_cpu_ns": 2_000_000,
        "client_cpu_ns": 5_000_000, "p50_ns": 40_000, "p99_ns": 90_000, "syscalls": 2.5}
ECHO = suite.Bench("echo_tcp", "echo", "echo", "tcp", 4, 64, bar=1.05)
PROGRAM = suite.Bench("spawn", "spawn", "program", quick=3)


class RunnerTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.dir = Path(holder.name)
        self.log = self.dir / "log"
        self.load = self.script("load", f"print({json.dumps(LOAD)!r})")[0]

    def script(self, name, body):
        """A Python program that logs its name, process and arguments, then does what is said."""
        path = self.dir / name
        path.write_text(f"#!{sys.executable}\nimport os, sys, time\n"
                        f"with open({str(self.log)!r}, 'a') as log:\n"
                        f"    print({name!r}, os.getpid(), *sys.argv[1:], file=log)\n{body}\n",
                        encoding="utf-8")
        path.chmod(0o755)
        return [str(path)]

    def server(self, name, body="print('listening 5', flush=True); time.sleep(60)"):
        return self.script(name, body)

    def lines(self):
        return [line.split(" ") for line in self.log.read_text(encoding="utf-8").splitlines()]

    def measure(self, bench, commands, rounds=1, quick=False):
        arguments = argparse.Namespace(rounds=rounds, quick=quick, seconds=0.5)
        return run_net.measure(bench, commands, self.dir, self.load, arguments)

    def test_rounds_are_interleaved_and_each_sample_has_its_own_server(self):
        self.measure(ECHO, {name: self.server(name) for name in "ab"}, rounds=2)
        lines = [line for line in self.lines() if line[0] != "load"]
        self.assertEqual([line[0] for line in lines], ["a", "b", "a", "b"])
        self.assertEqual(len({line[1] for line in lines}), 4)

    def test_the_load_gets_the_address_and_the_process_of_the_server(self):
        self.measure(ECHO, {"a": self.server("a")})
        server, load = self.lines()
        self.assertEqual(server[2:], ["tcp"])
        self.assertEqual(load[2:7], ["echo", "tcp:5", server[1], "connections=4", "size=64"])

    def test_only_the_last_round_counts_events(self):
        self.measure(ECHO, {"a": self.server("a")}, rounds=2)
        counted = [line[-1] for line in self.lines() if line[0] == "load"]
        self.assertEqual(counted, ["count_s=0", "count_s=0.2"])

    def test_the_cost_of_a_request_and_the_rest_go_to_json(self):
        result, = self.measure(ECHO, {"a": self.server("a")})
        self.assertEqual(result.as_json(), {
            "bench": "echo_tcp", "impl": "a", "cpu_ns": 2000, "min": 2000, "max": 2000,
            "unit": "ns", "requests_per_s": 100_000, "p50_us": 40, "p99_us": 90,
            "client_busy": 0.5, "server_busy": 0.2, "syscalls": 2.5, "user_instructions": None})

    def test_a_server_is_gone_after_its_sample(self):
        self.measure(ECHO, {"a": self.server("a")})
        with self.assertRaises(ProcessLookupError):
            os.kill(int(self.lines()[0][1]), 0)

    def test_a_server_that_ignores_sigterm_is_killed(self):
        body = ("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                "print('listening 5', flush=True); time.sleep(60)")
        self.measure(ECHO, {"a": self.server("a", body)})
        with self.assertRaises(ProcessLookupError):
            os.kill(int(self.lines()[0][1]), 0)

    def test_what_is_no_work_for_a_server_is_tried_once_and_left_out(self):
        found = self.measure(ECHO, {"a": self.server("a", "sys.exit(3)")}, rounds=3)
        self.assertEqual((found, len(self.lines())), ([], 1))

    def test_a_server_that_does_not_start_is_an_error_that_shows_what_it_said(self):
        commands = {"a": self.server("a", "sys.exit('no luck')")}
        with self.assertRaisesRegex(run_net.run.BenchmarkFailed, "did not start:\nno luck"):
            self.measure(ECHO, commands)

    def test_a_load_that_fails_is_an_error_that_shows_what_it_said(self):
        self.load = self.script("load", "sys.exit('the echo is wrong')")[0]
        with self.assertRaisesRegex(run_net.run.BenchmarkFailed, "the echo is wrong"):
            self.measure(ECHO, {"a": self.server("a")})

    def test_a_program_times_itself_and_gives_its_rate(self):
        body = "print('wall_ns 2000000', file=sys.stderr); print('spawn 1500 ns')"
        result, = self.measure(PROGRAM, {"go": self.script("go", body)}, quick=True)
        self.assertEqual((result.samples, result.middle("requests_per_s")), ([1500.0], 500.0))
        self.assertEqual(self.lines()[0][2:], ["spawn", "3"])


class TableTest(unittest.TestCase):
    def result(self, impl, samples, client_busy=0.5, instructions=None):
        loads = [run_net.Load(1000, 40, 90, client_busy, 0.5) for _ in samples]
        return run_net.NetResult("echo_tcp", impl, "ns", samples, loads=loads,
                                 instructions=instructions)

    def rows(self, patio, bench=ECHO, **more):
        results = [self.result("patio_uring", patio, **more),
                   self.result("floor_uring", [2200.0]), self.result("floor_epoll", [2000.0])]
        return run_net.table_of(bench, results)

    def test_the_reference_is_the_better_floor(self):
        head, row = self.rows([3000.0])[1:3]
        self.assertIn("÷ floor_epoll", head)
        self.assertEqual(row.split()[:6], ["patio_uring", "3.00", "3.00", "3.00", "1.50×", "1.50×"])

    def test_a_bar_is_met_missed_or_met_by_the_minimum_only(self):
        self.assertTrue(self.rows([2100.0])[2].endswith("≤ 1.05× met"))
        self.assertTrue(self.rows([2200.0])[2].endswith("≤ 1.05× MISSED"))
        self.assertTrue(self.rows([2050.0, 2500.0])[2].endswith("met by the minimum"))

    def test_user_instructions_have_a_bar_of_their_own(self):
        self.assertIn("310 user instructions, ≤ 300 MISSED",
                      self.rows([2000.0], instructions=310)[-1])
        self.assertIn("290 user instructions, ≤ 300 met",
                      self.rows([2000.0], instructions=290)[-1])

    def test_a_load_that_has_no_time_left_is_told(self):
        two = suite.Bench("echo_tcp", "echo", "echo", "tcp", 4, 64, cpus=2)
        self.assertIn("is the limit of: patio_uring",
                      self.rows([2000.0], two, client_busy=0.99)[-1])

    def test_columns_without_a_value_are_left_out(self):
        head = self.rows([2000.0])[1]
        self.assertNotIn("calls", head)
        self.assertNotIn("instr", head)


class SuiteTest(unittest.TestCase):
    def test_every_benchmark_has_its_own_name(self):
        names = [bench.name for bench in suite.BENCHES]
        self.assertEqual(len(names), len(set(names)))
        self.assertIn("echo_tcp_64x64_1cpu", names)
        self.assertIn("echo_unix_64x16k_2cpu", names)

    def test_an_implementation_that_is_missing_says_what_is(self):
        with tempfile.TemporaryDirectory() as empty:
            built = suite.Implementation(("bench_none",)).find(Path(empty))
            self.assertEqual(built, (None, "bench_none is not built"))
        module = suite.python("x.py", module="no_such_module").find(Path("/"))
        self.assertIn("no_such_module is not installed", module[1])


if __name__ == "__main__":
    unittest.main()
