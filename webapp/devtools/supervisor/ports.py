"""Ports: taken by whom, and which are free."""

import errno
import socket
from collections.abc import Mapping

import psutil

from webapp.config import LOOPBACK
from webapp.devtools.supervisor.errors import PortTaken, UnusableSetting


def require_free_ports(ports: Mapping[str, int], *, host: str = LOOPBACK) -> None:
    """Raises `PortTaken` for the first that is not, and `CannotFollow` for one that nobody
    can have. The keys are the settings' names."""
    for setting, port in ports.items():
        try:
            is_free = _is_free(host, port)
        except OSError as problem:
            raise UnusableSetting(
                f"Port {port} of {host} cannot be opened ({problem.strerror}): choose "
                f"another port with {setting}, or another interface with HOST"
            ) from problem
        if not is_free:
            raise PortTaken(
                f"Port {port} is taken by {_holder(port)}: stop that, or choose another "
                f"port with {setting}"
            )


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # Like the servers themselves: a connection that has just ended is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE:
                raise
            return False
    return True


def _holder(port: int) -> str:
    """`name (pid)` where the system tells us; macOS tells only root."""
    try:
        listening = [
            connection.pid
            for connection in psutil.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
            and connection.laddr[1:] == (port,)
            and connection.pid is not None
        ]
        if listening:
            return f"{psutil.Process(listening[0]).name()} (process {listening[0]})"
    except psutil.Error:
        return "another process"
    return "another process"
