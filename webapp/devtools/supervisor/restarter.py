"""Keeps one part running: one thread, one part, one life after another."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from webapp.devtools.supervisor import process_tree
from webapp.devtools.supervisor.child import ChildProcess
from webapp.devtools.supervisor.errors import CannotRun, PartFailed, from_os_error
from webapp.devtools.supervisor.logs import RotatingLog
from webapp.devtools.supervisor.part import PartState, PartStatus, PlatformPart

POLL_SECONDS = 0.1
SETTLE_SECONDS = 1.0
"""A part without an address counts as healthy once it has lived for so long."""
ATTEMPTS = 3
"""Starts that may fail before the first success; after it there is no limit."""
LONG_LIFE_SECONDS = 60
"""After such a life a death counts as the first."""
MAX_PAUSE_SECONDS = 30.0
STEP_CHECK_SECONDS = 2.0
STEP_PATIENCE = 15
"""Failed checks in a row after which a step's result is gone and the step runs again."""


@dataclass(frozen=True)
class ProcessEvents:
    """Where keepers report to; all of it may be called from any thread."""

    on_status_change: Callable[[PartStatus], None]
    on_failure: Callable[[CannotRun], None]
    on_exit: Callable[[PartStatus, list[str]], None]
    on_output: Callable[[str, str], None]


class Restarter:
    def __init__(
        self,
        part: PlatformPart,
        *,
        depends_on: Iterable["Restarter"],
        starts_alongside: Iterable["Restarter"],
        folder: Path,
        logs: Path,
        events: ProcessEvents,
    ) -> None:
        self.part = part
        self.ready = threading.Event()
        self.stopped = threading.Event()
        self.dependents: list[Restarter] = []
        self._needs = list(depends_on)
        self._beside = list(starts_alongside)
        for needed in (*self._needs, *self._beside):
            needed.dependents.append(self)
        self._folder = folder
        self._log = RotatingLog(logs / f"{part.name.replace(' ', '-')}.log")
        self._desk = events
        self._stopping = threading.Event()
        self._child: ChildProcess | None = None
        self._was_ready = False
        self._built_on: list[int] = []
        self.status = PartStatus(
            part.name, address=part.address, log=self._log.path, probe=part.probe
        )
        self._thread = threading.Thread(target=self._keep, name=part.name)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to stop once those that need it have. Returns at once; see `stopped`."""
        self._stopping.set()

    def kill(self) -> None:
        """Do not wait for its orderly end."""
        if self._child is not None:
            process_tree.kill_session(self._child.pid)

    def join(self) -> None:
        self._thread.join()

    def _keep(self) -> None:
        try:
            self._live_again_and_again()
        except CannotRun as problem:
            self._fail(problem)
        except OSError as problem:
            self._fail(from_os_error(problem, component=self.part.name))
        finally:
            self._wind_up()

    def _live_again_and_again(self) -> None:
        failures = 0
        while self._wait_for(self._needs) and not self._stopping.is_set():
            began = time.monotonic()
            if self._live():
                return
            lived_long = time.monotonic() - began > LONG_LIFE_SECONDS
            failures = 1 if lived_long else failures + 1
            self._after_death(failures)

    def _wait_for(self, others: list["Restarter"]) -> bool:
        """Until they are ready; false when told to stop meanwhile."""
        for needed in others:
            while not needed.ready.wait(POLL_SECONDS):
                if self._stopping.is_set():
                    return False
        return True

    def _live(self) -> bool:
        """One life. True when it lasted until we were told to stop."""
        began = time.monotonic()
        self._change(state=PartState.STARTING, pid=None)
        self._built_on = self._base()
        self.part.before_start()
        child = self._spawn()
        if self.part.is_one_shot and not self._runs_to_its_end(child):
            return self._stopping.is_set()
        if not self._answers_in_time(child, began) or not self._wait_for(self._beside):
            return self._stopping.is_set()
        self.part.on_ready()
        state = PartState.DONE if self.part.is_one_shot else PartState.HEALTHY
        self._change(state=state, took=time.monotonic() - began)
        self.ready.set()
        self._was_ready = True
        return self._lasts() if self.part.is_one_shot else self._outlives(child)

    def _spawn(self) -> ChildProcess:
        self._child = ChildProcess(
            self.part.build_command(),
            environment=self.part.environment,
            folder=self._folder,
            log=self._log,
            on_line=lambda line: self._desk.on_output(self.part.name, line),
        )
        self._change(pid=self._child.pid, created=self._child.created)
        return self._child

    def _runs_to_its_end(self, child: ChildProcess) -> bool:
        self._outlives(child)
        return child.has_succeeded()

    def _answers_in_time(self, child: ChildProcess, began: float) -> bool:
        deadline = began + self.part.ready_timeout_s
        while not self._stopping.wait(POLL_SECONDS):
            if child.has_exited() and not self.part.is_one_shot:
                return False
            if self._is_well(began):
                return True
            if time.monotonic() > deadline:
                return False
        return False

    def _is_well(self, began: float) -> bool:
        has_address = bool(self.part.probe.address)
        settled = self.part.is_one_shot or time.monotonic() - began > SETTLE_SECONDS
        return (has_address or settled) and self.part.probe.find_problem() is None

    def _outlives(self, child: ChildProcess) -> bool:
        """Waits for its end. True when we were told to stop before it."""
        while not child.has_exited():
            if self._stopping.wait(POLL_SECONDS):
                return True
        return False

    def _lasts(self) -> bool:
        """Waits until what a step has brought about is gone, or until we are told to stop.

        It is gone when it no longer answers, and with the part it was done to.
        """
        if not self.part.probe.address:
            return self._stopping.wait()
        missed = 0
        while missed < STEP_PATIENCE and self._base() == self._built_on:
            if self._stopping.wait(STEP_CHECK_SECONDS):
                return True
            missed = missed + 1 if self.part.probe.find_problem() else 0
        return False

    def _base(self) -> list[int]:
        """Changes when a part that this one builds upon has died."""
        return [other.status.restarts for other in (*self._needs, *self._beside)]

    def _after_death(self, failures: int) -> None:
        self.ready.clear()
        if self._child is None:
            return
        reason = self._cause_of_death(self._child)
        self._child.kill_remaining()
        self._desk.on_exit(
            replace(self.status, reason=reason), self._child.last_lines()
        )
        if not self._was_ready and failures >= ATTEMPTS:
            raise PartFailed(
                f"{self.part.name} does not start ({reason}); see {self._log.path}"
            )
        self._change(
            state=PartState.RESTARTING,
            pid=None,
            reason=reason,
            restarts=self.status.restarts + 1,
        )
        self._stopping.wait(min(MAX_PAUSE_SECONDS, 0.25 * 2**failures))

    def _cause_of_death(self, child: ChildProcess) -> str:
        ended_well = self.part.is_one_shot and child.has_succeeded()
        if child.has_exited() and not ended_well:
            return child.describe_exit()
        if ended_well and self._base() != self._built_on:
            return "what it needs has died"
        return self.part.probe.find_problem() or "not ready in time"

    def _fail(self, problem: CannotRun) -> None:
        self._change(state=PartState.FAILED, reason=str(problem))
        self._desk.on_failure(problem)

    def _wind_up(self) -> None:
        for dependent in self.dependents:
            dependent.stopped.wait()
        if self._child is not None:
            self._child.terminate(
                self.part.stop_signal, timeout_s=self.part.stop_timeout_s
            )
            self.part.after_stop()
        self._change(state=PartState.STOPPED, pid=None)
        self.stopped.set()

    def _change(self, **changes: object) -> None:
        if "state" in changes:
            changes["since"] = time.time()
        self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        self._desk.on_status_change(self.status)
