from datetime import timedelta

from jobs.task import Task
from webapp.accounts import service as accounts
from webapp.bootstrap import Runtime
from webapp.db import idempotency, outbox

# Long enough to look a mishap up, short enough to keep the table small.
KEPT_PROMISES = timedelta(days=7)


def forget(runtime: Runtime, task: Task) -> None:
    """Delete what has run out: kept promises, idempotency keys, refresh tokens."""
    with runtime.db.unit_of_work() as session:
        outbox.forget_done(session, older_than=KEPT_PROMISES)
        idempotency.forget_old(session)
        accounts.forget_expired_tokens(session)
        task.keep(session)
