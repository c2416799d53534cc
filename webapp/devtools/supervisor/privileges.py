"""PostgreSQL refuses to run as root: choose an unprivileged user and wrap the command for it.

No user is created, and no mode of a directory outside the platform is changed. Where the
unprivileged user cannot enter the project's folder (a checkout in root's home), the command
keeps one Linux capability that bypasses directory modes.
"""

import os
import pwd
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from webapp.devtools.supervisor import privilege_drop
from webapp.devtools.supervisor.errors import CannotDropPrivileges


class Capability(IntEnum):
    DAC_OVERRIDE = 1
    """Bypasses every file mode."""
    DAC_READ_SEARCH = 2
    """Bypasses modes to enter directories and read files, not to execute or write them."""


@dataclass(frozen=True)
class UnixUser:
    uid: int
    gid: int

    def has_permission(self, path: Path, mode_bit: int) -> bool:
        """Whether the mode of `path` grants this user `mode_bit`, given as in `S_IXOTH`."""
        status = path.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & (mode_bit << 6))
        if status.st_gid == self.gid:
            return bool(status.st_mode & (mode_bit << 3))
        return bool(status.st_mode & mode_bit)

    def find_blocking_folder(self, path: Path) -> Path | None:
        """The first directory above `path` that this user cannot enter."""
        parents = reversed(path.resolve().parents)
        return next(
            (d for d in parents if not self.has_permission(d, stat.S_IXOTH)), None
        )


def find_unprivileged_user(data: Path) -> UnixUser | None:
    """The user for the server of `data`; `None` when this process is not root.

    A folder owned by an ordinary user keeps that owner when root starts the server later.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return UnixUser(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return UnixUser(nobody.pw_uid, nobody.pw_gid)


def wrap_command(
    command: Sequence[str], *, user: UnixUser | None, folders: Sequence[Path]
) -> list[str]:
    """The command, run as `user`, who needs access to the program and to `folders`."""
    if user is None:
        return list(command)
    capability = _choose_capability(Path(command[0]), user=user, folders=folders)
    identity = (user.uid, user.gid, capability)
    return [
        sys.executable,
        "-I",
        privilege_drop.__file__,
        *(str(int(number)) for number in identity),
        *command,
    ]


def _choose_capability(
    program: Path, *, user: UnixUser, folders: Sequence[Path]
) -> int:
    can_execute = user.has_permission(program, stat.S_IXOTH)
    blocking = [user.find_blocking_folder(path) for path in (program, *folders)]
    if can_execute and not any(blocking):
        return privilege_drop.NO_CAPABILITY
    choices = [Capability.DAC_READ_SEARCH, Capability.DAC_OVERRIDE]
    permitted = _read_permitted_capabilities()
    for capability in choices if can_execute else choices[1:]:
        if permitted & (1 << capability):
            return capability
    obstacle = next((path for path in blocking if path), program)
    raise CannotDropPrivileges(
        "PostgreSQL refuses to run as root, and the unprivileged user it runs as instead "
        f"has no access to {obstacle}: run as an ordinary user, or move the project"
    )


def _read_permitted_capabilities() -> int:
    """The permitted capabilities of this process as bits; 0 outside Linux."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(fields["CapPrm"], 16)
