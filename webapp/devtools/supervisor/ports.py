"""TCP ports: check that they are free, name the process that holds one, find a free one."""

import errno
import socket
from collections.abc import Mapping

import psutil

from webapp.config import LOOPBACK
from webapp.devtools.supervisor.errors import PortTaken, UnusableSetting


def require_free_ports(ports: Mapping[str, int], *, host: str = LOOPBACK) -> None:
    """Raises `PortTaken` for the first port in use and `UnusableSetting` for one that cannot
    be bound. `ports` is keyed by the name of the setting."""
    for setting, port in ports.items():
        try:
            is_free = _is_free(host, port)
        except OSError as error:
            raise UnusableSetting(
                f"Port {port} of {host} cannot be opened ({error.strerror}): choose "
                f"another port with {setting}, or another interface with HOST"
            ) from error
        if not is_free:
            raise PortTaken(
                f"Port {port} is taken by {_describe_holder(port)}: stop it, or choose another "
                f"port with {setting}"
            )


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the servers do it: a connection in TIME_WAIT does not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
    return True


def _describe_holder(port: int) -> str:
    """`name (process pid)` where the system reveals it; macOS does so only to root."""
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
