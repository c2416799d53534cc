"""A parent process above the supervisor, so that no process outlives a killed supervisor.

The process that was started forks: the child becomes the supervisor, the parent waits here.
When the supervisor is killed, the parent kills everything it had started. On Linux orphans
are reparented to the parent (it is their subreaper); elsewhere they are found by the state
file. When the parent is killed, the supervisor sees their pipe close and shuts down
gracefully.
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
    """Run the supervisor in a child process. Returns only in the parent, with the exit code.

    `run` is given a file descriptor that reaches end of file when the parent dies;
    `clean_up` is given the process id of a supervisor that was killed. Call this before any
    thread exists.
    """
    parent_pipe, write_end = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(write_end)
        sys.exit(run(parent_pipe))
    os.close(parent_pipe)
    return _watch_supervisor(pid, clean_up)


def call_when_parent_dies(parent_pipe: int, callback: Callable[[], object]) -> None:
    """Call `callback` in a thread of its own once the parent has died."""

    def wait() -> None:
        os.read(parent_pipe, 1)
        callback()

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()


def _watch_supervisor(supervisor: int, clean_up: Callable[[int], object]) -> int:
    _adopt_orphans()
    _forward_signals(supervisor)
    code = _wait_for(supervisor)
    if code < 0:
        name = signal.Signals(-code).name
        sys.stderr.write(f"The supervisor was killed by {name}; stopping its parts.\n")
        clean_up(supervisor)
    process_tree.kill_descendants()
    return EXIT_CRASHED if code < 0 else code


def _wait_for(supervisor: int) -> int:
    """Return its exit code; reap orphans that exit meanwhile, or they would stay zombies."""
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
