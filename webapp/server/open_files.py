import resource


def raise_open_files_limit(wanted: int) -> int:
    """Raise this process's soft limit of open files as far as its hard one allows; returns the
    limit that is in force then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted or soft == resource.RLIM_INFINITY:
        return soft if soft != resource.RLIM_INFINITY else wanted
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return limit
