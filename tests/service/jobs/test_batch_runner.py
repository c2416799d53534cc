"""The command of a batch job: what it prints, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ray.exceptions import RayTaskError
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from jobs.batch.runner import BatchRun, JobRuns, Stopped, describe_speed, run_job
from webapp.config import PROJECT_ROOT, Settings, WrongSetting
from webapp.kit import log as logs
from webapp.kit.errors import Unavailable


@pytest.mark.parametrize(
    ("count", "total", "seconds", "speed"),
    [
        (1, 4, 2.0, "0.5/s, 6 s left"),
        (3, 4, 1.5, "2.0/s, 0 s left"),
        (4, 4, 8.0, "all in 8.0 s"),
        (1, 4, 0.0, ""),
    ],
)
def test_progress_has_the_rate_and_the_time_left(
    count: int, total: int, seconds: float, speed: str
) -> None:
    assert describe_speed(count, total, seconds) == speed


def test_a_line_is_printed_for_each_unit_after_it_was_taken() -> None:
    seen: list[str] = []
    ticks = iter([0.0, 2.0, 4.0])
    run = BatchRun(Settings(), print_line=seen.append, clock=lambda: next(ticks))

    units = run.run_units(str.upper, ["a", "b"], describe=lambda done: f"is {done}")
    for unit, done in units:
        seen.append(f"{unit} {done}")

    assert seen == [
        "a A",
        "1/2  a  is A  0.5/s, 2 s left",
        "b B",
        "2/2  b  is B  all in 4.0 s",
    ]


def fail_with(error: BaseException) -> Callable[[BatchRun], str]:
    def fail(_: BatchRun) -> str:
        raise error

    return fail


def build_task_error(cause: Exception) -> BaseException:
    """As Ray raises what a task has raised."""
    build: Callable[..., RayTaskError] = RayTaskError
    return build("work", "Traceback", cause)


@pytest.fixture
def _signals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As before afterwards, and the logs of this process, too."""
    monkeypatch.setattr(logs, "configure", lambda **_: None)
    handler = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, handler)


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize(
    ("job", "code", "outcome", "printed"),
    [
        (lambda _: "3 months written", 0, "done", "3 months written"),
        (fail_with(JobRuns("Another runs")), 75, "another_runs", "Another runs"),
        (fail_with(WrongSetting("X: no")), 2, "wrong_setting", "X: no"),
        (fail_with(Unavailable("No database")), 1, "failed", "No database"),
        (
            fail_with(OperationalError("SELECT 1", {}, Exception("no\n\tserver"))),
            *(1, "failed", "The database does not work: no server"),
        ),
        (
            fail_with(OSError(28, "No space left on device", "/srv/a")),
            *(1, "failed", "storage does not work: [Errno 28] No space left on device"),
        ),
        (
            fail_with(build_task_error(OSError(28, "No space left"))),
            *(1, "failed", "The file storage does not work: [Errno 28] No space left"),
        ),
        (fail_with(KeyboardInterrupt()), 130, "stopped", "run it again to go on"),
        (fail_with(Stopped()), 143, "stopped", "run it again to go on"),
    ],
)
def test_exit_code_and_log_say_how_it_ended(
    capsys: pytest.CaptureFixture[str],
    job: Callable[[BatchRun], str],
    code: int,
    outcome: str,
    printed: str,
) -> None:
    with capture_logs() as logged, pytest.raises(SystemExit) as ended:
        run_job("sample", job)

    assert ended.value.code == code
    output = capsys.readouterr()
    assert printed in (output.err if code else output.out)
    [event] = logged
    assert event.pop("seconds") >= 0
    assert event == {
        "event": "batch job ended",
        "log_level": "info",
        "job": "sample",
        "outcome": outcome,
        "units": 0,
        "rows": 0,
    }


@pytest.mark.usefixtures("_signals")
def test_a_bug_is_no_error_of_the_job() -> None:
    with capture_logs() as logged, pytest.raises(ZeroDivisionError):
        run_job("sample", fail_with(ZeroDivisionError()))

    assert [event["outcome"] for event in logged] == ["crashed"]


@pytest.mark.usefixtures("_signals")
def test_the_log_has_the_units_that_were_complete_and_their_rows() -> None:
    def work(unit: str) -> int:
        if unit == "c":
            raise Unavailable("The database is away")
        return len(unit) * 100

    def work_through(run: BatchRun) -> str:
        done = run.run_units(
            work, ["a", "bb", "c", "d"], describe=str, count_rows=lambda rows: rows
        )
        return f"{len(list(done))} units"

    with capture_logs() as logged, pytest.raises(SystemExit):
        run_job("sample", work_through)

    [event] = logged
    assert (event["outcome"], event["units"], event["rows"]) == ("failed", 2, 300)


def run_export(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return run_program("-m", "jobs.batch.export_orders", *arguments, **settings)


def run_program(*command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=PROJECT_ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_help_and_wrong_arguments_and_settings_have_codes_of_their_own() -> None:
    helped, mistyped, unset = (
        run_export("--help"),
        run_export("--ful"),
        run_export(CURRENCY="dollars"),
    )

    assert (helped.returncode, mistyped.returncode, unset.returncode) == (0, 2, 2)
    assert "--no-wait" in helped.stdout
    assert "Did you mean '--full'?" in mistyped.stderr
    assert "CURRENCY" in unset.stderr


@pytest.mark.slow
def test_a_job_that_is_terminated_says_so_and_ends_with_143(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    program = f"""\
import pathlib, time
from jobs.batch.runner import run_job

def work(_):
    pathlib.Path({str(ready)!r}).touch()
    time.sleep(60)

run_job("sample", work)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=PROJECT_ROOT, stderr=subprocess.PIPE
    ) as job:
        deadline = time.monotonic() + 50
        while not ready.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        job.terminate()
        _, errors = job.communicate(timeout=20)

    assert job.returncode == 143
    logged, sentence = errors.decode().splitlines()
    assert json.loads(logged)["outcome"] == "stopped"
    assert "run it again to go on" in sentence
