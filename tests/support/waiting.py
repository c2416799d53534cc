"""Waiting for what another thread or process does."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
DEFAULT_TIMEOUT_S = 30.0


def eventually(
    condition: Callable[[], T | None],
    *,
    within: float = DEFAULT_TIMEOUT_S,
    every: float = 0.05,
) -> T:
    """Wait until `condition` returns a true value and return it; a failure shows the last one.

    It is asked again after `every` seconds.
    """
    deadline = time.monotonic() + within
    while not (result := condition()):
        assert time.monotonic() < deadline, f"still {result!r} after {within} s"
        time.sleep(every)
    return result
