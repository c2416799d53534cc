"""Find and kill every process that a part has started, on Linux and macOS.

A part runs in a session of its own, and a session outlives its leader: the processes of a
dead part are still found by its session id. Processes that left the session are found as
descendants, as long as their ancestors live.
"""

import contextlib
import os
import signal
from collections.abc import Iterable

import psutil

# Linux keeps the boot time in whole seconds, so two readings of one start can differ.
CLOCK_TOLERANCE_S = 2.0


def find_process(pid: int, *, created: float) -> psutil.Process | None:
    """The process, or `None` when it has gone or its pid belongs to another one by now."""
    try:
        process = psutil.Process(pid)
        is_same = abs(process.create_time() - created) < CLOCK_TOLERANCE_S
    except psutil.NoSuchProcess:
        return None
    return process if is_same else None


def list_session_processes(leader: int) -> list[psutil.Process]:
    """The living processes of a session, the leader if it lives, and their descendants."""
    alive = {p.pid: p for p in psutil.process_iter() if _is_alive(p)}
    parents = {pid: _get_parent_pid(process) for pid, process in alive.items()}
    found = {pid for pid in alive if _get_session_id(pid) == leader}
    while more := {pid for pid in parents if parents[pid] in found} - found:
        found |= more
    return [alive[pid] for pid in sorted(found)]


def kill_session(leader: int, *, also: Iterable[psutil.Process] = ()) -> None:
    """Kill all of its processes, repeatedly until no new one has been started.

    `also` are members found earlier: one whose ancestors are gone is not found any more.
    """
    _kill_each([process for process in also if _is_alive(process)])
    while remaining := list_session_processes(leader):
        _kill_each(remaining)


def kill_descendants() -> None:
    """Kill every descendant of this process."""
    me = psutil.Process()
    while remaining := [p for p in me.children(recursive=True) if _is_alive(p)]:
        _kill_each(remaining)


def measure_memory_bytes(processes: Iterable[psutil.Process]) -> int:
    """Total in bytes: PSS on Linux, where shared pages are split between users, else RSS."""
    return sum(_measure_memory(process) for process in processes)


def _kill_each(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(processes, timeout=5)


def _get_session_id(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _get_parent_pid(process: psutil.Process) -> int | None:
    try:
        return int(process.ppid())
    except psutil.NoSuchProcess:
        return None


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _measure_memory(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
    return int(getattr(full, "pss", full.rss))
