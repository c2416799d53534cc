"""Every job of the shop on one page: what it runs, where and how long."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from math import ceil

from jobs import (
    accounts,
    housekeeping,
    integrity,
    knowledge,
    notifications,
    orders,
    payments,
    search,
    webhooks,
)
from webapp.adapters.payments.stripe import PATIENCE_SECONDS


class Lane(StrEnum):
    """Queues, in the order a worker empties them."""

    PAYMENTS = "payments"
    ORDERS = "orders"
    MAIL = "mail"
    INDEX = "index"
    SLOW = "slow"
    """What takes long, and what may: servers of others that we are told to call."""


MINUTE, HOUR = 60, 3_600
SOON = (5, 30, 2 * MINUTE, 10 * MINUTE, HOUR)
# Money and mail are not given up on because a supplier is away for an afternoon.
FOR_A_DAY = (*SOON, *(HOUR,) * 24)
USUAL_LIMIT_S = 30
# What a run may take beyond its time limit, and a job in the queue, before it counts as lost.
GRACE = timedelta(seconds=60)


@dataclass(frozen=True)
class JobSpec:
    run: Callable[..., None]
    lane: Lane
    timeout_s: int = USUAL_LIMIT_S
    """A run is killed after this long, and counts as failed."""
    retry_after_s: tuple[int, ...] = SOON
    """Waits between the tries; after the last one the promise is set apart as failed."""
    isolated: bool = False
    """Runs in a process of its own: what eats memory, or takes long."""

    @property
    def longest_run(self) -> timedelta:
        """After that long it is lost, and handed over again."""
        return timedelta(seconds=self.timeout_s) + GRACE


# A call that gets no answer ends by itself, with its error, before the job is cut off: that
# would say nothing, and have the worker begin anew.
at_stripe = partial(
    JobSpec,
    timeout_s=ceil(PATIENCE_SECONDS) + USUAL_LIMIT_S,
    retry_after_s=FOR_A_DAY,
)

JOBS = {
    "accounts.answer_registration": JobSpec(accounts.answer_registration, Lane.MAIL),
    "accounts.mail_code": JobSpec(accounts.mail_code, Lane.MAIL),
    "housekeeping.forget": JobSpec(
        housekeeping.forget, Lane.SLOW, timeout_s=300, isolated=True
    ),
    "integrity.check": JobSpec(
        integrity.check, Lane.SLOW, timeout_s=300, isolated=True
    ),
    "housekeeping.free_stuck_orders": JobSpec(
        housekeeping.free_stuck_orders, Lane.ORDERS
    ),
    "knowledge.embed_documents": JobSpec(
        knowledge.embed_documents, Lane.SLOW, timeout_s=300, isolated=True
    ),
    "notifications.mail": JobSpec(
        notifications.mail, Lane.MAIL, retry_after_s=FOR_A_DAY
    ),
    "notifications.tell": JobSpec(notifications.tell, Lane.MAIL),
    "orders.expire": at_stripe(orders.expire, Lane.ORDERS),
    "orders.fulfil": JobSpec(orders.fulfil, Lane.ORDERS),
    "payments.cancel": at_stripe(payments.cancel, Lane.PAYMENTS),
    "payments.charge": at_stripe(payments.charge, Lane.PAYMENTS),
    "payments.refund": at_stripe(payments.refund, Lane.PAYMENTS),
    "payments.return_whole": at_stripe(payments.return_whole, Lane.PAYMENTS),
    "search.heal": JobSpec(search.heal, Lane.INDEX, timeout_s=600, isolated=True),
    "search.index_products": JobSpec(
        search.index_products, Lane.INDEX, timeout_s=600, isolated=True
    ),
    "webhooks.deliver": JobSpec(webhooks.deliver, Lane.SLOW),
}
