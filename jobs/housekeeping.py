from datetime import timedelta

from jobs.task import Task
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
KEPT_UNVERIFIED = timedelta(days=7)


def forget(runtime: Runtime, task: Task) -> None:
    """Delete what has run out: promises, deliveries, keys, accounts that nobody has proved to
    be theirs, tokens, codes, old chats."""
    kept_chats = timedelta(days=runtime.settings.chat_kept_days)
    with runtime.db.unit_of_work() as session:
        outbox.forget_done(session, older_than=KEPT_PROMISES)
        deliveries.forget_old(session, older_than=KEPT_DELIVERIES)
        idempotency.forget_old(session)
        accounts.forget_unverified(session, older_than=KEPT_UNVERIFIED)
        accounts.forget_expired_tokens(session)
        accounts.forget_expired_codes(session)
        chats.forget_inactive(session, older_than=kept_chats)
        task.keep(session)


def free_stuck_orders(runtime: Runtime, task: Task) -> None:
    """The net under the net: an order whose next step was lost takes it after all."""
    with runtime.db.unit_of_work() as session:
        jobs_admin.promise_stuck_orders(session, now=utc_now())
        task.keep(session)
