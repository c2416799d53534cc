"""Ports: taken by whom, and which are free."""

import socket
from collections.abc import Mapping

import psutil

from webapp.supervisor.errors import PortTaken

LOOPBACK = "127.0.0.1"


def require_free(ports: Mapping[str, int]) -> None:
    """Raises `PortTaken` for the first that is not. The keys are the settings' names."""
    for setting, port in ports.items():
        if not _is_free(port):
            raise PortTaken(
                f"Port {port} is taken by {_holder(port)}: stop that, or choose another "
                f"port with {setting}"
            )


def some_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # Like the servers themselves: a connection that has just ended is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
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
