"""The Ray head node of a laptop: its command, its environment and its folder.

Ray itself is not imported here; it is a program that we start.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from stat import S_ISDIR

from webapp.devtools.supervisor.errors import PartFailed
from webapp.devtools.supervisor.files import write_private_file
from webapp.devtools.supervisor.ports import find_free_port

# Ray replaces 127.0.0.1 by the address of the network card, which changes with the network.
# The rest of the loopback range it takes as given; macOS has no such addresses, but there
# Ray stays on loopback by itself.
NODE_ADDRESS = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"
OBJECT_STORE_BYTES = 200_000_000
MIN_CPUS = 2
"""Replicas take fractions of a CPU, and a task beside them must find a whole one."""


@dataclass(frozen=True)
class RayHead:
    folder: Path
    port: int
    dashboard_port: int
    token: str

    @property
    def address(self) -> str:
        return f"{NODE_ADDRESS}:{self.port}"

    @property
    def dashboard(self) -> str:
        return f"http://127.0.0.1:{self.dashboard_port}"

    @property
    def token_file(self) -> Path:
        return self.folder / "token"

    def build_client_environment(self) -> dict[str, str]:
        """What every process that talks to this node needs."""
        return {
            "RAY_ADDRESS": self.address,
            "RAY_API_SERVER_ADDRESS": self.dashboard,
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(self.token_file),
            "RAY_USAGE_STATS_ENABLED": "0",
        }

    def build_environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Of the node: its jobs run our Python, and an idle laptop runs few processes."""
        return {
            # Without it a node with a Serve application takes 30 s to stop.
            "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",
            "RAY_enable_worker_prestart": "0",
            "RAY_prestart_worker_first_driver": "0",
            "RAY_num_workers_soft_limit": "1",
            # Fixed ports would keep a second platform from starting.
            "DASHBOARD_METRIC_PORT": str(find_free_port()),
            "AUTOSCALER_METRIC_PORT": str(find_free_port()),
            "PATH": f"{self._programs}{os.pathsep}{inherited.get('PATH', os.defpath)}",
        }

    def prepare(self) -> None:
        """A clean folder: sessions of earlier starts are only logs, and would pile up."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, mode=0o700)
        write_private_file(self.token_file, self.token)
        # Ray opens its own folder to everybody, so it gets one inside ours.
        sessions = self.folder / "sessions"
        sessions.mkdir()
        _make_ours(self._short_folder)
        _link(self._short_folder / "s", sessions)
        _link(self._programs.parent, Path(sys.executable).parent.parent)

    def build_command(self) -> list[str]:
        options = {
            "node-ip-address": NODE_ADDRESS,
            "port": self.port,
            "dashboard-host": "127.0.0.1",
            "dashboard-port": self.dashboard_port,
            "dashboard-agent-listen-port": find_free_port(),
            "ray-client-server-port": find_free_port(),
            # Nought lets the system choose; Ray's default range is the same for everybody.
            "min-worker-port": 0,
            "max-worker-port": 0,
            "num-cpus": max(MIN_CPUS, os.cpu_count() or 1),
            "object-store-memory": OBJECT_STORE_BYTES,
            "temp-dir": self._short_folder / "s",
            # It copies the output of workers to drivers, for 55 MB.
            "include-log-monitor": "false",
            "log-color": "false",
        }
        words = [f"--{name}={value}" for name, value in options.items()]
        return [
            str(self._programs / "python"),
            "-m",
            "ray.scripts.scripts",
            "start",
            "--head",
            "--block",
            "--disable-usage-stats",
            *words,
        ]

    def clean_up(self) -> None:
        shutil.rmtree(self._short_folder, ignore_errors=True)

    @property
    def _programs(self) -> Path:
        return self._short_folder / "python" / "bin"

    @property
    def _short_folder(self) -> Path:
        """Two links, because Ray bears neither every path nor every length of one: it starts
        its workers through a shell without quoting, so that a space ends the program's name,
        and the path of a socket ends at about 100 characters."""
        name = sha256(str(self.folder).encode()).hexdigest()[:10]
        return Path(f"/tmp/ecom67-{name}")  # noqa: S108 - see `_make_ours`


def _make_ours(folder: Path) -> None:
    """In a place where anybody may write, nobody else may have made it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.geteuid() or not S_ISDIR(found.st_mode):
        raise PartFailed(f"{folder} is in the way and not ours: remove it")


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)
