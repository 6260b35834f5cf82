#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The echo server on asyncio's streams, on its own loop or on uvloop's.

`asyncio_echo.py [--uvloop] [--protocol] tcp | unix PATH | tls CERTIFICATE KEY`; `--protocol` takes
callbacks instead of streams, which is what uvloop is fastest with.
"""

import asyncio
import platform
import ssl
import sys

BUFFER_BYTES = 32 * 1024
BACKLOG = 4096


async def echo(reader, writer):
    try:
        while data := await reader.read(BUFFER_BYTES):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


class Echo(asyncio.Protocol):
    """The same with callbacks."""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


async def listen(family, arguments, protocol):
    loop = asyncio.get_running_loop()
    start = {
        ("tcp", False): lambda **to: asyncio.start_server(echo, **to),
        ("tcp", True): lambda **to: loop.create_server(Echo, **to),
        ("unix", False): lambda **to: asyncio.start_unix_server(echo, **to),
        ("unix", True): lambda **to: loop.create_unix_server(Echo, **to),
    }
    if family == "unix":
        return await start["unix", protocol](path=arguments[0], backlog=BACKLOG)
    context = None
    if family == "tls":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*arguments)
    return await start["tcp", protocol](host="127.0.0.1", port=0, backlog=BACKLOG, ssl=context)


async def serve(family, arguments, protocol):
    server = await listen(family, arguments, protocol)
    name = server.sockets[0].getsockname()
    print("listening", name if family == "unix" else name[1], flush=True)
    await server.serve_forever()


def main():
    words = sys.argv[1:]
    options = {word for word in words if word in ("--uvloop", "--protocol", "--about")}
    words = [word for word in words if word not in options]
    about = f"{platform.python_implementation()} {platform.python_version()}"
    if "--uvloop" in options:
        import uvloop
        uvloop.install()
        about = f"uvloop {uvloop.__version__}, {about}"
    if "--about" in options:
        print(f"{about}, {'protocol' if '--protocol' in options else 'streams'}")
        return
    if not words or words[0] not in ("tcp", "unix", "tls"):
        sys.exit(3)
    asyncio.run(serve(words[0], words[1:], "--protocol" in options))


if __name__ == "__main__":
    main()
