"""Checks before any part is started: a writable data folder and enough disk space."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from webapp.devtools.supervisor.errors import DiskFull, VarUnwritable

MB = 1_000_000
# An empty PostgreSQL takes 75 MB, the demo shop 60 MB, the write-ahead log up to 1 GB under load.
FIRST_START_BYTES = 500 * MB
LATER_START_BYTES = 100 * MB


def require_writable(var: Path) -> None:
    """Create `var` at the first start. Raises `VarUnwritable`."""
    probe = var / f".writable-{os.getpid()}"
    try:
        var.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise VarUnwritable(
            f"{var} cannot be written ({reason}): give it to this user, or choose "
            "another folder with VAR_DIR"
        ) from error


def get_free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def require_disk_space(
    var: Path, *, free: Callable[[Path], int] = get_free_bytes
) -> None:
    """Raises `DiskFull`."""
    is_first_start = not (var / "postgres").exists()
    required = FIRST_START_BYTES if is_first_start else LATER_START_BYTES
    available = free(var)
    if available < required:
        raise DiskFull(
            f"The disk of {var} has {available // MB} MB free and {required // MB} MB are "
            "needed: make room, or choose another folder with VAR_DIR"
        )
