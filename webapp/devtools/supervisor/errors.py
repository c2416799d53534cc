"""Errors that end `ecom67 run`: each has a one-sentence message and its own exit code."""

import errno
from typing import ClassVar


class CannotRun(Exception):
    """Ends `ecom67 run`. The message names the problem and its remedy."""

    exit_code: ClassVar[int] = 1


class UnusableSetting(CannotRun):
    """A setting is well formed but cannot be applied on this machine."""

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
    """A part did not become healthy, or its preparation failed."""

    exit_code = 7


class CannotDropPrivileges(CannotRun):
    exit_code = 8


def from_os_error(error: OSError, *, component: str) -> CannotRun:
    """The startup error for a failed system call; `component` names what it was for."""
    if error.errno == errno.ENOSPC:
        return DiskFull(f"The disk is full ({error.filename or component}): make room")
    return PartFailed(f"{component} does not start: {error}")


class Unhealthy(Exception):
    """Raised by a health check; the message describes what is wrong with the part."""
