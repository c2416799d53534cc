"""PostgreSQL refuses to run as root: who it runs as instead, and how it gets there.

Nothing is created or opened up for that: no user, no mode of a directory that is not ours.
Where the unprivileged user cannot enter the project's folder (a checkout in root's home), it
keeps one Linux capability to look past directory modes.
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
    """Ignores every file mode."""
    DAC_READ_SEARCH = 2
    """Enters every directory and reads every file, but executes and writes no more."""


@dataclass(frozen=True)
class UnixUser:
    uid: int
    gid: int

    def may(self, path: Path, wanted: int) -> bool:
        """Whether its mode allows `wanted` (an `S_IXOTH` style bit of others)."""
        found = path.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & (wanted << 6))
        if found.st_gid == self.gid:
            return bool(found.st_mode & (wanted << 3))
        return bool(found.st_mode & wanted)

    def blocked_at(self, path: Path) -> Path | None:
        """The first directory above `path` that this account cannot enter."""
        above = reversed(path.resolve().parents)
        return next((d for d in above if not self.may(d, stat.S_IXOTH)), None)


def find_unprivileged_user(data: Path) -> UnixUser | None:
    """Who the server of `data` runs as; `None` when we are an ordinary user already.

    A folder made by an ordinary user stays with that user when root starts it later.
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
    """The command, run as `account`, which needs to reach the program and `folders`."""
    if user is None:
        return list(command)
    capability = _capability(Path(command[0]), account=user, folders=folders)
    identity = (user.uid, user.gid, capability)
    return [
        sys.executable,
        "-I",
        privilege_drop.__file__,
        *(str(int(number)) for number in identity),
        *command,
    ]


def _capability(program: Path, *, account: UnixUser, folders: Sequence[Path]) -> int:
    executable = account.may(program, stat.S_IXOTH)
    blocked = [account.blocked_at(path) for path in (program, *folders)]
    if executable and not any(blocked):
        return privilege_drop.NO_CAPABILITY
    choices = [Capability.DAC_READ_SEARCH, Capability.DAC_OVERRIDE]
    held = _held()
    for capability in choices if executable else choices[1:]:
        if held & (1 << capability):
            return capability
    obstacle = next((path for path in blocked if path), program)
    raise CannotDropPrivileges(
        "PostgreSQL refuses to run as root, and the unprivileged user it runs as instead "
        f"may not use {obstacle}: run as an ordinary user, or move the project"
    )


def _held() -> int:
    """Our permitted capabilities as bits; none outside Linux."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(fields["CapPrm"], 16)
