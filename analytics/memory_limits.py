"""Bounds the memory of processes, and tells from how one has ended whether it wanted more."""

import signal
from contextlib import suppress
from pathlib import Path
from resource import RLIMIT_DATA, setrlimit

OUT_OF_MEMORY = 86
"""The exit status of a process that has noticed it by itself."""
KERNEL_COUNTERS = Path("/proc/vmstat")


def limit_memory(memory_mb: int) -> int:
    """Of this process; returns the limit in bytes."""
    limit = memory_mb * 1024 * 1024
    setrlimit(RLIMIT_DATA, (limit, limit))
    return limit


def count_memory_kills() -> int:
    """The processes that the kernel has ended since it began, for want of memory of the machine or
    of a container; 0 where it does not count them."""
    with suppress(FileNotFoundError, PermissionError):
        for line in KERNEL_COUNTERS.read_text().splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill":
                return int(count)
    return 0


def has_memory_kill(status: int, *, kills: int) -> bool:
    """Whether the kernel has ended a process by SIGKILL because there was no memory left; `kills`
    were counted before. Anybody else may send that signal, too."""
    return status == -signal.SIGKILL and count_memory_kills() != kills
