"""Free ports, for servers that tests start."""

import socket


def free_port() -> int:
    """Return a port that was free just now; the kernel does not assign it again soon."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
