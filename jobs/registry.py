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
from webapp.adapters.payments.stripe import MAX_CALL_S


class QueueName(StrEnum):
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
    queue: QueueName
    timeout_s: int = USUAL_LIMIT_S
    """A run is killed after this long, and counts as failed."""
    retry_delays_s: tuple[int, ...] = SOON
    """Waits between the tries; after the last one the promise is set apart as failed."""
    isolated: bool = False
    """Runs in a process of its own: what eats memory, or takes long."""

    @property
    def lease(self) -> timedelta:
        """After that long it is lost, and handed over again."""
        return timedelta(seconds=self.timeout_s) + GRACE


# A call that gets no answer ends by itself, with its error, before the job is cut off: that
# would say nothing, and have the worker begin anew.
at_stripe = partial(
    JobSpec,
    timeout_s=ceil(MAX_CALL_S) + USUAL_LIMIT_S,
    retry_delays_s=FOR_A_DAY,
)

JOBS = {
    "accounts.answer_registration": JobSpec(
        accounts.answer_registration, QueueName.MAIL
    ),
    "accounts.mail_code": JobSpec(accounts.mail_code, QueueName.MAIL),
    "housekeeping.forget": JobSpec(
        housekeeping.delete_expired, QueueName.SLOW, timeout_s=300, isolated=True
    ),
    "integrity.check": JobSpec(
        integrity.check, QueueName.SLOW, timeout_s=300, isolated=True
    ),
    "housekeeping.free_stuck_orders": JobSpec(
        housekeeping.recover_stuck_orders, QueueName.ORDERS
    ),
    "knowledge.embed_documents": JobSpec(
        knowledge.embed_documents, QueueName.SLOW, timeout_s=300, isolated=True
    ),
    "notifications.mail": JobSpec(
        notifications.send_mail, QueueName.MAIL, retry_delays_s=FOR_A_DAY
    ),
    "notifications.tell": JobSpec(notifications.notify, QueueName.MAIL),
    "orders.expire": at_stripe(orders.expire, QueueName.ORDERS),
    "orders.fulfil": JobSpec(orders.fulfill, QueueName.ORDERS),
    "payments.cancel": at_stripe(payments.cancel, QueueName.PAYMENTS),
    "payments.charge": at_stripe(payments.charge, QueueName.PAYMENTS),
    "payments.refund": at_stripe(payments.refund, QueueName.PAYMENTS),
    "payments.return_whole": at_stripe(payments.refund_duplicate, QueueName.PAYMENTS),
    "search.heal": JobSpec(
        search.heal_index, QueueName.INDEX, timeout_s=600, isolated=True
    ),
    "search.index_products": JobSpec(
        search.index_products, QueueName.INDEX, timeout_s=600, isolated=True
    ),
    "webhooks.deliver": JobSpec(webhooks.deliver, QueueName.SLOW),
}
