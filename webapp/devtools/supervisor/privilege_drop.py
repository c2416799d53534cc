"""Switch to an unprivileged user, then execute a command.

`python -I privilege_drop.py UID GID CAPABILITY COMMAND…`, where CAPABILITY is the number of the one
Linux capability to keep, or -1 for none. It is a program of its own because a process with
threads must not run Python between fork and exec. It imports only the standard library, so
that it takes a few milliseconds.

The capability is kept in the ambient set: the command and its children hold it without file
capabilities, and since they hold no other privilege the loader does not treat them as
set-user-ID programs.
"""

import ctypes
import os
import sys

PR_SET_SECUREBITS = 28
# Without this bit `access()` ignores capabilities, and initdb calls it for every program.
SECBIT_NO_SETUID_FIXUP = 1 << 2
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
NO_CAPABILITY = -1


def require_success(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def change_user(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def change_user_keeping(capability: int, uid: int, gid: int) -> None:
    """Like `change_user`, with exactly one capability left, permitted and ambient."""
    libc = ctypes.CDLL(None, use_errno=True)
    require_success(libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
    change_user(uid, gid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    # Twice (effective, permitted, inheritable): capabilities 0 to 31, then 32 to 63.
    sets = (ctypes.c_uint32 * 6)(*[1 << capability] * 3, 0, 0, 0)
    require_success(libc.capset(header, sets))
    require_success(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0))


def main() -> None:
    uid, gid, capability = (int(argument) for argument in sys.argv[1:4])
    command = sys.argv[4:]
    if capability == NO_CAPABILITY:
        change_user(uid, gid)
    else:
        change_user_keeping(capability, uid, gid)
    os.execv(command[0], command)  # noqa: S606 - executing the command is the purpose


if __name__ == "__main__":
    main()
