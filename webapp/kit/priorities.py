"""Priorities of processes: background work yields to the requests that people wait for."""

import os
import time
from pathlib import Path

# A user who is no administrator may change the weight of a group ten times a second.
ATTEMPTS, INTERVAL_S = 5, 0.12


def set_niceness(pid: int, niceness: int) -> None:
    """Have the scheduler prefer other processes to this one, which leads a session of its own.

    A kernel with autogroups weighs sessions against each other, and the processes of one session
    only among themselves: there the group is given the niceness, too. What the platform does not
    allow is left as it is.
    """
    if niceness == 0:
        return
    try:
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
    except OSError:  # it has already exited
        return
    autogroup = Path(f"/proc/{pid}/autogroup")
    for _ in range(ATTEMPTS):
        try:
            autogroup.write_text(str(niceness))
        except BlockingIOError:
            time.sleep(INTERVAL_S)
        except OSError:  # no autogroups here
            return
        else:
            return
