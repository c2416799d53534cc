"""Ports nobody listens on, for servers that tests start."""

import socket


def free_port() -> int:
    """One that was free a moment ago. The kernel does not hand it out again soon."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
