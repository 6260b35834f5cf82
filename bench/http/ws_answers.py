# SPDX-License-Identifier: MIT
"""Whether a WebSocket server (RFC 6455) echoes as all do."""

import base64
import contextlib
import hashlib
import os
import socket
import struct

from answers import ANSWER_TIMEOUT_S, WrongAnswer

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
LAST = 0x80
NORMAL, NOT_UTF8 = 1000, 1007


class Peer:
    """A client that says what it is told to, right or wrong."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), ANSWER_TIMEOUT_S)
        self.came = self.socket.makefile("rb")
        self.port = port

    def close(self):
        self.came.close()
        self.socket.close()

    def shake_hands(self):
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Key: {key}\r\n"
                            "Sec-WebSocket-Version: 13\r\n\r\n".encode())
        status = self.came.readline()
        fields = {}
        while (line := self.came.readline().strip()):
            name, _, value = line.decode().partition(":")
            fields[name.lower()] = value.strip()
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        wanted = base64.b64encode(digest).decode()
        if (b" 101 " not in status or fields.get("sec-websocket-accept") != wanted
                or fields.get("upgrade", "").lower() != "websocket"
                or fields.get("connection", "").lower() != "upgrade"):
            raise WrongAnswer(f"the handshake is answered by {status!r} {fields}")
        if "sec-websocket-extensions" in fields:
            raise WrongAnswer("an extension is agreed on that nobody has asked for")

    def send(self, first, payload):
        key = os.urandom(4)
        size = len(payload)
        head = bytes([first, LAST | min(size, 126)]) + (struct.pack(">H", size) * (size > 125))
        masked = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(head + key + masked)

    def receive(self):
        """(first byte, payload) of one frame."""
        head = self.came.read(2)
        if len(head) < 2:
            raise WrongAnswer("the connection was closed")
        size = head[1]
        if size > 125:
            size = int.from_bytes(self.came.read(2 if size == 126 else 8), "big")
        return head[0], self.came.read(size)

    def expect(self, first, payload, what):
        found = self.receive()
        if found != (first, payload):
            raise WrongAnswer(f"{what}: the answer begins with {found[0]:#x} and has "
                              f"{len(found[1])} bytes: {found[1][:40]!r}")

    def message(self):
        """(kind, payload) of a message of any number of frames."""
        first, payload = self.receive()
        kind, is_last = first & 15, first & LAST
        while not is_last:
            first, more = self.receive()
            is_last = first & LAST
            payload += more
        return kind, payload


def verify(port, size):
    """Echoes of whole messages and of one in parts, a pong, both ends of a connection."""
    text = ("ä" + "x" * 13) * (size // 15) + "x" * (size % 15)
    with contextlib.closing(Peer(port)) as one, contextlib.closing(Peer(port)) as other:
        one.shake_hands()
        other.shake_hands()
        one.send(LAST | TEXT, text.encode())
        other.send(LAST | BINARY, bytes(range(256)))
        one.expect(LAST | TEXT, text.encode(), f"a text of {size} bytes")
        other.expect(LAST | BINARY, bytes(range(256)), "all bytes")
        one.send(TEXT, "ä".encode()[:1])
        one.send(LAST | CONTINUATION, "ä".encode()[1:])
        if one.message() != (TEXT, "ä".encode()):
            raise WrongAnswer("a text in two parts: the echo is another one")
        one.send(LAST | PING, b"there?")
        one.expect(LAST | PONG, b"there?", "a ping")
        one.send(LAST | CLOSE, struct.pack(">H", NORMAL))
        one.expect(LAST | CLOSE, struct.pack(">H", NORMAL), "a goodbye")
        other.send(LAST | TEXT, b"\xff")
        first, payload = other.receive()
        if first != LAST | CLOSE or payload[:2] != struct.pack(">H", NOT_UTF8):
            raise WrongAnswer(f"a text that is not UTF-8: the answer begins with {first:#x}, "
                              f"{payload!r}")
