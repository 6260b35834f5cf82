#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the runner of the HTTP benchmarks, with servers and clients in Python, and scripts as
wrk and as the load generator of WebSockets."""

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
import time
import unittest
from pathlib import Path

import asking
import echoing
import load_wrk
import memory
import run_http
import run_net
import serving
import suite_http
import table_http

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


class ScriptsTest(unittest.TestCase):
    """What the tests of all kinds need: a place, and programs that say how they were run."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.dir = Path(holder.name)
        self.log = self.dir / "log"
        self.log.touch()
        (self.dir / "file").write_bytes(b"bytes")

    def script(self, name, body):
        """A Python program that logs its name, process and arguments, then does what is said."""
        path = self.dir / name
        path.write_text(f"#!{sys.executable}\nimport os, sys\n"
                        f"with open({str(self.log)!r}, 'a') as log:\n"
                        f"    print({name!r}, os.getpid(), *sys.argv[1:], file=log, sep='|')\n"
                        f"{body}\n", encoding="utf-8")
        path.chmod(0o755)
        return [str(path)]

    def lines(self):
        return [line.split("|") for line in self.log.read_text(encoding="utf-8").splitlines()]

    def started(self):
        return [line[0] for line in self.lines()]

    def assert_fails(self, text, function, *words, **more):
        with self.assertRaisesRegex(run_net.run.BenchmarkFailed, text):
            function(*words, **more)

    def server(self, name="a", change=""):
        return {name: self.script(name, SERVER.format(change=change))}

    def reporting(self, **changed):
        """A wrk that says so, whatever it is told."""
        said = json.dumps(REPORT | changed)
        return self.script("wrk", f"print('report ' + {said!r})")[0]


class RunnerTest(ScriptsTest):
    def setUp(self):
        super().setUp()
        self.wrk = self.reporting()

    def measure(self, commands, rounds=1, quick=False, bench=PLAIN):
        arguments = argparse.Namespace(rounds=rounds, quick=quick, seconds=2, wrk=self.wrk)
        return serving.measure(bench, commands, self.dir, arguments)

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
        clock = load_wrk.cpu_clock_of(os.getpid())
        clock_before_ns = time.clock_gettime_ns(clock)  # first: what is measured lies in between
        before_ns = time.process_time_ns()
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


# What a test changes of a server that would be right comes first. It echoes frame by frame, like
# the floor.
WS_SERVER = """
import base64, codecs, hashlib, socketserver
{change}
class Peer(socketserver.StreamRequestHandler):
    def handle(self):
        fields = dict(iter(lambda: self.rfile.readline().strip().partition(b": ")[::2], (b"", b"")))
        key = fields[b"Sec-WebSocket-Key"] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        key = globals().get("KEY") or base64.b64encode(hashlib.sha1(key).digest())
        self.wfile.write(b"HTTP/1.1 101 Go on\\r\\nUpgrade: websocket\\r\\n"
                         b"Connection: Upgrade\\r\\nSec-WebSocket-Accept: " + key + b"\\r\\n"
                         + EXTENSION + b"\\r\\n")
        while self.answer(*self.frame()): pass
    def frame(self):
        head = self.rfile.read(2)
        size = head[1] & 127
        if size == 126: size = int.from_bytes(self.rfile.read(2), "big")
        mask = self.rfile.read(4)
        return head[0], bytes(b ^ mask[i % 4] for i, b in enumerate(self.rfile.read(size)))
    def answer(self, first, payload):
        if first & 15 == 1: self.decoder = codecs.getincrementaldecoder("utf-8")()
        try: first & 15 < 2 and CHECKS and self.decoder.decode(payload, first > 127)
        except UnicodeDecodeError: first, payload = 136, b"\\x03\\xef"
        first, payload = CHANGED(138 if first == 137 else first, payload)
        size = len(payload)
        head = bytes([first, size]) if size < 126 else bytes([first, 126, size >> 8, size & 255])
        self.wfile.write(head + payload)
        return first != 136
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
server = Server(("127.0.0.1", 0), Peer)
print("listening", server.server_address[1], flush=True)
server.serve_forever()
"""
RIGHT = "EXTENSION = b''; CHECKS = True; CHANGED = lambda first, payload: (first, payload)"
ECHO = suite_http.Echo("ws_echo", "echo", 300, 4)
ECHO_REPORT = {"requests": 5000, "wall_ns": 50_000_000, "server_cpu_ns": 30_000_000,
               "client_cpu_ns": 20_000_000, "p50_ns": 40_000, "p99_ns": 90_000}


class EchoTest(ScriptsTest):
    def setUp(self):
        super().setUp()
        self.load = self.script("load", f"print({json.dumps(ECHO_REPORT)!r})")[0]

    def server(self, name="a", change=""):
        return {name: self.script(name, WS_SERVER.format(change=f"{RIGHT}\n{change}"))}

    def measure(self, commands, rounds=1, quick=False):
        arguments = argparse.Namespace(rounds=rounds, quick=quick, seconds=2, load=self.load)
        return echoing.measure(ECHO, commands, self.dir, arguments)

    def assert_wrong(self, change, text):
        self.assert_fails(text, self.measure, self.server(change=change))
        self.assertNotIn("load", self.started())

    def test_a_server_is_loaded_after_its_echoes_were_right(self):
        (result,), verified = self.measure(self.server())
        server, load = self.lines()
        self.assertEqual(server[2:], ["ws"])
        self.assertRegex("|".join(load[2:]),
                         rf"^echo\|ws:\d+\|{server[1]}\|connections=4\|size=300\|")
        self.assertIn("seconds=2", load)
        self.assertEqual((result.as_json()["cpu_ns"], result.as_json()["requests_per_s"]),
                         (6000, 100_000))
        self.assertEqual(verified, [])

    def test_rounds_are_interleaved(self):
        self.measure(self.server("a") | self.server("b"), rounds=2)
        self.assertEqual([name for name in self.started() if name != "load"], ["a", "b", "a", "b"])

    def test_a_quick_run_is_short(self):
        self.measure(self.server(), quick=True)
        self.assertIn("seconds=0.02", self.lines()[-1])

    def test_what_is_no_work_for_a_server_is_left_out(self):
        self.assertEqual(self.measure({"a": self.script("a", "sys.exit(3)")}, rounds=2), ([], []))

    def test_a_wrong_handshake_is_an_error(self):
        self.assert_wrong("KEY = b'x'", "the handshake is answered by")

    def test_an_extension_that_nobody_asked_for_is_an_error(self):
        self.assert_wrong("EXTENSION = b'Sec-WebSocket-Extensions: permessage-deflate\\r\\n'",
                          "an extension is agreed on")

    def test_another_echo_is_an_error(self):
        self.assert_wrong("CHANGED = lambda first, payload: (first, payload.replace(b'x', b'y'))",
                          "a text of 300 bytes: the answer begins with 0x81")

    def test_an_echo_of_another_kind_is_an_error(self):
        self.assert_wrong("CHANGED = lambda first, payload: (129 if first == 130 else first, "
                          "payload)", "all bytes: the answer begins with 0x81")

    def test_who_does_not_answer_a_ping_is_in_error(self):
        self.assert_wrong("CHANGED = lambda first, payload: (137 if first == 138 else first, "
                          "payload)", "a ping: the answer begins with 0x89")

    def test_who_does_not_look_whether_text_is_utf8_is_in_error(self):
        self.assert_wrong("CHECKS = False", "a text that is not UTF-8")


# It keeps a connection for each of those that it was told to open, and looks at each answer.
CLIENT = """
import http.client, urllib.parse
url, requests, connections = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
parts = urllib.parse.urlsplit(url)
kept = [http.client.HTTPConnection(parts.netloc) for _ in range(connections)]
for i in range(requests {change}):
    kept[i % connections].request("GET", parts.path)
    body = kept[i % connections].getresponse().read()
    if body != b"Hello, World!": sys.exit(f"another page: {{body}}")
print("answers", requests)
"""
# It counts as nginx does.
COUNTING = """
import threading
threads = http.server.ThreadingHTTPServer
class Counting(Site):
    connections = requests = 0
    def setup(self):
        Counting.connections += 1
        super().setup()
    def do_GET(self):
        Counting.requests += 1
        if self.path != "/status": return super().do_GET()
        body = f" {Counting.connections} {Counting.connections} {Counting.requests} \\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", len(body))
        self.end_headers()
        self.wfile.write(body)
server = threads(("127.0.0.1", 0), Counting)
print("listening", server.server_port, flush=True)
server.serve_forever()
"""
ASKING = suite_http.Asking("client", "requests", 30, 2)


class AskingTest(ScriptsTest):
    def client(self, name="a", change=""):
        return {name: self.script(name, CLIENT.format(change=change))}

    def measure(self, commands, rounds=1, quick=False, server_change=""):
        serving_once = SERVER.format(change=server_change)
        body = serving_once[:serving_once.index("server = ")] + COUNTING
        arguments = argparse.Namespace(rounds=rounds, quick=quick)
        return asking.measure(ASKING, commands, self.dir, arguments, self.script("server", body))

    def test_the_work_is_the_difference_of_two_runs(self):
        (result,), _ = self.measure(self.client())
        checked, *sampled = [line[3:] for line in self.lines()[1:]]
        self.assertEqual(checked, ["32", "2"])
        self.assertEqual(sampled, [["32", "2"], ["2", "2"]])
        self.assertEqual(result.as_json()["connections"], 2)

    def test_one_server_serves_interleaved_rounds(self):
        self.measure(self.client("a") | self.client("b"), rounds=2)
        self.assertEqual(self.started(), ["server", "a", "b"] + ["a", "a", "b", "b"] * 2)

    def test_the_cost_is_that_of_the_client(self):
        spent = asking.Spent(3e6, 1.5e6, 30e6) - asking.Spent(2.7e6, 0.9e6, 27e6)
        result = asking.ClientResult("client", "a", "ns")
        asking.add_sample(result, ASKING, spent)
        found = result.as_json()
        self.assertAlmostEqual(found["cpu_ns"], 10_000)
        self.assertEqual((found["requests_per_s"], found["client_busy"], found["server_busy"]),
                         (10_000, 0.1, 0.2))

    def test_a_client_that_asks_less_than_it_says_is_an_error(self):
        self.assert_fails("the server has seen 31 requests, not 32", self.measure,
                          self.client(change="- 1"))

    def test_a_client_that_fails_is_an_error_that_shows_what_it_said(self):
        self.assert_fails("no such host", self.measure,
                          {"a": self.script("a", "sys.exit('no such host')")})

    def test_a_client_that_says_nothing_is_an_error(self):
        self.assert_fails("status 0", self.measure, {"a": self.script("a", "")})

    def test_a_server_that_answers_wrongly_is_an_error_before_any_client_runs(self):
        self.assert_fails("the body is another one", self.measure, self.client(),
                          server_change="BODY = b'Hello, Moon!!'")
        self.assertEqual(self.started(), ["server"])

    def test_more_connections_than_wanted_are_told(self):
        (result,), _ = self.measure(self.client())
        self.assertNotIn("connections", asking.table_of(ASKING, [result])[-1])
        result.connections = 5
        self.assertEqual(asking.table_of(ASKING, [result])[-1], "  a has opened 5 connections")

    def test_a_quick_run_asks_little_and_takes_nothing_off(self):
        self.measure(self.client(), quick=True)
        self.assertEqual([line[3:] for line in self.lines()[1:]], [["22", "2"]] * 2)

    def test_a_client_that_waits_for_its_server_is_told(self):
        busy = run_net.Load(1000, client_busy=0.5, server_busy=0.99)
        result = asking.ClientResult("client", "a", "ns", [5.0], loads=[busy])
        self.assertIn("the server, not the client, is the limit of: a",
                      asking.table_of(ASKING, [result])[-1])


MEMORY = suite_http.Memory("memory", "memory", "plaintext", 4, requests_first=9000,
                           requests_more=20_000)


class MemoryTest(ScriptsTest):
    def measure(self, quick=False, change="", **changed):
        arguments = argparse.Namespace(quick=quick, wrk=self.reporting(**changed))
        return memory.measure(MEMORY, self.server(change=change), self.dir, arguments)

    def test_a_server_is_looked_at_twice_after_enough_requests(self):
        (result,), _ = self.measure()
        found = result.as_json()
        self.assertEqual((found["requests_first"], found["requests_last"]), (10_000, 30_000))
        self.assertEqual(self.started(), ["a"] + ["wrk"] * 6)
        self.assertEqual(found["cpu_ns"],
                         found["resident_bytes_last"] - found["resident_bytes_first"])
        self.assertEqual(found["unit"], "bytes")

    def test_the_resident_memory_is_that_of_the_process(self):
        before = memory.resident_bytes(os.getpid())
        held = b"x" * (16 << 20)
        self.assertGreater(memory.resident_bytes(os.getpid()) - before, len(held) // 2)

    def test_a_quick_run_has_two_loads(self):
        self.measure(quick=True)
        self.assertEqual(self.started(), ["a", "wrk", "wrk"])

    def test_a_server_that_does_not_get_there_is_an_error(self):
        self.addCleanup(setattr, memory, "LOADS_MAX", memory.LOADS_MAX)
        memory.LOADS_MAX = 2
        self.assert_fails("20 requests in 2 s", self.measure, requests=10)

    def test_a_wrong_answer_is_an_error(self):
        self.assert_fails("the status is 500", self.measure, change="STATUS = 500")

    def test_growth_is_in_the_table(self):
        result = memory.MemoryResult("memory", "a", "bytes", [2048], [], (9000, 4 << 20),
                                     (29_000, (4 << 20) + 2048))
        self.assertEqual(memory.table_of(MEMORY, [result])[-1].split(),
                         ["a", "9,000", "4,096", "29,000", "4,098", "+2"])


class TableTest(unittest.TestCase):
    def result(self, impl, samples, client_busy=0.5):
        loads = [run_net.Load(1000, 40, 90, client_busy, 0.9) for _ in samples]
        return run_net.NetResult("plaintext_64", impl, "ns", samples, loads=loads)

    def rows(self, patio, nginx=(6500.0,), **more):
        results = [self.result("patio_uring", list(patio), **more),
                   self.result("floor", [5000.0]), self.result("nginx", list(nginx))]
        return table_http.table_of(PLAIN, results)

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
        lines = table_http.table_of(PLAIN, [self.result("patio_uring", [5500.0])])
        self.assertNotIn("÷", lines[1])

    def test_a_load_that_has_no_time_left_is_told(self):
        self.assertIn("is the limit of: patio_uring", self.rows([5500.0], client_busy=0.99)[-1])


class SuiteTest(unittest.TestCase):
    def names(self):
        return [bench.name for kind in run_http.KINDS for bench in kind.benches]

    def test_whom_a_benchmark_is_compared_with_takes_part_in_it(self):
        for kind in run_http.KINDS:
            for bench in kind.benches:
                if kind.how is not memory:
                    self.assertLessEqual(set(bench.references), set(kind.implementations))

    def test_what_cannot_run_is_left_out_with_the_reason(self):
        arguments = argparse.Namespace(load=Path("/nowhere/load"), wrk=None)
        with contextlib.redirect_stdout(io.StringIO()) as said:
            for bench in (suite_http.BENCHES[-1], suite_http.ECHOES[0], suite_http.MEMORIES[0]):
                self.assertFalse(run_http.can_run(bench, arguments, False))
        for reason in ("openssl(1) is missing", "load is not built", "wrk is not installed"):
            self.assertIn(reason, said.getvalue())
        self.assertTrue(run_http.can_run(suite_http.BENCHES[0], arguments, False))

    def test_every_benchmark_has_its_own_name(self):
        names = self.names()
        self.assertEqual(len(names), len(set(names)))

    def test_every_page_that_is_asked_for_is_known(self):
        for bench in suite_http.BENCHES:
            self.assertIn(bench.page, suite_http.PAGES)

    def test_every_bar_is_one_of_a_benchmark(self):
        self.assertLessEqual(set(suite_http.BARS), set(self.names()))

    def test_the_document_has_a_kibibyte(self):
        self.assertEqual(len(suite_http.PAGES["json"][1]), 1024)


if __name__ == "__main__":
    unittest.main()
