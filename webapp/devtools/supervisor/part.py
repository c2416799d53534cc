"""A part of the platform: its command, its dependencies, its health probe and its status."""

import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from webapp.config import LOOPBACK
from webapp.devtools.supervisor.probes import ALIVE, Probe


class PartState(StrEnum):
    WAITING = "waiting"
    """For the parts it depends on."""
    STARTING = "starting"
    HEALTHY = "healthy"
    DONE = "done"
    """A one-shot part that has completed successfully."""
    RESTARTING = "restarting"
    """It failed and will be started again."""
    FAILED = "failed"
    STOPPED = "stopped"


def do_nothing() -> None:
    """Default hook of a part."""


@dataclass(frozen=True)
class PlatformPart:
    name: str
    build_command: Callable[[], list[str]]
    """Called at each start, after `before_start`."""
    probe: Probe = ALIVE
    depends_on: tuple[str, ...] = ()
    """Names of parts that must be healthy before this one starts, and are stopped after it."""
    starts_alongside: tuple[str, ...] = ()
    """Like `depends_on`, for a command that itself waits for them and may start early."""
    before_start: Callable[[], None] = do_nothing
    """Called before each start."""
    on_ready: Callable[[], None] = do_nothing
    """Called after each start, once its probe succeeds and before dependents start."""
    after_stop: Callable[[], None] = do_nothing
    """Called once, after the last stop."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The complete environment of its process."""
    ports: Mapping[str, int] = field(default_factory=dict)
    """Port by the name of the setting that changes it."""
    host: str = LOOPBACK
    """The interface on which it binds its ports."""
    is_one_shot: bool = False
    """Runs to completion; done when it exits with 0 and its probe succeeds."""
    address: str = ""
    """For display only."""
    ready_timeout_s: float = 60
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 10


@dataclass(frozen=True)
class PartStatus:
    """Current status of a part, as in the state file and `ecom67 status`."""

    name: str
    state: PartState = PartState.WAITING
    pid: int | None = None
    created: float = 0
    """Start time of the process in unix seconds; with the pid it identifies the process."""
    since: float = field(default_factory=time.time)
    """Time of the last change of state, in unix seconds."""
    took: float = 0
    """Seconds from start to healthy."""
    restarts: int = 0
    reason: str = ""
    """Why it failed the last time."""
    address: str = ""
    log: Path | None = None
    probe: Probe = ALIVE

    def find_problem(self) -> str | None:
        """Why it is unhealthy; `None` when it is healthy."""
        if self.state not in {PartState.HEALTHY, PartState.DONE}:
            return self.reason or f"it is {self.state}"
        return self.probe.find_problem()
