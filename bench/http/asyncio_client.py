#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An HTTP client on asyncio's streams: `asyncio_client.py URL REQUESTS CONNECTIONS`.

It knows what the answers of the benchmark need: fields in any order and case, a length, a
connection that is closed or kept. No chunks, no redirects, no cookies.
"""

import asyncio
import platform
import sys
from urllib.parse import urlsplit

PLAINTEXT = b"Hello, World!"


class Connection:
    def __init__(self, url):
        parts = urlsplit(url)
        self.host, self.port = parts.hostname, parts.port or 80
        self.request = (f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                        "Accept: */*\r\n\r\n").encode()
        self.reader = self.writer = None

    async def get(self):
        """(status, body)"""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        self.writer.write(self.request)
        await self.writer.drain()
        status, fields = parse(await self.reader.readuntil(b"\r\n\r\n"))
        body = await self.reader.readexactly(int(fields[b"content-length"]))
        if fields.get(b"connection", b"").lower() == b"close":
            self.close()
        return status, body

    def close(self):
        if self.writer is not None:
            self.writer.close()
            self.writer = None


def parse(head):
    """(status, fields) of a response's head."""
    first, *lines = head[:-4].split(b"\r\n")
    version, status = first.split(b" ", 2)[:2]
    if version != b"HTTP/1.1":
        raise ValueError(f"a response of {version!r}")
    fields = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            raise ValueError(f"no field: {line!r}")
        fields[name.lower()] = value.strip()
    if b"transfer-encoding" in fields or b"content-length" not in fields:
        raise ValueError("the response has no length")
    return int(status), fields


async def ask(url, requests):
    """Asks as long as requests are left, which all askers share."""
    connection = Connection(url)
    for _ in requests:
        if (answer := await connection.get()) != (200, PLAINTEXT):
            raise ValueError(f"the answer is another one: {answer}")
    connection.close()


async def main(url, requests, connections):
    left = iter(range(requests))
    await asyncio.gather(*(ask(url, left) for _ in range(connections)))
    print("answers", requests)


if __name__ == "__main__":
    if sys.argv[1:] == ["--about"]:
        print(f"CPython {platform.python_version()}, asyncio's streams")
    else:
        asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
