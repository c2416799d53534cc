"""A parent above the supervisor, so that even its sudden death leaves no process behind.

The process that was started forks: the child becomes the supervisor, the parent waits here.
When the supervisor ends in any other way than by finishing, the guard kills what it had
started. On Linux orphans come to the guard by themselves (it is their sub-reaper); elsewhere
they are found by the state file. When the guard is killed, the supervisor sees their pipe
close and stops in order.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from webapp.devtools.supervisor import process_tree

PR_SET_CHILD_SUBREAPER = 36
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EXIT_CRASHED = 70
"""Exit code when the supervisor was killed (EX_SOFTWARE of sysexits)."""


def run_under_parent_watch(
    run: Callable[[int], int], *, clean_up: Callable[[int], object]
) -> int:
    """Run the supervisor in a child. Returns only in the guard, with its exit code.

    `run` is given a descriptor that reaches its end of file when the guard dies, `clean_up`
    the number of a supervisor that was killed. Call this before any thread exists.
    """
    guarded, held = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(held)
        sys.exit(run(guarded))
    os.close(guarded)
    return _watch(pid, clean_up)


def call_when_parent_dies(descriptor: int, then: Callable[[], object]) -> None:
    """Call `then` in a thread of its own once the guard is dead."""

    def wait() -> None:
        os.read(descriptor, 1)
        then()

    threading.Thread(target=wait, name="guard", daemon=True).start()


def _watch(supervisor: int, clean_up: Callable[[int], object]) -> int:
    _adopt_orphans()
    _forward_signals(supervisor)
    code = _wait_for(supervisor)
    if code < 0:
        name = signal.Signals(-code).name
        sys.stderr.write(f"The supervisor was killed by {name}; ending its parts.\n")
        clean_up(supervisor)
    process_tree.kill_descendants()
    return EXIT_CRASHED if code < 0 else code


def _wait_for(supervisor: int) -> int:
    """Its exit code; orphans that end meanwhile are taken note of, or they would stay."""
    while True:
        pid, status = os.wait()
        if pid == supervisor:
            return os.waitstatus_to_exitcode(status)


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _forward_signals(supervisor: int) -> None:
    def forward(number: int, _: FrameType | None) -> None:
        os.kill(supervisor, number)

    for number in FORWARDED:
        signal.signal(number, forward)
