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
from dataclasses import dataclass
from types import FrameType
from typing import Any, NoReturn, TypeVar

import click
import ray

from jobs.process import EXIT_WRONG_SETTING
from webapp.config import Settings, WrongSetting
from webapp.kit.errors import CommerceError, Conflict

RAY_JOB_VARIABLE = "RAY_JOB_CONFIG_JSON_ENV_VAR"
"""Environment variable that Ray sets only for an entry point run by `ray job submit`."""
EXIT_FAILED = 1
EXIT_ANOTHER_RUNS = 75
SIGNAL_EXIT = 128

Done = TypeVar("Done")
Work = Callable[[str], Done]


class JobRuns(Conflict):
    code = "JOB_RUNS"


class Stopped(BaseException):
    """By a signal; no error of the job."""


@dataclass(frozen=True)
class BatchRun:
    """One run of a job."""

    settings: Settings
    on_ray: bool = False
    waits: bool = True
    """Whether it waits for another run of the same job; else it is refused."""
    print_line: Callable[[str], None] = click.echo
    clock: Callable[[], float] = time.monotonic

    def run_units(
        self,
        work: Work[Done],
        units: Sequence[str],
        *,
        describe: Callable[[Done], str],
    ) -> Iterator[tuple[str, Done]]:
        """Yield each unit and what became of it as it completes: on a cluster in any order. Each
        has a line, with the rate and the time left."""
        started = self.clock()
        complete = _complete_on_ray if self.on_ray else _complete_in_process
        for count, (unit, done) in enumerate(complete(work, units), start=1):
            yield unit, done
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


def run_job(job: Callable[[BatchRun], str], *, waits: bool = True) -> NoReturn:
    """Run a job as the command of this process, which it ends. The job returns a sentence on what
    was done."""
    signal.signal(signal.SIGTERM, _raise_stopped)
    try:
        is_submitted = RAY_JOB_VARIABLE in os.environ
        settings = Settings.load()
        if is_submitted:
            ray.init(log_to_driver=False)
        click.echo(job(BatchRun(settings, on_ray=is_submitted, waits=waits)))
    except WrongSetting as error:
        _end_with(str(error), EXIT_WRONG_SETTING)
    except JobRuns as error:
        _end_with(error.message, EXIT_ANOTHER_RUNS)
    except CommerceError as error:
        _end_with(error.message, EXIT_FAILED)
    except (KeyboardInterrupt, Stopped) as stopped:
        number = signal.SIGTERM if isinstance(stopped, Stopped) else signal.SIGINT
        _end_with(
            "Stopped. What was finished stays: run it again to go on.",
            SIGNAL_EXIT + number,
        )
    sys.exit(0)


def _raise_stopped(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped


def _end_with(sentence: str, code: int) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(code)


def _complete_in_process(
    work: Work[Done], units: Sequence[str]
) -> Iterator[tuple[str, Done]]:
    return ((unit, work(unit)) for unit in units)


def _complete_on_ray(
    work: Work[Done], units: Sequence[str]
) -> Iterator[tuple[str, Done]]:
    run_unit: Any = ray.remote(num_cpus=1)(_run_unit)
    unit_by_ref = {run_unit.remote(work, unit): unit for unit in units}
    pending = list(unit_by_ref)
    while pending:
        [ready], pending = ray.wait(pending, num_returns=1)
        yield unit_by_ref[ready], ray.get(ready)


def _run_unit(work: Work[Done], unit: str) -> Done:
    return work(unit)
