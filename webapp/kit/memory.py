"""What a process keeps for as long as it lives."""

import gc


def freeze_gc() -> None:
    """To be called when a process has loaded what it serves with, before it forks.

    The collector then no longer looks through all of that for garbage, which would stop a
    request for 0.15 s now and then, and have each fork copy the memory that it shares.
    """
    gc.collect()
    gc.freeze()
