"""State of the running platform in `var/run`: its supervisor, lock and the parts' status."""

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from webapp.config import PLATFORM_ENV
from webapp.devtools.supervisor import process_tree
from webapp.devtools.supervisor.errors import AlreadyRunning
from webapp.devtools.supervisor.files import format_env_file, write_private_file
from webapp.devtools.supervisor.part import PartState, PartStatus
from webapp.devtools.supervisor.probes import Probe, ProbeKind


@dataclass(frozen=True)
class RunState:
    """Content of the state file of a platform that is running or has crashed."""

    pid: int
    created: float
    parts: tuple[PartStatus, ...]


class RunFolder:
    """The folder `var/run`, locked as long as its platform runs."""

    def __init__(self, var: Path) -> None:
        self._var = var
        self._folder = var / "run"
        self._lock: int | None = None

    def lock(self) -> None:
        """Raises `AlreadyRunning`. The kernel releases the lock however the process ends."""
        self._folder.mkdir(exist_ok=True)
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise AlreadyRunning(self._describe_holder()) from None
        self._lock = descriptor

    def is_locked(self) -> bool:
        """Whether a process runs this platform."""
        path = self._folder / "lock"
        if not path.exists():
            return False
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def write_state(self, parts: Mapping[str, PartStatus]) -> None:
        me = psutil.Process()
        state = {
            "pid": me.pid,
            "created": me.create_time(),
            "parts": [asdict(status) for status in parts.values()],
        }
        write_private_file(self._state_file, json.dumps(state, default=str))

    def read_state(self) -> RunState | None:
        """`None` when the platform was shut down gracefully or never started."""
        try:
            state = json.loads(self._state_file.read_text())
        except FileNotFoundError:
            return None
        parts = tuple(_parse_status(fields) for fields in state["parts"])
        return RunState(state["pid"], state["created"], parts)

    def write_platform_env(self, addresses: Mapping[str, str]) -> None:
        """Write the file from which commands in other terminals read the parts' addresses."""
        write_private_file(self._platform_file, format_env_file(dict(addresses)))

    def kill_orphans(self, supervisor: int | None = None) -> list[str]:
        """Kill what a crashed platform left running; returns the names of those parts.

        With `supervisor`, only if the state file is of that process id: another platform may
        have started meanwhile.
        """
        crashed = self.read_state()
        if crashed is None or supervisor not in {None, crashed.pid}:
            return []
        names = []
        for part in crashed.parts:
            if part.pid and process_tree.find_process(part.pid, created=part.created):
                process_tree.kill_session(part.pid)
                names.append(part.name)
        self.clear()
        return names

    def clear(self) -> None:
        self._state_file.unlink(missing_ok=True)
        self._platform_file.unlink(missing_ok=True)

    @property
    def _state_file(self) -> Path:
        return self._folder / "state.json"

    @property
    def _platform_file(self) -> Path:
        return self._var / PLATFORM_ENV

    def _describe_holder(self) -> str:
        running = self.read_state()
        process = f" (process {running.pid})" if running else ""
        return f"The platform in {self._var} is running already{process}"


def _parse_status(fields: dict[str, Any]) -> PartStatus:
    probe = Probe(ProbeKind(fields["probe"]["kind"]), fields["probe"]["address"])
    parsed = fields | {"probe": probe, "state": PartState(fields["state"])}
    return PartStatus(**parsed | {"log": Path(fields["log"])})
