# SPDX-License-Identifier: MIT
"""Whether an HTTP server answers what all answer."""

import contextlib
import http.client
import ssl
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import run  # noqa: E402

from suite_http import PAGES  # noqa: E402

ANSWER_TIMEOUT_S = 10


class WrongAnswer(run.BenchmarkFailed):
    """A server answers something else than the others."""


def ask(connection, path):
    """(status, fields, body) of one answer."""
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise WrongAnswer(f"GET {path}: {error!r}") from error


def connect(address):
    scheme, port = address.split(":")
    if scheme == "http":
        return http.client.HTTPConnection("127.0.0.1", int(port), timeout=ANSWER_TIMEOUT_S)
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", int(port), timeout=ANSWER_TIMEOUT_S,
                                       context=unverified)


def verify(server, page, file_bytes, reads_requests):
    """Fails unless a server's answers are right."""
    try:
        verify_at(server.address, page, file_bytes, reads_requests)
    except WrongAnswer as error:
        raise run.BenchmarkFailed(f"{server.what()}: {error}\n{server.stderr()}") from error


def verify_at(address, page, file_bytes, reads_requests):
    """Asks twice over one connection; whoever reads requests does not know another path."""
    kind, body = PAGES[page]
    body = file_bytes if body is None else body
    with contextlib.closing(connect(address)) as connection:
        for _ in range(2):
            status, fields, said = ask(connection, f"/{page}")
            if status != 200:
                raise WrongAnswer(f"GET /{page}: the status is {status}")
            if fields["Content-Length"] != str(len(body)) or said != body:
                raise WrongAnswer(f"GET /{page}: the body is another one, of {len(said)} bytes, "
                                  f"with the length {fields['Content-Length']}")
            if not (fields["Content-Type"] or "").startswith(kind) or not fields["Date"]:
                raise WrongAnswer(f"GET /{page}: type or date are missing or wrong\n{fields}")
            if connection.sock is None:
                raise WrongAnswer(f"GET /{page}: the connection was closed")
        if reads_requests and ask(connection, "/nowhere")[0] != 404:
            raise WrongAnswer("GET /nowhere: the status is not 404")
