"""What one part of the platform is: a command, when to start it, and how to tell it is well."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from webapp.config import LOOPBACK
from webapp.devtools.supervisor.probes import ALIVE, Probe


class PartState(StrEnum):
    WAITING = "waiting"
    """For the parts it needs."""
    STARTING = "starting"
    HEALTHY = "healthy"
    DONE = "done"
    """A step that has ended well."""
    RESTARTING = "restarting"
    """It died and will be started again."""
    FAILED = "failed"
    STOPPED = "stopped"


def nothing() -> None:
    """What most parts have to do beside their command."""


@dataclass(frozen=True)
class PlatformPart:
    name: str
    build_command: Callable[[], list[str]]
    """Asked at each start, after `prepare`."""
    probe: Probe = ALIVE
    depends_on: tuple[str, ...] = ()
    """Names of parts that must be healthy before this one starts, and stop after it."""
    starts_alongside: tuple[str, ...] = ()
    """Like `needs`, of a command that waits for them itself, so that it may start early."""
    before_start: Callable[[], None] = nothing
    """Before each start."""
    on_ready: Callable[[], None] = nothing
    """After each start, once it answers and before others may use it."""
    after_stop: Callable[[], None] = nothing
    """After the last stop."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Everything it is given."""
    ports: Mapping[str, int] = field(default_factory=dict)
    """By the name of the setting that changes it."""
    host: str = LOOPBACK
    """Where it takes them."""
    is_one_shot: bool = False
    """Runs to its end instead of staying; done when it ends well and its probe answers."""
    address: str = ""
    """For people."""
    ready_timeout_s: float = 60
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 10


@dataclass(frozen=True)
class PartStatus:
    """How a part is doing, as the state file and `ecom67 status` have it."""

    name: str
    state: PartState = PartState.WAITING
    pid: int | None = None
    created: float = 0
    """Start of the process in unix seconds, which with its number identifies it."""
    since: float = 0
    """When it came into this state, in unix seconds."""
    took: float = 0
    """Seconds from start to healthy."""
    restarts: int = 0
    reason: str = ""
    """Of its last death."""
    address: str = ""
    log: Path | None = None
    probe: Probe = ALIVE

    def find_problem(self) -> str | None:
        """Why it is not well; `None` when it is."""
        if self.state not in {PartState.HEALTHY, PartState.DONE}:
            return self.reason or f"it is {self.state}"
        return self.probe.find_problem()
