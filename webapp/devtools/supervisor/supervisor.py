"""Starts the parts, tells how they are doing, and stops them: what `ecom67 run` does."""

import signal
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

from webapp.config import PROJECT_ROOT
from webapp.devtools.supervisor.errors import CannotRun, PartFailed
from webapp.devtools.supervisor.parent_watch import call_when_parent_dies
from webapp.devtools.supervisor.part import PartState, PartStatus, PlatformPart
from webapp.devtools.supervisor.restarter import ProcessEvents, Restarter
from webapp.devtools.supervisor.screen import Screen
from webapp.devtools.supervisor.state import RunFolder

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SETTLED = {PartState.HEALTHY, PartState.DONE}
IMPATIENT_SECONDS = 1.0
"""A second Ctrl-C this long after the first means: at once. The terminal and the guard may
both deliver the first."""


@dataclass(frozen=True)
class StopAsked:
    at: float


Event = PartStatus | CannotRun | StopAsked


class Supervisor:
    """One run of the platform. Keepers and signal handlers only put events in its queue; this
    thread alone decides, prints progress and writes the state file."""

    def __init__(
        self,
        parts: Iterable[PlatformPart],
        *,
        run_folder: RunFolder,
        logs: Path,
        screen: Screen,
        folder: Path = PROJECT_ROOT,
    ) -> None:
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._run_folder = run_folder
        self._screen = screen
        self._keepers = self._hire(parts, logs=logs, folder=folder)
        self._statuses = {keeper.part.name: keeper.status for keeper in self._keepers}

    def run(self, *, parent_pipe: int, on_ready: Callable[[], None]) -> None:
        """Until told to stop. Raises `CannotRun`, with everything stopped by then."""
        self._listen(parent_pipe)
        self._run_folder.write_state(self._statuses)
        for keeper in self._keepers:
            keeper.start()
        try:
            self._until_asked_to_stop(on_ready)
        finally:
            self._stop_all()

    def _hire(
        self, parts: Iterable[PlatformPart], *, logs: Path, folder: Path
    ) -> list[Restarter]:
        desk = ProcessEvents(
            on_status_change=self._events.put,
            on_failure=self._events.put,
            on_exit=self._screen.show_exit,
            on_output=self._screen.show_output,
        )
        keepers: dict[str, Restarter] = {}
        for part in parts:
            keepers[part.name] = Restarter(
                part,
                depends_on=[keepers[name] for name in part.depends_on],
                starts_alongside=[keepers[name] for name in part.starts_alongside],
                folder=folder,
                logs=logs,
                events=desk,
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
        call_when_parent_dies(guarded, ask_to_stop)

    def _until_asked_to_stop(self, when_ready: Callable[[], None]) -> None:
        is_ready = False
        while not isinstance(event := self._events.get(), StopAsked):
            self._note(event)
            if not is_ready and self._all_are_well():
                is_ready = True
                when_ready()

    def _note(self, event: PartStatus | CannotRun) -> None:
        if isinstance(event, CannotRun):
            raise event
        before = self._statuses[event.name].state
        self._statuses[event.name] = event
        self._run_folder.write_state(self._statuses)
        if event.state in SETTLED and event.state is not before:
            self._screen.show_settled(event)

    def _all_are_well(self) -> bool:
        return {status.state for status in self._statuses.values()} <= SETTLED

    def _stop_all(self) -> None:
        """In reverse order, which the keepers see to themselves."""
        asked = time.monotonic()
        self._screen.show_stopping()
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
