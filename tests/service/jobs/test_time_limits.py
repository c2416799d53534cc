"""A job that no exception can interrupt ends its process; one that is done does not."""

import subprocess
import sys

WATCHED = """
import time
from jobs import time_limits
time_limits.HARD_KILL_DELAY_S = 1
with time_limits.Watchdog() as watchdog:
    for _ in range(3):
        watchdog.expect_job({limit})
    time.sleep({inside})
time.sleep({after})
"""


def run_watched(*, limit: int, inside: float, after: float) -> tuple[int, str]:
    """The exit status of a process, and what it has written, whose jobs have this time limit and
    which works `inside` and idles `after` them."""
    code = WATCHED.format(limit=limit, inside=inside, after=after)
    finished = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return finished.returncode, finished.stderr


def test_a_job_that_cannot_be_interrupted_ends_its_process() -> None:
    status, written = run_watched(limit=0, inside=30, after=0)

    assert status == 1
    assert "Timeout" in written
    assert 'File "<string>", line 8' in written, "where it hung"


def test_an_idle_process_is_not_ended() -> None:
    assert run_watched(limit=0, inside=0, after=1.5) == (0, "")
