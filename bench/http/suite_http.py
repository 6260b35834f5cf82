# SPDX-License-Identifier: MIT
"""What the HTTP benchmarks are, and who takes part."""

import json
import shutil
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


@dataclass(frozen=True)
class Nginx(Implementation):
    """A script that becomes nginx, which is not in everybody's path."""

    def find(self, programs_dir):
        if not shutil.which("nginx") and not shutil.which("nginx", path="/usr/sbin"):
            return None, "nginx is not installed"
        return super().find(programs_dir)


# In the order of the table. The floors answer without reading what is asked for.
SERVERS = {
    "patio_uring": Implementation(("bench_http_patio", "--driver=uring"), is_native=True),
    "patio_epoll": Implementation(("bench_http_patio", "--driver=epoll"), is_native=True),
    "floor": Implementation(("bench_http_floor",), is_native=True),
    "floor_tls": Implementation(("bench_http_floor_tls",), is_native=True),
    "nginx": Nginx(suite.python("nginx_http.py", place=HERE).words),
    "beast": Implementation(("bench_http_beast",), is_native=True),
    "go": Implementation(("bench_http_go",)),
    "node": suite.node("node_http.js", place=HERE),
}


@dataclass(frozen=True)
class Bench:
    """One benchmark: a page that wrk asks for over so many connections."""

    name: str
    what: str
    page: str
    connections: int = 64
    scheme: str = "http"
    quick: bool = False  # whether a quick run puts load on it

    @property
    def bars(self):
        """Patio's CPU time ÷ that of the floor, and of nginx, in the same run."""
        return BARS.get(self.name, {})

    def words(self, place):
        """What a server is told."""
        files = [str(place / "file")] if self.page == "file" else []
        if self.scheme == "https":
            files = [str(place / "certificate"), str(place / "key")]
        return [self.scheme, self.page, *files]


BENCHES = [
    Bench("plaintext_64", "13 bytes, 64 connections", "plaintext", quick=True),
    Bench("plaintext_1024", "13 bytes, 1024 connections", "plaintext", 1024),
    Bench("json_64", "a document of 1 KiB, 64 connections", "json"),
    Bench("file_64", "a file of 1 MiB, 64 connections", "file"),
    Bench("tls_plaintext_64", "13 bytes over TLS, 64 connections", "plaintext", scheme="https"),
]
