"""Registry of all background jobs: function, queue, time limit and retries of each.

The relay and cron read it, too; they import none of the functions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from pkgutil import resolve_name

from webapp.adapters.payments.port import MAX_CALL_S


class QueueName(StrEnum):
    """Queues, in the order a worker empties them."""

    PAYMENTS = "payments"
    ACCOUNTS = "accounts"
    INDEX = "index"
    ORDERS = "orders"
    MAIL = "mail"
    REPORTS = "reports"
    """Due at a time, or run by somebody who looks for it: not behind all articles that wait to be
    embedded."""
    SLOW = "slow"
    """Long jobs, and jobs that may be long: webhook endpoints of other companies."""


MINUTE, HOUR = 60, 3_600
DEFAULT_RETRY_DELAYS_S = (5, 30, 2 * MINUTE, 10 * MINUTE, HOUR)
# Payments, mails and the agent memory outlast an external service that is away for an afternoon.
DAY_LONG_RETRY_DELAYS_S = (*DEFAULT_RETRY_DELAYS_S, *(HOUR,) * 24)
DEFAULT_TIMEOUT_S = 30
# How far an attempt may exceed its time limit, and how long a job may wait in the queue, before
# it counts as lost.
LEASE_GRACE = timedelta(seconds=60)


@dataclass(frozen=True)
class JobSpec:
    run: str | Callable[..., None]
    """`module:function`, which only workers import: it takes all of the shop with it."""
    queue: QueueName
    timeout_s: int = DEFAULT_TIMEOUT_S
    """An attempt is killed after this long, and counts as failed."""
    retry_delays_s: tuple[int, ...] = DEFAULT_RETRY_DELAYS_S
    """Waits between attempts; after the last one the message is dead-lettered."""
    isolated: bool = False
    """Run in a process of its own, for jobs that use much memory or take long."""
    heartbeat: bool = False
    """Its lease is short, and renewed while it runs: if its process dies, it runs again a minute
    later, however long it may take."""
    batched: bool = False
    """Dispatched with others, as one entry of the queue: for small jobs of which there are many."""

    def load(self) -> Callable[..., None]:
        """The function, called with the runtime, a `JobContext` and the arguments by name."""
        function: Callable[..., None] = (
            resolve_name(self.run) if isinstance(self.run, str) else self.run
        )
        return function

    @property
    def lease(self) -> timedelta:
        """Time after which an attempt counts as lost and the message is dispatched again."""
        if self.heartbeat:
            return LEASE_GRACE
        return timedelta(seconds=self.timeout_s) + LEASE_GRACE


# A call to Stripe that gets no answer must time out, with its own error, before the job does: a
# job that times out hides the cause and restarts its worker.
stripe_job = partial(
    JobSpec,
    timeout_s=MAX_CALL_S + DEFAULT_TIMEOUT_S,
    retry_delays_s=DAY_LONG_RETRY_DELAYS_S,
)

JOBS = {
    "accounts.answer_registration": JobSpec(
        "jobs.accounts:answer_registration", QueueName.ACCOUNTS
    ),
    "accounts.mail_code": JobSpec("jobs.accounts:mail_code", QueueName.ACCOUNTS),
    "accounts.mail_second_factor_notice": JobSpec(
        "jobs.accounts:mail_second_factor_notice", QueueName.ACCOUNTS
    ),
    "agent_memory.forget_owner": JobSpec(
        "jobs.agent_memory:forget_owner",
        QueueName.SLOW,
        timeout_s=600,
        retry_delays_s=DAY_LONG_RETRY_DELAYS_S,
    ),
    "agent_memory.record_turn": JobSpec(
        # A call is repeated before it fails.
        "jobs.agent_memory:record_turn",
        QueueName.SLOW,
        timeout_s=120,
        retry_delays_s=DAY_LONG_RETRY_DELAYS_S,
    ),
    "dataset.export": JobSpec(
        # Up to four calls of the cluster; the export itself runs there.
        "jobs.dataset:export_dataset",
        QueueName.SLOW,
        timeout_s=120,
    ),
    "housekeeping.forget": JobSpec(
        "jobs.housekeeping:delete_expired", QueueName.SLOW, timeout_s=300, isolated=True
    ),
    "integrity.check": JobSpec(
        "jobs.integrity:check", QueueName.SLOW, timeout_s=300, isolated=True
    ),
    "housekeeping.free_stuck_orders": JobSpec(
        "jobs.housekeeping:recover_stuck_orders", QueueName.ORDERS
    ),
    "knowledge.embed_documents": JobSpec(
        "jobs.knowledge:embed_documents", QueueName.SLOW, timeout_s=300, isolated=True
    ),
    "notifications.mail": JobSpec(
        "jobs.notifications:send_mail",
        QueueName.MAIL,
        retry_delays_s=DAY_LONG_RETRY_DELAYS_S,
        batched=True,
    ),
    "notifications.tell": JobSpec(
        "jobs.notifications:notify", QueueName.MAIL, batched=True
    ),
    "orders.expire": stripe_job("jobs.orders:expire", QueueName.ORDERS),
    "orders.fulfil": JobSpec("jobs.orders:fulfill", QueueName.ORDERS, batched=True),
    "payments.apply_event": stripe_job(
        # A refund's event asks twice.
        "jobs.payments:apply_event",
        QueueName.PAYMENTS,
        timeout_s=2 * MAX_CALL_S + DEFAULT_TIMEOUT_S,
    ),
    "payments.cancel": stripe_job("jobs.payments:cancel", QueueName.PAYMENTS),
    "payments.charge": stripe_job("jobs.payments:charge", QueueName.PAYMENTS),
    "payments.refund": stripe_job(
        # A rejection is followed by a second call, for the refunds that there are.
        "jobs.payments:refund",
        QueueName.PAYMENTS,
        timeout_s=2 * MAX_CALL_S + DEFAULT_TIMEOUT_S,
    ),
    "payments.return_whole": stripe_job(
        "jobs.payments:refund_duplicate", QueueName.PAYMENTS
    ),
    "reports.start_due": JobSpec(
        "jobs.reports:start_due", QueueName.REPORTS, timeout_s=120, heartbeat=True
    ),
    "reports.run": JobSpec(
        # Of up to twelve queries, of which each may take half a minute.
        "jobs.reports:run",
        QueueName.REPORTS,
        timeout_s=600,
        retry_delays_s=DAY_LONG_RETRY_DELAYS_S,
        heartbeat=True,
    ),
    "reports.mail": JobSpec(
        "jobs.reports:send_mail",
        QueueName.MAIL,
        timeout_s=60,
        retry_delays_s=DAY_LONG_RETRY_DELAYS_S,
    ),
    "reports.delete_files": JobSpec(
        "jobs.reports:delete_files", QueueName.SLOW, timeout_s=600
    ),
    "reports.delete_expired": JobSpec(
        "jobs.reports:delete_expired", QueueName.SLOW, timeout_s=600
    ),
    "search.embed_products": JobSpec(
        "jobs.search:embed_products", QueueName.SLOW, timeout_s=600, isolated=True
    ),
    "search.heal": JobSpec(
        "jobs.search:heal_index", QueueName.SLOW, timeout_s=600, isolated=True
    ),
    "search.index_products": JobSpec(
        "jobs.search:index_products", QueueName.INDEX, timeout_s=600, isolated=True
    ),
    "search.record_events": JobSpec(
        "jobs.search_analytics:record_events", QueueName.SLOW, timeout_s=300
    ),
    "search.aggregate": JobSpec(
        "jobs.search_analytics:aggregate_searches",
        QueueName.SLOW,
        timeout_s=600,
        isolated=True,
    ),
    "webhooks.deliver": JobSpec("jobs.webhooks:deliver", QueueName.SLOW),
}
