"""Clients that hold as many connections as they can and send next to nothing.

    python -m tests.support.slow_clients PORT --from 127.0.0.2,127.0.0.3 --bodies 500 \
        --heads 500 --idle 5000 --sockets 500 --token TOKEN,TOKEN

Opens the connections, prints "attacking", and goes on until its standard input closes:
connections that the server closes are opened again, as an attacker would.
"""

import argparse
import base64
import os
import selectors
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle

from webapp.server.open_files import raise_open_files_limit

TRICKLE_S = 1.0
OPENED_AT_ONCE = 200
"""So that the listening socket's queue does not overflow: that would slow any client."""


@dataclass
class SlowClient:
    """One connection: what it sends at once, and then byte by byte."""

    opening: bytes
    trickle: bytes = b""
    stream: socket.socket | None = None


def build_clients(options: argparse.Namespace) -> list[SlowClient]:
    head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: shop\r\n"
    json = b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    tokens = cycle(options.token.split(","))
    return [
        *(SlowClient(head + json, b" ") for _ in range(options.bodies)),
        *(SlowClient(head + b"X-Slow: ", b"a") for _ in range(options.heads)),
        *(SlowClient(b"") for _ in range(options.idle)),
        *(SlowClient(_handshake(next(tokens))) for _ in range(options.sockets)),
    ]


def _handshake(token: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        "GET /ws/chat HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\n"
        f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        f"Sec-WebSocket-Protocol: ecom67.v1, bearer.{token}\r\n\r\n"
    ).encode()


class Attack:
    def __init__(
        self, port: int, sources: list[str], clients: list[SlowClient]
    ) -> None:
        self._target = ("127.0.0.1", port)
        self._sources = cycle(sources)
        self._clients = clients
        self._selector = selectors.DefaultSelector()
        self.opened = 0
        """Connections in all, those that were opened again included."""

    def run(self, is_over: Callable[[], bool]) -> None:
        to_open = deque(self._clients)
        while to_open and not is_over():
            self._open_some(to_open)
        say("attacking")
        while not is_over():
            to_open = deque(each for each in self._clients if each.stream is None)
            self._open_some(to_open)
            self._trickle()
            self._read_for(TRICKLE_S)

    def _open_some(self, to_open: deque[SlowClient]) -> None:
        for _ in range(min(OPENED_AT_ONCE, len(to_open))):
            self._open(to_open.popleft())
        self._read_for(0.1)

    def _read_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                self._read(key.data)

    @property
    def held(self) -> int:
        return sum(client.stream is not None for client in self._clients)

    def _open(self, client: SlowClient) -> None:
        stream = socket.socket()
        try:
            stream.setsockopt(socket.SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            stream.bind((next(self._sources), 0))
            stream.settimeout(5)
            stream.connect(self._target)
            stream.setblocking(False)
            if client.opening:
                stream.send(client.opening)
        except OSError:
            stream.close()
            return
        self.opened += 1
        client.stream = stream
        self._selector.register(stream, selectors.EVENT_READ, client)

    def _read(self, client: SlowClient) -> None:
        assert client.stream is not None
        try:
            if client.stream.recv(65_536):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._close(client)

    def _trickle(self) -> None:
        for client in self._clients:
            if client.stream is not None and client.trickle:
                try:
                    client.stream.send(client.trickle)
                except OSError:
                    self._close(client)

    def _close(self, client: SlowClient) -> None:
        assert client.stream is not None
        self._selector.unregister(client.stream)
        client.stream.close()
        client.stream = None


IP_BIND_ADDRESS_NO_PORT = 24
"""Linux: ports are chosen at `connect`, so that each source has all of them."""


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--from", dest="sources", default="127.0.0.1")
    parser.add_argument("--token", default="")
    for kind in ("bodies", "heads", "idle", "sockets"):
        parser.add_argument(f"--{kind}", type=int, default=0)
    options = parser.parse_args()
    clients = build_clients(options)
    raise_open_files_limit(len(clients) + 100)
    attack = Attack(options.port, options.sources.split(","), clients)
    stdin = selectors.DefaultSelector()
    stdin.register(sys.stdin, selectors.EVENT_READ)
    attack.run(lambda: bool(stdin.select(0)))
    say(f"held {attack.held} of {len(clients)}, opened {attack.opened}")


if __name__ == "__main__":
    main()
