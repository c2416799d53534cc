from datetime import timedelta

from jobs.context import JobContext
from webapp.accounts import service as accounts
from webapp.bootstrap import Runtime
from webapp.chat import open_connections
from webapp.chat import service as chats
from webapp.db import idempotency, outbox
from webapp.jobs_admin import service as jobs_admin
from webapp.kit.clock import utc_now
from webapp.orders import service as orders
from webapp.webhooks import deliveries

# Long enough to investigate an incident, short enough to keep the table small.
DONE_JOB_RETENTION = timedelta(days=7)
DELIVERY_RETENTION = timedelta(days=30)
# Long enough for a weekend without mail; an address is not blocked for good by the first visitor
# who typed it.
UNVERIFIED_RETENTION = timedelta(days=7)


def delete_expired(runtime: Runtime, context: JobContext) -> None:
    """Delete expired rows: done jobs, deliveries, idempotency keys, unverified accounts, tokens,
    codes, inactive chats, chat sockets of killed processes, recorded changes of orders."""
    chat_retention = timedelta(days=runtime.settings.chat_retention_days)
    with runtime.db.unit_of_work() as session:
        outbox.delete_done(session, older_than=DONE_JOB_RETENTION)
        deliveries.delete_finished_deliveries(session, older_than=DELIVERY_RETENTION)
        idempotency.delete_expired(session)
        accounts.delete_unverified(session, older_than=UNVERIFIED_RETENTION)
        accounts.delete_expired_tokens(session)
        accounts.delete_expired_codes(session)
        accounts.delete_expired_devices_and_links(session)
        chats.delete_inactive_sessions(session, older_than=chat_retention)
        open_connections.delete_expired_records(session, now=utc_now())
        orders.delete_expired_changes(session)
        context.mark_done(session)


def recover_stuck_orders(runtime: Runtime, context: JobContext) -> None:
    """Last safety net: enqueue the next step of orders whose own message was lost."""
    with runtime.db.unit_of_work() as session:
        jobs_admin.enqueue_stuck_orders(session, now=utc_now())
        context.mark_done(session)
