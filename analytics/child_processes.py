"""Environment of the processes that a replica starts."""

import os
import sys

RAY_WORKER_PREFIXES = ("RAY_JOB_", "RAY_RAYLET_", "RAY_WORKER_", "RAY_CLIENT_")
"""Variables by which a replica knows what it is itself, which its child is not."""


def build_child_environment() -> dict[str, str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(RAY_WORKER_PREFIXES)
    }
    # A replica on Ray may have its code elsewhere than the interpreter looks.
    return environment | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
