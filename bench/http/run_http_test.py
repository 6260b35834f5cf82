#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the runner of the HTTP benchmarks, with Python's own server, and a script as wrk."""

import argparse
import json
import os
import sys
import tempfile
import time
import unittest
from pathlib import Path

import run_http
import run_net
import suite_http

PLAIN = suite_http.Bench("plaintext_64", "plain", "plaintext", 4)
REPORT = {"requests": 5000, "wall_us": 50_000, "bytes": 5, "p50_us": 40.0, "p99_us": 90.0,
          "failed": 0, "refused": 0}

# What a test changes of an answer that would be right comes first.
SERVER = """
import http.server, sys
{change}
class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = globals().get("PROTOCOL", "HTTP/1.1")
    def do_GET(self):
        body = globals().get("BODY", b"Hello, World!")
        is_there = self.path == "/plaintext" or "ANY_PATH" in globals()
        self.send_response(globals().get("STATUS", 200) if is_there else 404)
        self.send_header("Content-Type", globals().get("TYPE", "text/plain"))
        self.send_header("Content-Length", globals().get("LENGTH", len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Site)
print("listening", server.server_port, flush=True)
server.serve_forever()
"""


class RunnerTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.dir = Path(holder.name)
        self.log = self.dir / "log"
        self.log.touch()
        (self.dir / "file").write_bytes(b"bytes")
        self.wrk = self.reporting()

    def script(self, name, body):
        """A Python program that logs its name, process and arguments, then does what is said."""
        path = self.dir / name
        path.write_text(f"#!{sys.executable}\nimport os, sys\n"
                        f"with open({str(self.log)!r}, 'a') as log:\n"
                        f"    print({name!r}, os.getpid(), *sys.argv[1:], file=log, sep='|')\n"
                        f"{body}\n", encoding="utf-8")
        path.chmod(0o755)
        return [str(path)]

    def server(self, name="a", change=""):
        return {name: self.script(name, SERVER.format(change=change))}

    def reporting(self, **changed):
        """A wrk that says so, whatever it is told."""
        said = json.dumps(REPORT | changed)
        return self.script("wrk", f"print('report ' + {said!r})")[0]

    def lines(self):
        return [line.split("|") for line in self.log.read_text(encoding="utf-8").splitlines()]

    def measure(self, commands, rounds=1, quick=False, bench=PLAIN):
        arguments = argparse.Namespace(rounds=rounds, quick=quick, seconds=2, wrk=self.wrk)
        return run_http.measure(bench, commands, self.dir, arguments)

    def assert_wrong(self, change, text):
        with self.assertRaisesRegex(run_net.run.BenchmarkFailed, text):
            self.measure(self.server(change=change))
        self.assertNotIn("wrk", [line[0] for line in self.lines()])

    def test_rounds_are_interleaved_and_each_sample_has_its_own_server(self):
        self.measure(self.server("a") | self.server("b"), rounds=2)
        lines = [line for line in self.lines() if line[0] != "wrk"]
        self.assertEqual([line[0] for line in lines], ["a", "b", "a", "b"])
        self.assertEqual(len({line[1] for line in lines}), 4)

    def test_a_server_is_warmed_up_and_then_measured(self):
        self.measure(self.server())
        server, *loads = self.lines()
        self.assertEqual(server[2:], ["http", "plaintext"])
        self.assertEqual([load[4] for load in loads], ["-d1s", "-d2s"])
        self.assertEqual(loads[0][2:4], ["-t1", "-c4"])
        self.assertRegex(loads[0][-1], r"^http://127\.0\.0\.1:\d+/plaintext$")

    def test_a_warming_that_answered_little_is_done_again_but_not_for_ever(self):
        self.wrk = self.reporting(requests=9)
        self.measure(self.server())
        self.assertEqual([line[4] for line in self.lines()[1:]], ["-d1s"] * 3 + ["-d2s"])

    def test_the_cost_of_a_request_and_the_rest_go_to_json(self):
        (result,), _ = self.measure(self.server())
        found = result.as_json()
        self.assertEqual((found["bench"], found["impl"]), ("plaintext_64", "a"))
        self.assertEqual((found["requests_per_s"], found["p50_us"], found["p99_us"]),
                         (100_000, 40, 90))
        self.assertAlmostEqual(found["cpu_ns"], found["server_busy"] * 10_000, delta=10)
        self.assertGreater(found["client_busy"], 0)

    def test_the_cpu_time_is_that_of_the_servers_process(self):
        clock = run_http.cpu_clock_of(os.getpid())
        before_ns, clock_before_ns = time.process_time_ns(), time.clock_gettime_ns(clock)
        while time.process_time_ns() < before_ns + 20_000_000:
            pass
        self.assertGreaterEqual(time.clock_gettime_ns(clock) - clock_before_ns, 20_000_000)

    def test_a_wrong_status_is_an_error(self):
        self.assert_wrong("STATUS = 500", "the status is 500")

    def test_a_wrong_body_is_an_error(self):
        self.assert_wrong("BODY = b'Hello, Moon!!'", "the body is another one, of 13 bytes")

    def test_a_wrong_type_is_an_error(self):
        self.assert_wrong("TYPE = 'text/html'", "type or date are missing or wrong")

    def test_a_connection_that_is_closed_is_an_error(self):
        self.assert_wrong("PROTOCOL = 'HTTP/1.0'", "the connection was closed")

    def test_a_server_that_knows_every_path_is_an_error_unless_it_is_a_floor(self):
        self.assert_wrong("ANY_PATH = 1", "GET /nowhere: the status is not 404")
        found, _ = self.measure(self.server("floor", "ANY_PATH = 1"))
        self.assertEqual([result.impl for result in found], ["floor"])

    def test_requests_that_failed_are_no_measurement(self):
        for trouble in ({"failed": 1}, {"refused": 1}):
            self.wrk = self.reporting(**trouble)
            with self.assertRaisesRegex(run_net.run.BenchmarkFailed, "the load failed"):
                self.measure(self.server())

    def test_a_load_that_fails_is_an_error_that_shows_what_it_said(self):
        self.wrk = self.script("wrk", "sys.exit('no such host')")[0]
        with self.assertRaisesRegex(run_net.run.BenchmarkFailed, "no such host"):
            self.measure(self.server())

    def test_what_is_no_work_for_a_server_is_tried_once_and_left_out(self):
        found = self.measure({"a": self.script("a", "sys.exit(3)")}, rounds=3)
        self.assertEqual((found, len(self.lines())), (([], []), 1))

    def test_without_wrk_and_in_most_of_a_quick_run_only_answers_are_looked_at(self):
        self.assertEqual(self.measure(self.server(), quick=True), ([], ["a"]))
        self.wrk = None
        self.assertEqual(self.measure(self.server(), rounds=3), ([], ["a"]))
        self.assertEqual([line[0] for line in self.lines()], ["a", "a"])
        self.assert_wrong("STATUS = 500", "the status is 500")


class TableTest(unittest.TestCase):
    def result(self, impl, samples, client_busy=0.5):
        loads = [run_net.Load(1000, 40, 90, client_busy, 0.9) for _ in samples]
        return run_net.NetResult("plaintext_64", impl, "ns", samples, loads=loads)

    def rows(self, patio, nginx=(6500.0,), **more):
        results = [self.result("patio_uring", list(patio), **more),
                   self.result("floor", [5000.0]), self.result("nginx", list(nginx))]
        return run_http.table_of(PLAIN, results)

    def test_ratios_are_to_the_floor_and_to_nginx(self):
        row = self.rows([5500.0])[2]
        self.assertEqual(row.split()[:6],
                         ["patio_uring", "5.50", "5.50", "5.50", "1.10×", "0.85×"])

    def test_both_bars_are_judged(self):
        self.assertIn("≤ 1.12× floor met, ≤ 1× nginx met", self.rows([5500.0])[2])
        self.assertIn("≤ 1.12× floor MISSED, ≤ 1× nginx MISSED", self.rows([7000.0])[2])
        self.assertIn("≤ 1.12× floor met by the minimum", self.rows([5500.0, 6000.0])[2])

    def test_a_row_of_others_has_no_bar(self):
        self.assertNotIn("≤", self.rows([5500.0])[3])

    def test_a_peer_that_is_missing_leaves_its_column_out(self):
        lines = run_http.table_of(PLAIN, [self.result("patio_uring", [5500.0])])
        self.assertNotIn("÷", lines[1])

    def test_a_load_that_has_no_time_left_is_told(self):
        self.assertIn("is the limit of: patio_uring", self.rows([5500.0], client_busy=0.99)[-1])


class SuiteTest(unittest.TestCase):
    def test_every_benchmark_has_its_own_name_and_a_page(self):
        names = [bench.name for bench in suite_http.BENCHES]
        self.assertEqual(len(names), len(set(names)))
        for bench in suite_http.BENCHES:
            self.assertIn(bench.page, suite_http.PAGES)

    def test_every_bar_is_one_of_a_benchmark(self):
        self.assertLessEqual(set(suite_http.BARS), {bench.name for bench in suite_http.BENCHES})

    def test_the_document_has_a_kibibyte(self):
        self.assertEqual(len(suite_http.PAGES["json"][1]), 1024)


if __name__ == "__main__":
    unittest.main()
