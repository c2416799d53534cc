"""Keeps one part running: a thread per part that starts it again whenever it fails."""

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

POLL_INTERVAL_S = 0.1
SETTLE_TIME_S = 1.0
"""A part without an address counts as healthy after running for this long."""
MAX_START_ATTEMPTS = 3
"""Failed starts before the first success after which the run ends; later there is no limit."""
STABLE_RUN_S = 60
"""A part that ran for longer starts over with the shortest backoff."""
MAX_BACKOFF_S = 30.0
ONE_SHOT_PROBE_INTERVAL_S = 2.0
MAX_FAILED_PROBES = 15
"""Consecutive failed probes after which a one-shot part's result is gone and it runs again."""


@dataclass(frozen=True)
class ProcessEvents:
    """Callbacks of the restarters; they may be called from any thread."""

    on_status_change: Callable[[PartStatus], None]
    on_failure: Callable[[CannotRun], None]
    on_exit: Callable[[PartStatus, list[str]], None]
    on_output: Callable[[str, str], None]


class Restarter:
    """Runs one part in a thread of its own; `ready` and `stopped` are set by that thread."""

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
        self._depends_on = list(depends_on)
        self._starts_alongside = list(starts_alongside)
        for dependency in (*self._depends_on, *self._starts_alongside):
            dependency.dependents.append(self)
        self._folder = folder
        self._log = RotatingLog(logs / f"{part.name.replace(' ', '-')}.log")
        self._events = events
        self._stopping = threading.Event()
        self._child: ChildProcess | None = None
        self._was_ready = False
        self._restarts_at_start: list[int] = []
        self.status = PartStatus(
            part.name, address=part.address, log=self._log.path, probe=part.probe
        )
        self._thread = threading.Thread(target=self._run, name=part.name)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Request a stop after that of its dependents. Returns at once; see `stopped`."""
        self._stopping.set()

    def kill(self) -> None:
        """Kill its processes instead of waiting for a graceful shutdown."""
        if self._child is not None:
            process_tree.kill_session(self._child.pid)

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        try:
            self._restart_until_stopped()
        except CannotRun as error:
            self._fail(error)
        except OSError as error:
            self._fail(from_os_error(error, component=self.part.name))
        finally:
            self._shut_down()

    def _restart_until_stopped(self) -> None:
        failures = 0
        while self._wait_until_ready(self._depends_on) and not self._stopping.is_set():
            started = time.monotonic()
            if self._run_once():
                return
            is_stable = time.monotonic() - started > STABLE_RUN_S
            failures = 1 if is_stable else failures + 1
            self._handle_failure(failures)

    def _wait_until_ready(self, dependencies: list["Restarter"]) -> bool:
        """False when a stop was requested meanwhile."""
        for dependency in dependencies:
            while not dependency.ready.wait(POLL_INTERVAL_S):
                if self._stopping.is_set():
                    return False
        return True

    def _run_once(self) -> bool:
        """Start the part and wait. True when a stop was requested, false when it failed."""
        started = time.monotonic()
        self._update_status(state=PartState.STARTING, pid=None)
        self._restarts_at_start = self._count_dependency_restarts()
        self.part.before_start()
        child = self._spawn()
        if self.part.is_one_shot and not self._wait_for_success(child):
            return self._stopping.is_set()
        if not (
            self._wait_until_ready(self._starts_alongside)
            and self._wait_until_healthy(child, time.monotonic())
            and self._prepare_dependents(child)
        ):
            return self._stopping.is_set()
        state = PartState.DONE if self.part.is_one_shot else PartState.HEALTHY
        self._update_status(state=state, took=time.monotonic() - started)
        self.ready.set()
        self._was_ready = True
        if self.part.is_one_shot:
            return self._watch_result()
        return self._wait_for_stop_or_exit(child)

    def _spawn(self) -> ChildProcess:
        self._child = ChildProcess(
            self.part.build_command(),
            environment=self.part.environment,
            folder=self._folder,
            log=self._log,
            on_line=lambda line: self._events.on_output(self.part.name, line),
        )
        self._update_status(pid=self._child.pid, created=self._child.created)
        return self._child

    def _wait_for_success(self, child: ChildProcess) -> bool:
        """Wait until a one-shot part has exited. True when its exit code is 0."""
        self._wait_for_stop_or_exit(child)
        return child.has_succeeded()

    def _wait_until_healthy(self, child: ChildProcess, started: float) -> bool:
        """False when it exited, timed out, or a stop was requested."""
        deadline = started + self.part.ready_timeout_s
        while not self._stopping.wait(POLL_INTERVAL_S):
            if child.has_exited() and not self.part.is_one_shot:
                return False
            if self._is_healthy(started):
                return True
            if time.monotonic() > deadline:
                return False
        return False

    def _prepare_dependents(self, child: ChildProcess) -> bool:
        """False when the process was killed meanwhile: it is to be started again, while any
        other error ends the run."""
        try:
            self.part.on_ready()
        except CannotRun:
            self._stopping.wait(POLL_INTERVAL_S)
            if self.part.is_one_shot or not child.has_exited():
                raise
            return False
        return True

    def _is_healthy(self, started: float) -> bool:
        has_address = bool(self.part.probe.address)
        is_settled = self.part.is_one_shot or time.monotonic() - started > SETTLE_TIME_S
        return (has_address or is_settled) and self.part.probe.find_problem() is None

    def _wait_for_stop_or_exit(self, child: ChildProcess) -> bool:
        """True when a stop was requested, false when the process exited first."""
        while not child.has_exited():
            if self._stopping.wait(POLL_INTERVAL_S):
                return True
        return False

    def _watch_result(self) -> bool:
        """Watch what a one-shot part has set up. True when a stop was requested, false when
        its result is gone: its probe keeps failing, or a part it depends on was restarted."""
        if not self.part.probe.address:
            return self._stopping.wait()
        failed = 0
        while failed < MAX_FAILED_PROBES and not self._has_dependency_restarted():
            if self._stopping.wait(ONE_SHOT_PROBE_INTERVAL_S):
                return True
            failed = failed + 1 if self.part.probe.find_problem() else 0
        return False

    def _has_dependency_restarted(self) -> bool:
        return self._count_dependency_restarts() != self._restarts_at_start

    def _count_dependency_restarts(self) -> list[int]:
        dependencies = (*self._depends_on, *self._starts_alongside)
        return [dependency.status.restarts for dependency in dependencies]

    def _handle_failure(self, failures: int) -> None:
        """Report it, then wait before the next start: exponential backoff.

        Raises `PartFailed` after `MAX_START_ATTEMPTS` without a success.
        """
        self.ready.clear()
        if self._child is None:
            return
        reason = self._describe_failure(self._child)
        self._child.kill_remaining()
        self._events.on_exit(
            replace(self.status, reason=reason), self._child.last_lines()
        )
        if not self._was_ready and failures >= MAX_START_ATTEMPTS:
            raise PartFailed(
                f"{self.part.name} does not start ({reason}); see {self._log.path}"
            )
        self._update_status(
            state=PartState.RESTARTING,
            pid=None,
            reason=reason,
            restarts=self.status.restarts + 1,
        )
        self._stopping.wait(min(MAX_BACKOFF_S, 0.25 * 2**failures))

    def _describe_failure(self, child: ChildProcess) -> str:
        has_completed = self.part.is_one_shot and child.has_succeeded()
        if child.has_exited() and not has_completed:
            return child.describe_exit()
        if has_completed and self._has_dependency_restarted():
            return "a part that it depends on was restarted"
        return self.part.probe.find_problem() or "not ready in time"

    def _fail(self, error: CannotRun) -> None:
        self._update_status(state=PartState.FAILED, reason=str(error))
        self._events.on_failure(error)

    def _shut_down(self) -> None:
        """Stop the process once all dependents have stopped."""
        for dependent in self.dependents:
            dependent.stopped.wait()
        if self._child is not None:
            self._child.terminate(
                self.part.stop_signal, timeout_s=self.part.stop_timeout_s
            )
            self.part.after_stop()
        self._update_status(state=PartState.STOPPED, pid=None)
        self.stopped.set()

    def _update_status(self, **changes: object) -> None:
        if "state" in changes:
            changes["since"] = time.time()
        self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        self._events.on_status_change(self.status)
