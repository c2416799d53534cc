"""The real supervisor with tiny programs, observed and disturbed from outside."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.waiting import eventually
from webapp.config import PROJECT_ROOT
from webapp.devtools.supervisor.part import PartState, PartStatus
from webapp.devtools.supervisor.state import RunFolder, RunState

pytestmark = pytest.mark.slow


class SmallPlatform:
    """A run as seen from outside: its output file, its state file, its processes."""

    def __init__(self, var: Path, *names: str) -> None:
        self.var = var
        self.output = var / "output"
        command = [sys.executable, "-m", "tests.support.small_platform", str(var)]
        with self.output.open("ab") as output:
            self.parent = subprocess.Popen(
                [*command, *names],
                cwd=PROJECT_ROOT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def has_printed(self, text: str) -> bool:
        return text in self.output.read_text()

    def wait_until_ready(self) -> "SmallPlatform":
        eventually(lambda: self.has_printed("ready") or self.parent.poll() is not None)
        assert self.parent.poll() is None, self.output.read_text()
        return self

    def state(self) -> RunState:
        state = RunFolder(self.var).read_state()
        assert state is not None
        return state

    def part(self, name: str) -> PartStatus:
        [status] = [part for part in self.state().parts if part.name == name]
        return status

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.parent.pid).children(recursive=True)

    def stop(self, stop_signal: signal.Signals = signal.SIGTERM) -> int:
        self.parent.send_signal(stop_signal)
        return self.parent.wait(20)


@contextmanager
def platform(var: Path, *names: str) -> Iterator[SmallPlatform]:
    started = SmallPlatform(var, *names)
    try:
        yield started
    finally:
        if started.parent.poll() is None:
            started.stop()


def are_gone(processes: list[psutil.Process]) -> Callable[[], bool]:
    def check() -> bool:
        return not any(
            process.is_running() and process.status() != psutil.STATUS_ZOMBIE
            for process in processes
        )

    return check


@pytest.mark.parametrize("stop_signal", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_starts_in_order_and_stops_in_reverse_leaving_nothing(
    tmp_path: Path, stop_signal: signal.Signals
) -> None:
    with platform(tmp_path, "store", "count", "shop", "wanderer") as run:
        everything = run.wait_until_ready().processes()
        assert [part.state for part in run.state().parts] == [
            PartState.HEALTHY,
            PartState.DONE,
            PartState.HEALTHY,
            PartState.HEALTHY,
        ]

        assert run.stop(stop_signal) == 0

    written = tmp_path / "lifecycle"
    assert written.stat().st_mode & 0o077 == 0, "readable by its owner only"
    assert written.read_text().splitlines() == [
        "started store",
        "started shop",
        "stopped shop",
        "stopped store",
    ]
    assert are_gone(everything)()
    assert RunFolder(tmp_path).read_state() is None


@pytest.mark.parametrize("victim", ["supervisor", "parent"])
def test_killing_the_supervisor_or_its_parent_leaves_no_process(
    tmp_path: Path, victim: str
) -> None:
    with platform(tmp_path, "store", "shop", "wanderer") as run:
        everything = run.wait_until_ready().processes()
        pid = run.state().pid if victim == "supervisor" else run.parent.pid

        os.kill(pid, signal.SIGKILL)

        eventually(are_gone(everything))
        assert run.parent.wait(10) != 0


def test_after_both_were_killed_the_next_start_kills_their_orphans(
    tmp_path: Path,
) -> None:
    with platform(tmp_path, "store", "shop") as run:
        orphans = [
            p for p in run.wait_until_ready().processes() if p.pid != run.state().pid
        ]
        supervisor = run.state().pid
        run.parent.send_signal(signal.SIGSTOP)
        os.kill(supervisor, signal.SIGKILL)
        run.parent.kill()
        run.parent.wait()
        assert all(process.is_running() for process in orphans)

    with platform(tmp_path, "count") as again:
        eventually(are_gone(orphans))
        eventually(
            lambda: again.has_printed("stopped what it left running: store, shop")
        )


def test_a_killed_part_is_restarted_and_the_reason_is_shown(tmp_path: Path) -> None:
    with platform(tmp_path, "store", "shop") as run:
        first = run.wait_until_ready().part("shop")
        assert first.pid is not None

        os.kill(first.pid, signal.SIGKILL)

        eventually(lambda: run.part("shop").restarts == 1)
        eventually(lambda: run.part("shop").state is PartState.HEALTHY)
        assert run.part("shop").reason == "killed by SIGKILL"
        assert run.part("shop").pid != first.pid
        assert run.has_printed("shop failed: killed by SIGKILL")
        # Children of the dead process are gone with it: one of each is left.
        assert len(run.processes()) == 5


def test_a_part_that_is_killed_while_it_prepares_others_is_restarted(
    tmp_path: Path,
) -> None:
    with platform(tmp_path, "interrupted") as run:
        part = run.wait_until_ready().part("interrupted")

    assert (part.restarts, part.state) == (1, PartState.HEALTHY)
    assert part.reason == "killed by SIGKILL"


def test_a_part_that_never_starts_ends_the_run_and_its_output_is_shown(
    tmp_path: Path,
) -> None:
    with platform(tmp_path, "store", "broken") as run:
        everything = run.processes()

        assert run.parent.wait(20) == 7

    output = (tmp_path / "output").read_text()
    assert "cannot open the till" in output
    assert output.splitlines()[-1] == (
        f"broken does not start (exit code 3); see {tmp_path / 'broken.log'}"
    )
    assert (tmp_path / "broken.log").read_text().count("cannot open the till") == 3
    assert are_gone(everything)()


def test_a_part_that_ignores_the_stop_signal_is_killed_after_its_timeout(
    tmp_path: Path,
) -> None:
    with platform(tmp_path, "stubborn") as run:
        everything = run.wait_until_ready().processes()
        assert run.stop() == 0

    assert are_gone(everything)()


def test_a_one_shot_part_runs_again_when_a_part_it_depends_on_was_killed(
    tmp_path: Path,
) -> None:
    with platform(tmp_path, "server", "deployment") as run:
        server = run.wait_until_ready().part("server").pid
        assert server is not None

        os.kill(server, signal.SIGKILL)

        eventually(lambda: run.part("deployment").restarts > 0)
        eventually(lambda: run.part("deployment").state is PartState.DONE)
        assert run.part("server").state is PartState.HEALTHY
        assert (tmp_path / "deployment.log").read_text().count("counted") >= 2
        assert run.stop() == 0


def test_a_second_run_on_the_same_folder_is_rejected(tmp_path: Path) -> None:
    with platform(tmp_path, "store") as run:
        run.wait_until_ready()
        with platform(tmp_path, "store") as second:
            assert second.parent.wait(10) == 3
            assert second.has_printed(f"is running already (process {run.state().pid})")
        assert run.part("store").state is PartState.HEALTHY


def ecom67_status(var: Path) -> tuple[int, dict[str, Any]]:
    result = subprocess.run(
        [sys.executable, "-m", "webapp.cli.main", "status", "--json"],
        cwd=PROJECT_ROOT,
        env={**os.environ, "VAR_DIR": str(var)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return result.returncode, json.loads(result.stdout)


def test_status_in_another_terminal_shows_each_process(tmp_path: Path) -> None:
    with platform(tmp_path, "store", "count", "flaky") as run:
        eventually(lambda: RunFolder(tmp_path).read_state() is not None)
        eventually(lambda: run.part("count").state is PartState.DONE)
        eventually(lambda: run.part("flaky").restarts > 0)

        code, seen = ecom67_status(tmp_path)

        processes = {process["name"]: process for process in seen["processes"]}
        assert processes.keys() == {"supervisor", "store", "count", "flaky"}
        assert processes["store"]["pid"] == run.part("store").pid
        assert processes["store"]["healthy"]
        # A Python process with a child: both count.
        assert processes["store"]["memoryBytes"] > 5_000_000
        assert processes["count"]["state"] == "done"
        assert processes["flaky"]["restarts"] > 0
        assert seen["memoryBytes"] > processes["store"]["memoryBytes"]
        assert code == (0 if seen["healthy"] else 1)
