"""Searches and what followed: from the buffer into the database, and there into figures by day."""

from zoneinfo import ZoneInfo

import structlog

from jobs.context import JobContext
from webapp.bootstrap import Runtime
from webapp.kit.clock import utc_now
from webapp.search_analytics import service

log = structlog.get_logger()

BATCH_SIZE = 1_000
MAX_BATCHES = 60
"""Of one run: all that the buffer holds, and a little of what comes meanwhile."""


def record_events(runtime: Runtime, context: JobContext) -> None:
    """Move what is in the buffer into the database. Deleted there once it is committed here: what
    a killed job has stored is not stored again by the next one."""
    buffer = runtime.search_events
    late = 0
    for _ in range(MAX_BATCHES):
        events = buffer.read_events(limit=BATCH_SIZE)
        if not events:
            break
        with runtime.db.unit_of_work() as session:
            late += service.store_events(session, events).late
        buffer.delete_events([event.key for event in events])
    if dropped := buffer.take_dropped_count():
        log.warning("search events were dropped: the buffer was full", events=dropped)
    if late:
        log.warning("search events were left out: of no open search", events=late)
    with runtime.db.unit_of_work() as session:
        context.mark_done(session)


def aggregate_searches(runtime: Runtime, context: JobContext) -> None:
    """Add complete searches to the figures of their days, then delete expired ones."""
    now, zone = utc_now(), ZoneInfo(runtime.settings.time_zone)
    while True:
        with runtime.db.unit_of_work() as session:
            if not service.aggregate_searches(session, now=now, zone=zone):
                break
    with runtime.db.unit_of_work() as session:
        service.delete_expired_searches(session, now=now)
        context.mark_done(session)
