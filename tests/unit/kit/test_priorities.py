"""Background processes yield to others, as far as the platform knows how."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.pool import BACKGROUND_NICENESS
from webapp.kit import priorities
from webapp.kit.priorities import set_niceness


@pytest.fixture
def leader() -> Iterator["subprocess.Popen[bytes]"]:
    """A process with a session of its own, like those of parts."""
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    )
    yield process
    process.kill()
    process.wait()


def test_a_process_and_its_session_yield(leader: "subprocess.Popen[bytes]") -> None:
    set_niceness(leader.pid, BACKGROUND_NICENESS)

    assert os.getpriority(os.PRIO_PROCESS, leader.pid) == BACKGROUND_NICENESS
    autogroup = Path(f"/proc/{leader.pid}/autogroup")
    if autogroup.exists():
        assert autogroup.read_text().split()[-1] == str(BACKGROUND_NICENESS)


def test_without_niceness_nothing_is_changed(
    leader: "subprocess.Popen[bytes]",
) -> None:
    set_niceness(leader.pid, 0)

    assert os.getpriority(os.PRIO_PROCESS, leader.pid) == os.getpriority(
        os.PRIO_PROCESS, os.getpid()
    )


def test_a_process_that_is_gone_is_no_error(leader: "subprocess.Popen[bytes]") -> None:
    leader.kill()
    leader.wait()

    set_niceness(leader.pid, BACKGROUND_NICENESS)


def test_a_busy_kernel_is_asked_again(
    leader: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []
    write_text = Path.write_text

    def write_later(path: Path, text: str) -> int:
        if len(refused) < 2:
            refused.append(text)
            raise BlockingIOError
        return write_text(path, text) if path.exists() else 0

    monkeypatch.setattr(Path, "write_text", write_later)
    monkeypatch.setattr(priorities, "INTERVAL_S", 0)

    set_niceness(leader.pid, BACKGROUND_NICENESS)

    assert refused == [str(BACKGROUND_NICENESS)] * 2
