# SPDX-License-Identifier: MIT
"""The load on the HTTP servers, which is wrk, and what it costs both sides."""

import ctypes
import json
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "net")]

import run  # noqa: E402
import run_net  # noqa: E402

LOAD_TIMEOUT_S = 60
# What a browser would not do without; the Host is wrk's.
FIELDS = ("Accept: text/html,application/json;q=0.9,*/*;q=0.8", "Connection: keep-alive")


def cpu_clock_of(pid):
    """The clock of the CPU time of a process, all its threads: clock_getcpuclockid(3)."""
    clock = ctypes.c_int()
    failed = ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock))
    if failed:
        raise run.BenchmarkFailed(f"process {pid} has no clock: {os.strerror(failed)}")
    return clock.value


def put_load(wrk, server, bench, cpu, seconds):
    """Runs wrk to its end; returns what it reported, with the CPU time of both."""
    command = [wrk, "-t1", f"-c{bench.connections}", f"-d{seconds}s", "--timeout",
               f"{LOAD_TIMEOUT_S}s", "-s", str(HERE / "report.lua")]
    for field in FIELDS:
        command += ["-H", field]
    command.append(f"{server.address.replace(':', '://127.0.0.1:')}/{bench.page}")
    clock = cpu_clock_of(server.process.pid)
    client_before = resource.getrusage(resource.RUSAGE_CHILDREN)
    server_before_ns = time.clock_gettime_ns(clock)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              timeout=seconds + LOAD_TIMEOUT_S, preexec_fn=run_net.confined_to(cpu))
    except subprocess.TimeoutExpired as error:
        raise run.BenchmarkFailed(f"{server.what()}: the load took too long") from error
    if server.process.poll() is not None:
        raise run.BenchmarkFailed(f"{server.what()}: status {server.process.poll()}\n"
                                  f"{server.stderr()}")
    server_ns = time.clock_gettime_ns(clock) - server_before_ns
    client = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = report_of(server, done)
    found["server_cpu_ns"] = server_ns
    found["client_cpu_ns"] = 1e9 * (client.ru_utime + client.ru_stime - client_before.ru_utime
                                    - client_before.ru_stime)
    return found


def report_of(server, done):
    """The line that `report.lua` has wrk end with; no request may have failed."""
    line = re.search(r"^report (\{.*\})$", done.stdout, re.MULTILINE)
    found = json.loads(line[1]) if line else None
    if found is None or done.returncode != 0 or found["failed"] or found["refused"]:
        raise run.BenchmarkFailed(f"{server.what()}: the load failed, status {done.returncode}\n"
                                  f"{done.stdout}{done.stderr}{server.stderr()}")
    return found
