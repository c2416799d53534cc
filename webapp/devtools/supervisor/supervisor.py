"""Starts the parts, tells how they are doing, and stops them: what `ecom67 run` does."""

import signal
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

from webapp.config import PROJECT
from webapp.devtools.supervisor.errors import CannotRun, PartFailed
from webapp.devtools.supervisor.guard import when_closed
from webapp.devtools.supervisor.keeper import Desk, Keeper
from webapp.devtools.supervisor.part import Part, State, Status
from webapp.devtools.supervisor.report import Screen
from webapp.devtools.supervisor.state import RunFolder

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SETTLED = {State.HEALTHY, State.DONE}
IMPATIENT_SECONDS = 1.0
"""A second Ctrl-C this long after the first means: at once. The terminal and the guard may
both deliver the first."""


@dataclass(frozen=True)
class StopAsked:
    at: float


Event = Status | CannotRun | StopAsked


class Supervisor:
    """One run of the platform. Keepers and signal handlers only put events in its queue; this
    thread alone decides, prints progress and writes the state file."""

    def __init__(
        self,
        parts: Iterable[Part],
        *,
        run_folder: RunFolder,
        logs: Path,
        screen: Screen,
        folder: Path = PROJECT,
    ) -> None:
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._run_folder = run_folder
        self._screen = screen
        self._keepers = self._hire(parts, logs=logs, folder=folder)
        self._statuses = {keeper.part.name: keeper.status for keeper in self._keepers}

    def run(self, *, guarded: int, when_ready: Callable[[], None]) -> None:
        """Until told to stop. Raises `CannotRun`, with everything stopped by then."""
        self._listen(guarded)
        self._run_folder.save(self._statuses)
        for keeper in self._keepers:
            keeper.start()
        try:
            self._until_asked_to_stop(when_ready)
        finally:
            self._stop_all()

    def _hire(self, parts: Iterable[Part], *, logs: Path, folder: Path) -> list[Keeper]:
        desk = Desk(
            changed=self._events.put,
            failed=self._events.put,
            died=self._screen.died,
            says=self._screen.says,
        )
        keepers: dict[str, Keeper] = {}
        for part in parts:
            keepers[part.name] = Keeper(
                part,
                needs=[keepers[name] for name in part.needs],
                beside=[keepers[name] for name in part.beside],
                folder=folder,
                logs=logs,
                desk=desk,
            )
        return list(keepers.values())

    def _listen(self, guarded: int) -> None:
        def ask_to_stop(*_: int | FrameType | None) -> None:
            self._events.put(StopAsked(time.monotonic()))

        def report_bug(problem: threading.ExceptHookArgs) -> None:
            threading.__excepthook__(problem)
            self._events.put(
                PartFailed(f"A bug in the supervisor: {problem.exc_value}")
            )

        for number in STOPPING:
            signal.signal(number, ask_to_stop)
        threading.excepthook = report_bug
        when_closed(guarded, ask_to_stop)

    def _until_asked_to_stop(self, when_ready: Callable[[], None]) -> None:
        is_ready = False
        while not isinstance(event := self._events.get(), StopAsked):
            self._note(event)
            if not is_ready and self._all_are_well():
                is_ready = True
                when_ready()

    def _note(self, event: Status | CannotRun) -> None:
        if isinstance(event, CannotRun):
            raise event
        before = self._statuses[event.name].state
        self._statuses[event.name] = event
        self._run_folder.save(self._statuses)
        if event.state in SETTLED and event.state is not before:
            self._screen.settled(event)

    def _all_are_well(self) -> bool:
        return {status.state for status in self._statuses.values()} <= SETTLED

    def _stop_all(self) -> None:
        """In reverse order, which the keepers see to themselves."""
        asked = time.monotonic()
        self._screen.stopping()
        for keeper in self._keepers:
            keeper.stop()
        while not all(keeper.stopped.is_set() for keeper in self._keepers):
            if self._hurried(since=asked):
                for keeper in self._keepers:
                    keeper.kill()
        for keeper in self._keepers:
            keeper.join()
        self._run_folder.clear()

    def _hurried(self, *, since: float) -> bool:
        """Whether we were asked again meanwhile; waits a moment for it."""
        try:
            event = self._events.get(timeout=0.1)
        except Empty:
            return False
        return isinstance(event, StopAsked) and event.at - since > IMPATIENT_SECONDS
