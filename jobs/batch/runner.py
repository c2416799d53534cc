"""Runs a batch job: its units one by one in this process, or as tasks of the cluster that it was
submitted to.

    ray job submit --working-dir . -- python -m jobs.batch.export_orders

Exit codes: 0 done, also where there was nothing to do; 1 failed, and the last line says why; 2
wrong arguments or settings; 75 another run of the same job goes on, and it was not to be waited
for; 130 and 143 stopped by a signal. What a run has finished stays, and the next one goes on there.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, NoReturn, TypeVar

import click
import ray
from ray.exceptions import RayTaskError
from sqlalchemy.exc import OperationalError

from jobs.batch.metrics import RunMetrics, RunOutcome
from jobs.process import EXIT_WRONG_SETTING, configure_process
from webapp.config import Settings, WrongSetting
from webapp.kit.errors import CommerceError, Conflict

RAY_JOB_VARIABLE = "RAY_JOB_CONFIG_JSON_ENV_VAR"
"""Environment variable that Ray sets only for an entry point run by `ray job submit`."""
EXIT_FAILED = 1
EXIT_ANOTHER_RUNS = 75
SIGNAL_EXIT = 128

STOPPED_SENTENCE = "Stopped. What was finished stays: run it again to go on."

Done = TypeVar("Done")
Work = Callable[[str], Done]


class JobRuns(Conflict):
    code = "JOB_RUNS"


class Stopped(KeyboardInterrupt):
    """By SIGTERM; no error of the job. Inside of its calls Ray lets through no other exceptions of
    a signal's handler, and makes this one a plain `KeyboardInterrupt`."""


@dataclass
class _StopSignal:
    """SIGTERM, of which a handler raises `Stopped`."""

    is_received: bool = False

    def listen(self) -> None:
        signal.signal(signal.SIGTERM, self._raise_stopped)

    def _raise_stopped(self, _number: int, _frame: FrameType | None) -> NoReturn:
        self.is_received = True
        raise Stopped


@dataclass(frozen=True)
class BatchRun:
    """One run of a job."""

    settings: Settings
    on_ray: bool = False
    waits: bool = True
    """Whether it waits for another run of the same job; else it is refused."""
    print_line: Callable[[str], None] = click.echo
    clock: Callable[[], float] = time.monotonic
    metrics: RunMetrics = field(default_factory=RunMetrics)

    def run_units(
        self,
        work: Work[Done],
        units: Sequence[str],
        *,
        describe: Callable[[Done], str],
        count_rows: Callable[[Done], int] = lambda _: 0,
    ) -> Iterator[tuple[str, Done]]:
        """Yield each unit and what became of it as it completes: on a cluster in any order. Each
        has a line, with the rate and the time left, and is counted with its rows once the caller
        has done with it."""
        started = self.clock()
        complete = _complete_on_ray if self.on_ray else _complete_in_process
        for count, (unit, done) in enumerate(complete(work, units), start=1):
            yield unit, done
            self.metrics.count_unit(count_rows(done))
            speed = describe_speed(count, len(units), self.clock() - started)
            self.print_line(f"{count}/{len(units)}  {unit}  {describe(done)}  {speed}")


def describe_speed(count: int, total: int, seconds: float) -> str:
    """The rate of units, and the time left at that rate; at the end the time that all took."""
    if count == total:
        return f"all in {seconds:,.1f} s"
    if seconds <= 0:
        return ""
    left = (total - count) * seconds / count
    return f"{count / seconds:,.1f}/s, {left:,.0f} s left"


@dataclass(frozen=True)
class _Ending:
    outcome: RunOutcome
    code: int
    sentence: str


def run_job(
    name: str, job: Callable[[BatchRun], str], *, waits: bool = True
) -> NoReturn:
    """Run a job as the command of this process, which it ends. The job returns a sentence on what
    was done. What it did is logged and counted by its name."""
    settings = configure_process("batch")
    stop_signal = _StopSignal()
    stop_signal.listen()
    started = time.monotonic()
    metrics = RunMetrics(name)
    try:
        is_submitted = RAY_JOB_VARIABLE in os.environ
        if is_submitted:
            _connect_to_ray()
            stop_signal.listen()
            metrics = RunMetrics(name, on_ray=True)
        run = BatchRun(settings, on_ray=is_submitted, waits=waits, metrics=metrics)
        ending = _Ending(RunOutcome.DONE, 0, job(run))
    except BaseException as error:
        cause = Stopped() if stop_signal.is_received else _find_cause(error)
        found = _explain_end(cause)
        if found is None:
            metrics.record_end(RunOutcome.CRASHED, time.monotonic() - started)
            raise
        ending = found
    metrics.record_end(ending.outcome, time.monotonic() - started)
    click.echo(ending.sentence, err=ending.code != 0)
    sys.exit(ending.code)


def _connect_to_ray() -> None:
    """Raises `Stopped`. Ray sets a handler of SIGTERM, which exits with the signal's number."""
    # Of tasks that are under way when the run has ended; all others are waited for.
    os.environ["RAY_IGNORE_UNHANDLED_ERRORS"] = "1"
    try:
        ray.init(log_to_driver=False)
    except SystemExit as error:
        raise Stopped from error


def _find_cause(error: BaseException) -> BaseException:
    """What went wrong in a task of the cluster."""
    return error.cause if isinstance(error, RayTaskError) else error


def _explain_end(error: BaseException) -> _Ending | None:
    """None for a bug."""
    match error:
        case WrongSetting():
            return _Ending(RunOutcome.WRONG_SETTING, EXIT_WRONG_SETTING, str(error))
        case JobRuns():
            return _Ending(RunOutcome.ANOTHER_RUNS, EXIT_ANOTHER_RUNS, error.message)
        case KeyboardInterrupt():
            number = signal.SIGTERM if isinstance(error, Stopped) else signal.SIGINT
            return _Ending(RunOutcome.STOPPED, SIGNAL_EXIT + number, STOPPED_SENTENCE)
    sentence = _explain_failure(error)
    return _Ending(RunOutcome.FAILED, EXIT_FAILED, sentence) if sentence else None


def _explain_failure(error: BaseException) -> str | None:
    """What an operator can mend; None for a bug."""
    match error:
        case CommerceError():
            cause = f" ({error.__cause__})" if error.__cause__ else ""
            return f"{error.message}{cause}"
        case OperationalError():
            return f"The database does not work: {' '.join(str(error.orig).split())}"
        case OSError():
            return f"The file storage does not work: {error}"
    return None


def _complete_in_process(
    work: Work[Done], units: Sequence[str]
) -> Iterator[tuple[str, Done]]:
    return ((unit, work(unit)) for unit in units)


def _complete_on_ray(
    work: Work[Done], units: Sequence[str]
) -> Iterator[tuple[str, Done]]:
    run_unit: Any = ray.remote(num_cpus=1)(_run_unit)
    # Sent once, and not with each task.
    shared = ray.put(work)
    unit_by_ref = {run_unit.remote(shared, unit): unit for unit in units}
    pending = list(unit_by_ref)
    while pending:
        [ready], pending = ray.wait(pending, num_returns=1)
        yield unit_by_ref[ready], ray.get(ready)


def _run_unit(work: Work[Done], unit: str) -> Done:
    return work(unit)
