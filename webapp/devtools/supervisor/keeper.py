"""Keeps one part running: one thread, one part, one life after another."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from webapp.devtools.supervisor import tree
from webapp.devtools.supervisor.child import Child
from webapp.devtools.supervisor.errors import CannotRun, PartFailed, explained
from webapp.devtools.supervisor.logs import RotatingLog
from webapp.devtools.supervisor.part import Part, State, Status

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
class Desk:
    """Where keepers report to; all of it may be called from any thread."""

    changed: Callable[[Status], None]
    failed: Callable[[CannotRun], None]
    died: Callable[[Status, list[str]], None]
    says: Callable[[str, str], None]


class Keeper:
    def __init__(
        self,
        part: Part,
        *,
        needs: Iterable["Keeper"],
        beside: Iterable["Keeper"],
        folder: Path,
        logs: Path,
        desk: Desk,
    ) -> None:
        self.part = part
        self.ready = threading.Event()
        self.stopped = threading.Event()
        self.dependents: list[Keeper] = []
        self._needs = list(needs)
        self._beside = list(beside)
        for needed in (*self._needs, *self._beside):
            needed.dependents.append(self)
        self._folder = folder
        self._log = RotatingLog(logs / f"{part.name.replace(' ', '-')}.log")
        self._desk = desk
        self._stopping = threading.Event()
        self._child: Child | None = None
        self._was_ready = False
        self._built_on: list[int] = []
        self.status = Status(
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
            tree.kill(self._child.pid)

    def join(self) -> None:
        self._thread.join()

    def _keep(self) -> None:
        try:
            self._live_again_and_again()
        except CannotRun as problem:
            self._fail(problem)
        except OSError as problem:
            self._fail(explained(problem, what=self.part.name))
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

    def _wait_for(self, others: list["Keeper"]) -> bool:
        """Until they are ready; false when told to stop meanwhile."""
        for needed in others:
            while not needed.ready.wait(POLL_SECONDS):
                if self._stopping.is_set():
                    return False
        return True

    def _live(self) -> bool:
        """One life. True when it lasted until we were told to stop."""
        began = time.monotonic()
        self._change(state=State.STARTING, pid=None)
        self._built_on = self._base()
        self.part.prepare()
        child = self._spawn()
        if self.part.step and not self._runs_to_its_end(child):
            return self._stopping.is_set()
        if not self._answers_in_time(child, began) or not self._wait_for(self._beside):
            return self._stopping.is_set()
        self.part.complete()
        state = State.DONE if self.part.step else State.HEALTHY
        self._change(state=state, took=time.monotonic() - began)
        self.ready.set()
        self._was_ready = True
        return self._lasts() if self.part.step else self._outlives(child)

    def _spawn(self) -> Child:
        self._child = Child(
            self.part.command(),
            environment=self.part.environment,
            folder=self._folder,
            log=self._log,
            show=lambda line: self._desk.says(self.part.name, line),
        )
        self._change(pid=self._child.pid, created=self._child.created)
        return self._child

    def _runs_to_its_end(self, child: Child) -> bool:
        self._outlives(child)
        return child.succeeded()

    def _answers_in_time(self, child: Child, began: float) -> bool:
        deadline = began + self.part.ready_seconds
        while not self._stopping.wait(POLL_SECONDS):
            if child.has_ended() and not self.part.step:
                return False
            if self._is_well(began):
                return True
            if time.monotonic() > deadline:
                return False
        return False

    def _is_well(self, began: float) -> bool:
        has_address = bool(self.part.probe.address)
        settled = self.part.step or time.monotonic() - began > SETTLE_SECONDS
        return (has_address or settled) and self.part.probe.problem() is None

    def _outlives(self, child: Child) -> bool:
        """Waits for its end. True when we were told to stop before it."""
        while not child.has_ended():
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
            missed = missed + 1 if self.part.probe.problem() else 0
        return False

    def _base(self) -> list[int]:
        """Changes when a part that this one builds upon has died."""
        return [other.status.restarts for other in (*self._needs, *self._beside)]

    def _after_death(self, failures: int) -> None:
        self.ready.clear()
        if self._child is None:
            return
        reason = self._cause_of_death(self._child)
        self._child.clear_away()
        self._desk.died(replace(self.status, reason=reason), self._child.last_lines())
        if not self._was_ready and failures >= ATTEMPTS:
            raise PartFailed(
                f"{self.part.name} does not start ({reason}); see {self._log.path}"
            )
        self._change(
            state=State.RESTARTING,
            pid=None,
            reason=reason,
            restarts=self.status.restarts + 1,
        )
        self._stopping.wait(min(MAX_PAUSE_SECONDS, 0.25 * 2**failures))

    def _cause_of_death(self, child: Child) -> str:
        ended_well = self.part.step and child.succeeded()
        if child.has_ended() and not ended_well:
            return child.obituary()
        if ended_well and self._base() != self._built_on:
            return "what it needs has died"
        return self.part.probe.problem() or "not ready in time"

    def _fail(self, problem: CannotRun) -> None:
        self._change(state=State.FAILED, reason=str(problem))
        self._desk.failed(problem)

    def _wind_up(self) -> None:
        for dependent in self.dependents:
            dependent.stopped.wait()
        if self._child is not None:
            self._child.end(self.part.stop_signal, within=self.part.stop_seconds)
            self.part.tidy()
        self._change(state=State.STOPPED, pid=None)
        self.stopped.set()

    def _change(self, **changes: object) -> None:
        if "state" in changes:
            changes["since"] = time.time()
        self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        self._desk.changed(self.status)
