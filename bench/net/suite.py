# SPDX-License-Identifier: MIT
"""What the network benchmarks are, and who takes part."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSTRUCTIONS_BAR = 300  # user instructions for an echo
FLOOR_RATIO = 1.05  # how much more CPU time than the better floor Patio allows itself


@dataclass(frozen=True)
class Implementation:
    """How a server, or a program that times itself, is started."""

    words: tuple
    module: str = None  # the Python module that it needs
    is_native: bool = False  # whether callgrind can count its instructions

    @property
    def is_built(self):
        return self.words[0].startswith("bench_")

    def find(self, programs_dir):
        """(command, None), or (None, why there is none)."""
        first = self.words[0]
        if self.is_built:
            program = programs_dir / first
            if not program.exists():
                return None, f"{first} is not built"
            return [str(program), *self.words[1:]], None
        program = shutil.which(first)
        if program is None:
            return None, f"{first} is not installed"
        if self.module and subprocess.run([program, "-c", f"import {self.module}"],
                                          capture_output=True, check=False).returncode != 0:
            return None, f"the Python module {self.module} is not installed"
        return [program, *self.words[1:]], None


def python(*words, place=HERE, **more):
    """Debian's interpreter where there is one: it is the one that finds Debian's uvloop."""
    interpreter = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
    return Implementation((interpreter, str(place / words[0]), *words[1:]), **more)


def node(script, place=HERE):
    return Implementation(("node", str(place / script)))


# In the order of the table.
SERVERS = {
    "patio_uring": Implementation(("bench_net_patio", "--driver=uring"), is_native=True),
    "patio_epoll": Implementation(("bench_net_patio", "--driver=epoll"), is_native=True),
    "floor_uring": Implementation(("bench_net_floor_uring",), is_native=True),
    "floor_epoll": Implementation(("bench_net_floor_epoll",), is_native=True),
    "floor_tls": Implementation(("bench_net_floor_tls",), is_native=True),
    "asio": Implementation(("bench_net_asio",), is_native=True),
    "libuv": Implementation(("bench_net_uv",), is_native=True),
    "go": Implementation(("bench_net_go_echo",)),
    "asyncio": python("asyncio_echo.py"),
    "uvloop": python("asyncio_echo.py", "--uvloop", module="uvloop"),
    "uvloop_protocol": python("asyncio_echo.py", "--uvloop", "--protocol", module="uvloop"),
    "node": node("node_echo.js"),
    "tokio": Implementation(("bench_net_tokio",), is_native=True),
}

# Those that need no load: they time themselves.
PROGRAMS = {
    "patio_uring": Implementation(("bench_net_patio_programs", "--driver=uring")),
    "patio_epoll": Implementation(("bench_net_patio_programs", "--driver=epoll")),
    "floor": Implementation(("bench_net_floor_programs",)),
    "libuv": Implementation(("bench_net_uv_programs",)),
    "go": Implementation(("bench_net_go_programs",)),
    "subprocess": python("asyncio_programs.py", "--plain"),
    "asyncio": python("asyncio_programs.py"),
    "node": node("node_programs.js"),
}


@dataclass(frozen=True)
class Bench:
    """One benchmark: a load on a server, or (`program`) a program that times itself."""

    name: str
    what: str
    work: str
    family: str = ""
    connections: int = 0
    size: int = 0  # bytes of a message
    cpus: int = 1
    bar: float = None  # Patio's CPU time ÷ that of the better floor
    quick: int = 0  # whether a quick run has it; the count for a program

    def needs_load(self):
        return self.work != "program"


def echo_benches():
    loads = {"64x64": (64, 64, "64 connections, 64 B"),
             "1024x64": (1024, 64, "1024 connections, 64 B"),
             "64x16k": (64, 16384, "64 connections, 16 KiB")}
    families = {"tcp": "TCP", "unix": "Unix sockets", "tls": "TLS over TCP"}
    for family, long_name in families.items():
        for label, (connections, size, what) in loads.items():
            for cpus in (1, 2):
                if family == "tls" and (cpus == 2 or label == "1024x64"):
                    continue
                where = "on one CPU" if cpus == 1 else "server and load on a CPU each"
                yield Bench(f"echo_{family}_{label}_{cpus}cpu", f"echo over {long_name}, {what}, "
                            + where, "echo", family, connections, size, cpus,
                            None if family == "tls" else FLOOR_RATIO,
                            int(label == "64x64" and cpus == 1))


def accept_benches():
    for family in ("tcp", "unix"):
        yield Bench(f"accept_{family}_1cpu", "connect, one echo of 64 B, close; 16 at a time, "
                    "on one CPU, for each connection", "connect", family, 16, 64, 1,
                    FLOOR_RATIO, int(family == "tcp"))


def program_benches():
    yield Bench("spawn_process", "start /bin/true and wait for its end; CPU time of both",
                "program", quick=3)
    for place in ("cached", "direct"):
        for depth in (1, 32):
            yield Bench(f"file_{place}_qd{depth}", f"read 4 KiB of a file at random, {place}, "
                        f"{depth} at a time", "program", bar=FLOOR_RATIO,
                        quick=64 if depth > 1 else 0)


BENCHES = [*echo_benches(), *accept_benches(), *program_benches()]


# --- instructions


CALLGRIND_REQUESTS = (2000, 6000)


def instruction_counts(bench, commands, sample, place):
    """User instructions for a request, by callgrind: the difference of two runs is the requests'.

    A hardware counter would do, but virtual machines often have none; a simulated processor counts
    the same ones, and gives the same number every time.
    """
    if shutil.which("valgrind") is None:
        return {}
    counts = {}
    for impl, words in commands.items():
        if not SERVERS[impl].is_native:
            continue
        found = [instructions_of(bench, words, requests, sample, place)
                 for requests in CALLGRIND_REQUESTS]
        if None not in found:
            requests = found[1][1] - found[0][1]
            counts[impl] = (found[1][0] - found[0][0]) / requests
    return counts


def instructions_of(bench, words, requests, sample, place):
    """(instructions, requests) of a whole run of the server, or None if callgrind cannot run it."""
    written = place / "callgrind"
    written.unlink(missing_ok=True)
    traced = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={written}", *words]
    try:
        load = sample(bench, traced, {"warm_s": 0, "seconds": 30, "requests": requests})
    except Exception:  # what valgrind does not know ends the server in many ways
        return None
    if load is None or not written.exists():
        return None
    total = re.search(r"^(?:totals|summary): (\d+)", written.read_text(), re.MULTILINE)
    return (int(total[1]), load["requests"]) if total else None
