from datetime import timedelta

from jobs.context import JobContext
from webapp.accounts import service as accounts
from webapp.bootstrap import Runtime
from webapp.chat import service as chats
from webapp.db import idempotency, outbox
from webapp.jobs_admin import service as jobs_admin
from webapp.kit.clock import utc_now
from webapp.webhooks import deliveries

# Long enough to look a mishap up, short enough to keep the table small.
KEPT_PROMISES = timedelta(days=7)
KEPT_DELIVERIES = timedelta(days=30)
# A weekend away from one's mail, and no address taken for good by whoever typed it first.
UNVERIFIED_RETENTION = timedelta(days=7)


def delete_expired(runtime: Runtime, task: JobContext) -> None:
    """Delete what has run out: promises, deliveries, keys, accounts that nobody has proved to
    be theirs, tokens, codes, old chats."""
    kept_chats = timedelta(days=runtime.settings.chat_retention_days)
    with runtime.db.unit_of_work() as session:
        outbox.delete_done(session, older_than=KEPT_PROMISES)
        deliveries.delete_finished_deliveries(session, older_than=KEPT_DELIVERIES)
        idempotency.delete_expired(session)
        accounts.delete_unverified(session, older_than=UNVERIFIED_RETENTION)
        accounts.delete_expired_tokens(session)
        accounts.delete_expired_codes(session)
        chats.delete_inactive_sessions(session, older_than=kept_chats)
        task.mark_done(session)


def recover_stuck_orders(runtime: Runtime, task: JobContext) -> None:
    """The net under the net: an order whose next step was lost takes it after all."""
    with runtime.db.unit_of_work() as session:
        jobs_admin.enqueue_stuck_orders(session, now=utc_now())
        task.mark_done(session)
