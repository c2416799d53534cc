"""The supervisor of `ecom67 run`: starts the parts, reports their status and stops them."""

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

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SETTLED = {PartState.HEALTHY, PartState.DONE}
KILL_AFTER_S = 1.0
"""A second Ctrl-C at least this long after the first kills the parts. Earlier ones are ignored
because the terminal and the parent process may both deliver the first."""


@dataclass(frozen=True)
class StopRequest:
    at: float
    """Monotonic clock, in seconds."""


Event = PartStatus | CannotRun | StopRequest


class Supervisor:
    """One run of the platform. Restarters and signal handlers only put events in its queue; the
    main thread alone decides, prints progress and writes the state file."""

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
        self._restarters = self._build_restarters(parts, logs=logs, folder=folder)
        self._statuses = {
            restarter.part.name: restarter.status for restarter in self._restarters
        }

    def run(self, *, parent_pipe: int, on_ready: Callable[[], None]) -> None:
        """Run until stopped. Raises `CannotRun` after all parts have been stopped."""
        self._install_handlers(parent_pipe)
        self._run_folder.write_state(self._statuses)
        for restarter in self._restarters:
            restarter.start()
        try:
            self._process_events(on_ready)
        finally:
            self._stop_all()

    def _build_restarters(
        self, parts: Iterable[PlatformPart], *, logs: Path, folder: Path
    ) -> list[Restarter]:
        events = ProcessEvents(
            on_status_change=self._events.put,
            on_failure=self._events.put,
            on_exit=self._screen.show_exit,
            on_output=self._screen.show_output,
        )
        restarters: dict[str, Restarter] = {}
        for part in parts:
            restarters[part.name] = Restarter(
                part,
                depends_on=[restarters[name] for name in part.depends_on],
                starts_alongside=[restarters[name] for name in part.starts_alongside],
                folder=folder,
                logs=logs,
                events=events,
            )
        return list(restarters.values())

    def _install_handlers(self, parent_pipe: int) -> None:
        def request_stop(*_: int | FrameType | None) -> None:
            self._events.put(StopRequest(time.monotonic()))

        def report_bug(args: threading.ExceptHookArgs) -> None:
            threading.__excepthook__(args)
            self._events.put(PartFailed(f"A bug in the supervisor: {args.exc_value}"))

        for number in STOP_SIGNALS:
            signal.signal(number, request_stop)
        threading.excepthook = report_bug
        call_when_parent_dies(parent_pipe, request_stop)

    def _process_events(self, on_ready: Callable[[], None]) -> None:
        """Until a stop is requested; calls `on_ready` once, when all parts have settled."""
        is_ready = False
        while not isinstance(event := self._events.get(), StopRequest):
            self._handle(event)
            if not is_ready and self._are_all_settled():
                is_ready = True
                on_ready()

    def _handle(self, event: PartStatus | CannotRun) -> None:
        if isinstance(event, CannotRun):
            raise event
        previous = self._statuses[event.name].state
        self._statuses[event.name] = event
        self._run_folder.write_state(self._statuses)
        if event.state in SETTLED and event.state is not previous:
            self._screen.show_settled(event)

    def _are_all_settled(self) -> bool:
        return {status.state for status in self._statuses.values()} <= SETTLED

    def _stop_all(self) -> None:
        """Stop the parts in reverse order: each restarter waits for its dependents."""
        requested_at = time.monotonic()
        self._screen.show_stopping()
        for restarter in self._restarters:
            restarter.stop()
        while not all(restarter.stopped.is_set() for restarter in self._restarters):
            if self._is_kill_requested(since=requested_at):
                for restarter in self._restarters:
                    restarter.kill()
        for restarter in self._restarters:
            restarter.join()
        self._run_folder.clear()

    def _is_kill_requested(self, *, since: float) -> bool:
        """Whether a second stop was requested; waits up to 0.1 s for the next event."""
        try:
            event = self._events.get(timeout=0.1)
        except Empty:
            return False
        return isinstance(event, StopRequest) and event.at - since > KILL_AFTER_S
