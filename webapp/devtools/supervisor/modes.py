"""Owner-only modes of what lies below `var/`, also of what earlier versions left readable.

PostgreSQL's folder is not touched: it is its user's, and initdb closes it.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

from webapp.devtools.supervisor.privileges import find_unprivileged_user

PRIVATE_UMASK = 0o077
"""What the platform writes, such as mail and logs, is readable by its owner only."""
ENTRIES = (
    *("imports", "log", "mail", "ray", "run", "search", "storage", "stripe", "valkey"),
    *("demo-accounts.json", "platform.env", "secrets.env"),
)
"""What the platform writes into its folder, in which a user may have put more."""
NESTED = "prove"
"""Holds folders of other platforms, each of which closes its own."""


def close_var_folder(var: Path, *, has_database: bool) -> None:
    """Take the permissions of other users from what this one owns; links are not followed.

    The user as whom root starts the database's server can pass through `var`, if it can reach
    `var`: the alternative is a capability to read any file of the machine.
    """
    for name in ENTRIES:
        _close_entry(var / name)
    server = find_unprivileged_user(var / "postgres") if has_database else None
    is_passed = server is not None and server.find_blocking_folder(var) is None
    for folder in (var / NESTED, var):
        _set_mode(folder, 0o711 if is_passed else 0o700)


def _close_entry(top: Path) -> None:
    """Close a folder after what is in it, so that a closed one needs no other look."""
    if top.is_symlink() or not top.exists() or not _read_mode(top) & PRIVATE_UMASK:
        return
    for _, folders, files, descriptor in os.fwalk(top, topdown=False):
        for name in (*folders, *files):
            mode = _read_mode(name, descriptor)
            _set_mode(name, mode & ~PRIVATE_UMASK, descriptor)
    _set_mode(top, _read_mode(top) & ~PRIVATE_UMASK)


def _read_mode(path: str | Path, folder: int | None = None) -> int:
    return stat.S_IMODE(os.stat(path, dir_fd=folder, follow_symlinks=False).st_mode)


def _set_mode(path: str | Path, mode: int, folder: int | None = None) -> None:
    """Of a file or folder that this user owns, unless all users write there, as in `/tmp`."""
    with suppress(FileNotFoundError):
        status = os.stat(path, dir_fd=folder, follow_symlinks=False)
        is_ours = status.st_uid == os.geteuid() and not status.st_mode & stat.S_ISVTX
        is_plain = stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)
        if not is_ours or not is_plain or stat.S_IMODE(status.st_mode) == mode:
            return
        descriptor = os.open(
            path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder
        )
        try:
            os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)
