"""Time limits of jobs that run in the worker's own process."""

import faulthandler
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

HARD_KILL_DELAY_S = 60
"""How long after its time limit, at most, a job that no exception can interrupt ends the whole
worker; at least half of it."""


class TimeLimitExceeded(BaseException):
    """A job exceeded its time limit.

    A `BaseException`, so that no `except Exception` handles it as an error of the interrupted
    call: an SDK does not retry, and SQLAlchemy discards the connection that awaits an answer.
    """


@contextmanager
def limit_time(seconds: int) -> Iterator[None]:
    """Raise `TimeLimitExceeded` in the block after so many seconds. In the main thread only."""

    def interrupt(*_signal: object) -> None:
        raise TimeLimitExceeded(f"not done after {seconds} seconds")

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


class Watchdog:
    """Ends the process, with a traceback of each thread, when a job exceeds its time limit and
    cannot be interrupted."""

    def __init__(self) -> None:
        self._ends_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        faulthandler.cancel_dump_traceback_later()

    def expect_job(self, seconds: int) -> None:
        """A job with this time limit starts. The timer is set anew only when too little of it is
        left: that ends a thread and starts one, which costs as much as a small statement."""
        now = time.monotonic()
        if self._ends_at < now + seconds + HARD_KILL_DELAY_S / 2:
            faulthandler.dump_traceback_later(seconds + HARD_KILL_DELAY_S, exit=True)
            self._ends_at = now + seconds + HARD_KILL_DELAY_S
