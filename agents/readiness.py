"""Waits for what has just been started: whether it accepts a connection, whether it answers."""

import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

POLL_INTERVAL_S = 0.2
ATTEMPT_TIMEOUT_S = 5
"""Of one connection or one request."""


def can_connect(address: str, *, timeout_s: float) -> bool:
    """Whether `host:port` or `ray://host:port` accepts a connection in time."""
    parts = urlsplit(address if "//" in address else f"//{address}")
    server = (parts.hostname, parts.port)

    def connect() -> bool:
        try:
            socket.create_connection(server, timeout=ATTEMPT_TIMEOUT_S).close()
        except OSError:
            return False
        return True

    return _poll_until(connect, timeout_s=timeout_s)


def can_get(url: str, *, timeout_s: float) -> bool:
    """Whether a GET succeeds in time."""

    def get() -> bool:
        try:
            response = httpx.get(url, timeout=ATTEMPT_TIMEOUT_S, trust_env=False)
        except httpx.TransportError:
            return False
        return response.is_success

    return _poll_until(get, timeout_s=timeout_s)


def _poll_until(is_ready: Callable[[], bool], *, timeout_s: float) -> bool:
    """Try at once, and again until the time is over."""
    deadline = time.monotonic() + timeout_s
    while not is_ready():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_INTERVAL_S)
    return True
