"""Memory of long-lived processes."""

import gc


def pause_gc() -> None:
    """Have nothing collected until `freeze_gc`: call it before a process loads its modules.

    They stay, so that the collector finds nothing, in a fifth of the processor time of the start.
    """
    gc.disable()


def freeze_gc() -> None:
    """Exclude all current objects from garbage collection; call it after startup, before forks.

    Otherwise the collector scans them, which stops a request for 0.15 s now and then and makes
    each fork copy the memory that it shares.
    """
    gc.freeze()
    gc.enable()
