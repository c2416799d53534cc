"""The embedded Ray head node: its command, its environment and its folder.

Ray itself is not imported here; it runs as a separate program.
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

# Ray replaces 127.0.0.1 by the address of the network card, which changes with the network,
# but accepts the rest of the loopback range. macOS has no such addresses; there Ray stays on
# loopback by itself.
NODE_ADDRESS = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"
OBJECT_STORE_BYTES = 200_000_000
MIN_CPUS = 2
"""Replicas take fractions of a CPU, and a task next to them needs a whole one."""


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
        """Environment variables of every process that connects to this node."""
        return {
            "RAY_ADDRESS": self.address,
            "RAY_API_SERVER_ADDRESS": self.dashboard,
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(self.token_file),
            "RAY_USAGE_STATS_ENABLED": "0",
        }

    def build_environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Variables of the node: its jobs use this Python, and few idle processes are started."""
        return {
            # Otherwise a node with a Serve application takes 30 s to stop.
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
        """Create an empty folder: earlier sessions hold only logs, which would pile up."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, mode=0o700)
        write_private_file(self.token_file, self.token)
        # Ray makes its session folder accessible to all users, so it gets one in a private folder.
        sessions = self.folder / "sessions"
        sessions.mkdir()
        _create_owned_folder(self._short_folder)
        _replace_link(self._short_folder / "s", sessions)
        _replace_link(self._programs.parent, Path(sys.executable).parent.parent)

    def build_command(self) -> list[str]:
        options = {
            "node-ip-address": NODE_ADDRESS,
            "port": self.port,
            "dashboard-host": "127.0.0.1",
            "dashboard-port": self.dashboard_port,
            "dashboard-agent-listen-port": find_free_port(),
            "ray-client-server-port": find_free_port(),
            # 0 lets the system choose; Ray's default range is the same for all users.
            "min-worker-port": 0,
            "max-worker-port": 0,
            "num-cpus": max(MIN_CPUS, os.cpu_count() or 1),
            "object-store-memory": OBJECT_STORE_BYTES,
            "temp-dir": self._short_folder / "s",
            # It copies the output of workers to drivers and takes 55 MB.
            "include-log-monitor": "false",
            "log-color": "false",
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        return [
            str(self._programs / "python"),
            "-m",
            "ray.scripts.scripts",
            "start",
            "--head",
            "--block",
            "--disable-usage-stats",
            *arguments,
        ]

    def clean_up(self) -> None:
        shutil.rmtree(self._short_folder, ignore_errors=True)

    @property
    def _programs(self) -> Path:
        return self._short_folder / "python" / "bin"

    @property
    def _short_folder(self) -> Path:
        """Holds two links with short paths without spaces, which Ray needs.

        It starts its workers through a shell without quoting, so that a space ends the name of
        the program, and the path of a socket is limited to about 100 characters.
        """
        name = sha256(str(self.folder).encode()).hexdigest()[:10]
        return Path(f"/tmp/ecom67-{name}")  # noqa: S108 - see `_create_owned_folder`


def _create_owned_folder(folder: Path) -> None:
    """Create `folder` in a world-writable one; an existing one must belong to this user."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.geteuid() or not S_ISDIR(status.st_mode):
        raise PartFailed(f"{folder} exists and belongs to another user: remove it")


def _replace_link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)
