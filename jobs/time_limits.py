"""Time limits of jobs that run in the worker's own process."""

import faulthandler
import signal
from collections.abc import Iterator
from contextlib import contextmanager

HARD_KILL_DELAY_S = 60
"""How long after its time limit a job that no exception can interrupt ends the whole worker."""


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
    faulthandler.dump_traceback_later(seconds + HARD_KILL_DELAY_S, exit=True)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
        faulthandler.cancel_dump_traceback_later()
