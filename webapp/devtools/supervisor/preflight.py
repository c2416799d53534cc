"""What must be so before anything is started."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from webapp.devtools.supervisor.errors import DiskFull, VarUnwritable

MB = 1_000_000
# An empty PostgreSQL has 75 MB, its write-ahead log up to 1 GB under load; the demo shop 60.
FIRST_START_BYTES = 500 * MB
LATER_START_BYTES = 100 * MB


def require_writable(var: Path) -> None:
    """Makes `var` at the first start. Raises `VarUnwritable`, or `DiskFull`."""
    probe = var / f".writable-{os.getpid()}"
    try:
        var.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise VarUnwritable(
            f"{var} cannot be written ({reason}): give it to this user, or choose "
            "another folder with VAR_DIR"
        ) from problem


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def require_disk_space(var: Path, *, free: Callable[[Path], int] = free_bytes) -> None:
    first = not (var / "postgres").exists()
    wanted = FIRST_START_BYTES if first else LATER_START_BYTES
    available = free(var)
    if available < wanted:
        raise DiskFull(
            f"The disk of {var} has {available // MB} MB free and {wanted // MB} MB are "
            "needed: make room, or choose another folder with VAR_DIR"
        )
