"""Every process a part has started, found and ended on Linux and macOS alike.

A part runs in a session of its own, and a session outlives its leader: what a dead part left
behind is still found by its number. Processes that left the session are found as
descendants, as long as their ancestors live.
"""

import contextlib
import os
import signal
from collections.abc import Iterable

import psutil

# Linux keeps the boot time in whole seconds, so two readings of one start can differ.
CLOCK_SLACK_SECONDS = 2.0


def find_process(pid: int, *, created: float) -> psutil.Process | None:
    """The process, unless its number belongs to another one by now."""
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - created) < CLOCK_SLACK_SECONDS
    except psutil.NoSuchProcess:
        return None
    return process if same else None


def list_session_processes(leader: int) -> list[psutil.Process]:
    """The living processes of a session, the leader if it lives, and their descendants."""
    living = {p.pid: p for p in psutil.process_iter() if _lives(p)}
    parents = {pid: _parent(process) for pid, process in living.items()}
    found = {pid for pid in living if _session(pid) == leader}
    while more := {pid for pid in parents if parents[pid] in found} - found:
        found |= more
    return [living[pid] for pid in sorted(found)]


def kill_session(leader: int, *, also: Iterable[psutil.Process] = ()) -> None:
    """End all of it at once, again and again until nothing new has been started.

    `also` are members of before: one whose ancestors are gone by now is not found any more.
    """
    _kill_each([process for process in also if _lives(process)])
    while remaining := list_session_processes(leader):
        _kill_each(remaining)


def kill_descendants() -> None:
    """End everything below this process."""
    me = psutil.Process()
    while remaining := [p for p in me.children(recursive=True) if _lives(p)]:
        _kill_each(remaining)


def measure_memory_bytes(processes: Iterable[psutil.Process]) -> int:
    """Bytes of all of them; shared pages are split between their users where Linux says."""
    return sum(_memory(process) for process in processes)


def _kill_each(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(processes, timeout=5)


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _parent(process: psutil.Process) -> int | None:
    try:
        return int(process.ppid())
    except psutil.NoSuchProcess:
        return None


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _memory(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
    return int(getattr(full, "pss", full.rss))
