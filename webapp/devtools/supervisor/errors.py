"""Why the platform cannot run: one sentence for a person, one exit code for a script."""

import errno
from typing import ClassVar


class CannotRun(Exception):
    """Ends `ecom67 run`. The message says what is wrong and what to do about it."""

    exit_code: ClassVar[int] = 1


class UnusableSetting(CannotRun):
    """A setting that is well formed, and cannot be done here."""

    exit_code = 2


class AlreadyRunning(CannotRun):
    exit_code = 3


class PortTaken(CannotRun):
    exit_code = 4


class DiskFull(CannotRun):
    exit_code = 5


class VarUnwritable(CannotRun):
    exit_code = 6


class PartFailed(CannotRun):
    """A part did not become healthy, or a step before it failed."""

    exit_code = 7


class CannotDropPrivileges(CannotRun):
    exit_code = 8


def from_os_error(problem: OSError, *, component: str) -> CannotRun:
    """The refusal behind a failed system call; `what` is what it was for."""
    if problem.errno == errno.ENOSPC:
        return DiskFull(
            f"The disk is full ({problem.filename or component}): make room"
        )
    return PartFailed(f"{component} does not start: {problem}")


class Unhealthy(Exception):
    """What is wrong with a part, in words: the finding of a check."""
