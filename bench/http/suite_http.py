# SPDX-License-Identifier: MIT
"""What the HTTP benchmarks are, and who takes part."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "net"))

import suite  # noqa: E402

from suite import Implementation  # noqa: E402

FILE_BYTES = 1 << 20
# What a page answers: the beginning of its type, and its bytes. The file is made for each run.
PAGES = {
    "plaintext": ("text/plain", b"Hello, World!"),
    "json": ("application/json", b'{"message":"' + b"x" * 1010 + b'"}'),
    "file": ("application/octet-stream", None),
}

BARS = json.loads((HERE.parent / "bars.json").read_text(encoding="utf-8"))["http"]


# --- who takes part


@dataclass(frozen=True)
class Through(Implementation):
    """A script that runs another program, which need not be in everybody's path."""

    program: str = ""

    def find(self, programs_dir):
        if not shutil.which(self.program) and not shutil.which(self.program, path="/usr/sbin"):
            return None, f"{self.program} is not installed"
        return super().find(programs_dir)


@dataclass(frozen=True)
class WithPackage(Implementation):
    """A script for Node with a package of Debian's, which a Node that is not Debian's would not
    find."""

    package: str = ""

    def find(self, programs_dir):
        words, problem = super().find(programs_dir)
        if words and subprocess.run([*words, "--about"], capture_output=True,
                                    check=False).returncode != 0:
            return None, f"Node, or its package {self.package}, is not installed"
        return words, problem


def node_with(package, *words):
    places = ":".join(filter(None, (os.environ.get("NODE_PATH"), "/usr/share/nodejs")))
    return WithPackage(("env", f"NODE_PATH={places}", "node", str(HERE / words[0]), *words[1:]),
                       package=package)


def script(name):
    return suite.python(name, place=HERE).words


# In the order of the tables. The floors answer without reading what is asked for.
SERVERS = {
    "patio_uring": Implementation(("bench_http_patio", "--driver=uring"), is_native=True),
    "patio_epoll": Implementation(("bench_http_patio", "--driver=epoll"), is_native=True),
    "floor": Implementation(("bench_http_floor",), is_native=True),
    "floor_tls": Implementation(("bench_http_floor_tls",), is_native=True),
    "nginx": Through(script("nginx_http.py"), program="nginx"),
    "beast": Implementation(("bench_http_beast",), is_native=True),
    "go": Implementation(("bench_http_go",)),
    "node": suite.node("node_http.js", place=HERE),
}

WS_SERVERS = {
    "patio_uring": Implementation(("bench_http_patio_ws", "--driver=uring"), is_native=True),
    "patio_epoll": Implementation(("bench_http_patio_ws", "--driver=epoll"), is_native=True),
    "floor": Implementation(("bench_http_floor_ws",), is_native=True),
    "beast": Implementation(("bench_http_beast_ws",), is_native=True),
    "go": Implementation(("bench_http_go_ws",)),
    "node": node_with("ws", "node_ws.js"),
}

CLIENTS = {
    "patio_uring": Implementation(("bench_http_patio_client", "--driver=uring"), is_native=True),
    "patio_epoll": Implementation(("bench_http_patio_client", "--driver=epoll"), is_native=True),
    "curl": Through(script("curl_client.py"), program="curl"),
    "go": Implementation(("bench_http_go_client",)),
    "asyncio": suite.python("asyncio_client.py", place=HERE),
    "node_fetch": suite.node("node_client.js", place=HERE),
    "node_undici": node_with("undici", "node_client.js", "--undici"),
}

MEASURED_FOR_MEMORY = {name: how for name, how in SERVERS.items() if name.startswith("patio")}


# --- what is measured


@dataclass(frozen=True)
class Bench:
    """A page that wrk asks a server for over so many connections."""

    name: str
    what: str
    page: str
    connections: int = 64
    scheme: str = "http"
    quick: bool = False  # whether a quick run puts load on it
    references: tuple = ("floor", "nginx")  # whom all are compared with
    measured: str = "server"

    @property
    def bars(self):
        """Patio's CPU time ÷ that of its references, in the same run."""
        return BARS.get(self.name, {})

    def words(self, place):
        """What a server is told."""
        files = [str(place / "file")] if self.page == "file" else []
        if self.scheme == "https":
            files = [str(place / "certificate"), str(place / "key")]
        return [self.scheme, self.page, *files]


@dataclass(frozen=True)
class Echo:
    """Messages that a WebSocket server sends back."""

    name: str
    what: str
    size: int  # bytes of a message
    connections: int = 64
    references: tuple = ("floor", "beast")
    measured: str = "server"
    scheme: str = "ws"
    family: str = "ws"  # what the load generator calls it
    work: str = "echo"

    @property
    def bars(self):
        return BARS.get(self.name, {})


@dataclass(frozen=True)
class Asking:
    """Requests that a client sends, one after the other on each of its connections."""

    name: str
    what: str
    requests: int
    connections: int = 64
    references: tuple = ("curl", "go")
    measured: str = "client"
    scheme: str = "http"

    @property
    def bars(self):
        return BARS.get(self.name, {})

    def quickly(self):
        return dataclasses.replace(self, requests=10 * self.connections)


@dataclass(frozen=True)
class Memory(Bench):
    """How the memory of a server grows after its first requests."""

    requests_first: int = 100_000
    requests_more: int = 1_000_000

    def quickly(self):
        return dataclasses.replace(self, requests_first=1, requests_more=1)


BENCHES = [
    Bench("plaintext_64", "13 bytes, 64 connections", "plaintext", quick=True),
    Bench("plaintext_1024", "13 bytes, 1024 connections", "plaintext", 1024),
    Bench("json_64", "a document of 1 KiB, 64 connections", "json"),
    Bench("file_64", "a file of 1 MiB, 64 connections", "file"),
    Bench("tls_plaintext_64", "13 bytes over TLS, 64 connections", "plaintext", scheme="https"),
]
ECHOES = [
    Echo("ws_echo_64x32", "WebSocket echo of 32 B, 64 connections", 32),
    Echo("ws_echo_64x16k", "WebSocket echo of 16 KiB, 64 connections", 16384),
]
ASKINGS = [Asking("client_64", "10,000 requests for 13 bytes, 64 connections", 10_000)]
MEMORIES = [Memory("memory_1m", "resident memory of the server over a million requests more",
                   "plaintext")]
