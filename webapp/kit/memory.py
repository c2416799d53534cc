"""Memory of long-lived processes."""

import gc


def freeze_gc() -> None:
    """Exclude all current objects from garbage collection; call it after startup, before forks.

    Otherwise the collector scans them, which stops a request for 0.15 s now and then and makes
    each fork copy the memory that it shares.
    """
    gc.collect()
    gc.freeze()
