"""PostgreSQL refuses to run as root: choose an unprivileged user and wrap the command for it.

The server has a user of its own, which no other program runs as: `ecom67-postgres` where an
admin made it, else an id that has no name. No user is created, and no mode of a directory
outside the platform is changed. Where the unprivileged user cannot enter the project's folder
(a checkout in root's home), the command keeps one Linux capability that bypasses directory
modes.
"""

import grp
import os
import pwd
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from webapp.devtools.supervisor import privilege_drop
from webapp.devtools.supervisor.errors import CannotDropPrivileges

OWN_USER = "ecom67-postgres"
OWN_IDS = range(61_067, 61_184)
"""Neither Debian nor systemd assigns these to anyone, and a container with 65,536 ids has them."""
SHARED_USER = "nobody"


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
    return choose_own_user()


def choose_own_user() -> UnixUser:
    """The user that only PostgreSQL runs as; `nobody` in a namespace that has too few ids."""
    if (named := _find_user(OWN_USER)) is not None:
        return named
    number = next(each for each in OWN_IDS if _is_free(each))
    if _is_mapped(number):
        return UnixUser(number, number)
    return choose_user_with_name()


def choose_user_with_name() -> UnixUser:
    """An unprivileged user with an entry in the user database, without which initdb fails.

    Raises `CannotDropPrivileges`.
    """
    for name in (OWN_USER, SHARED_USER):
        if (named := _find_user(name)) is not None:
            return named
    for entry in pwd.getpwall():
        if entry.pw_uid != 0:
            return UnixUser(entry.pw_uid, entry.pw_gid)
    raise CannotDropPrivileges(
        "PostgreSQL refuses to run as root, and this system has no other user: "
        f"create one with the name {OWN_USER}"
    )


def take_from_nobody(data: Path) -> None:
    """Give the folder of a stopped server that ran as `nobody` to its own user.

    It stays as it is where root may not change owners, as in some containers.
    """
    shared, owner = _find_user(SHARED_USER), find_unprivileged_user(data)
    if shared is None or owner is None or owner.uid != shared.uid:
        return
    try:
        os.chown(data, owner.uid, owner.gid)  # which needs the same capability
    except PermissionError:
        sys.stderr.write(
            f"PostgreSQL goes on as {SHARED_USER}: this root may not change the owner of {data}\n"
        )
        return
    change_owner(data, old=owner, new=choose_own_user())


def change_owner(data: Path, *, old: UnixUser, new: UnixUser) -> None:
    """Give what `old` owns in a data folder to `new`, the folder itself at the end, so that
    an interrupted change is seen and repeated.

    Links are not followed, but those by which PostgreSQL has its log and tablespaces elsewhere.
    """
    links = (data / "pg_wal", *(data / "pg_tblspc").glob("*"))
    for folder in (*(link.resolve() for link in links if link.is_symlink()), data):
        for _, names, files, parent in os.fwalk(folder, topdown=False):
            for name in (*names, *files):
                _change_owner_of_entry(name, parent, old=old, new=new)
        _change_owner_of_entry(str(folder), None, old=old, new=new)


def _change_owner_of_entry(
    name: str, parent: int | None, *, old: UnixUser, new: UnixUser
) -> None:
    status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if status.st_uid == old.uid:
        os.chown(name, new.uid, new.gid, dir_fd=parent, follow_symlinks=False)


def choose_closed_mode() -> int:
    """The mode of a folder that only this process and commands wrapped here may enter.

    Without a capability to keep, a wrapped command of root's needs a folder that all may pass.
    """
    permitted = _read_permitted_capabilities()
    can_pass = any(permitted & (1 << capability) for capability in Capability)
    return 0o700 if os.geteuid() != 0 or can_pass else 0o711


def _find_user(name: str) -> UnixUser | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return UnixUser(entry.pw_uid, entry.pw_gid)


def _is_free(number: int) -> bool:
    """Whether no user and no group has this id."""
    try:
        pwd.getpwuid(number)
    except KeyError:
        return not _has_group(number)
    return False


def _has_group(number: int) -> bool:
    try:
        grp.getgrgid(number)
    except KeyError:
        return False
    return True


def _is_mapped(number: int) -> bool:
    """Whether the id exists, as a user's and a group's, in this process's user namespace."""
    return all(
        any(first <= number < first + count for first, count in _read_id_map(name))
        for name in ("uid_map", "gid_map")
    )


def _read_id_map(name: str) -> Iterator[tuple[int, int]]:
    """First id and number of ids of each range; all ids outside Linux."""
    path = Path("/proc/self", name)
    if not path.exists():
        yield 0, 2**32
        return
    for line in path.read_text().splitlines():
        first, _, count = map(int, line.split())
        yield first, count


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
