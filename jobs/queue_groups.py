"""Two groups of queues: what a person waits for, and what only must not be forgotten.

The background group runs below the priority of the web processes, where the platform allows it.
So that nothing in it starves, the urgent group's workers take what has waited too long there.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import StrEnum

from rq import Queue
from rq.job import Job
from rq.utils import as_text, now, utcparse

from jobs.registry import QueueName

CHECK_INTERVAL_S = 1.0


class QueueGroup(StrEnum):
    URGENT = "urgent"
    """Payments, mails of sign-in, and the index of a change: somebody waits for them."""
    BACKGROUND = "background"


QUEUES = {
    QueueGroup.URGENT: (QueueName.PAYMENTS, QueueName.ACCOUNTS, QueueName.INDEX),
    QueueGroup.BACKGROUND: (
        QueueName.ORDERS,
        QueueName.MAIL,
        QueueName.REPORTS,
        QueueName.SLOW,
    ),
}
ASSISTED = (QueueName.ORDERS, QueueName.MAIL)
"""Queues that the urgent group takes overdue entries from; a report or a slow job may
take its time."""


class OverdueQueues:
    """Which of some queues have an entry at their head that has waited too long."""

    def __init__(self, queues: Iterable[Queue], *, after: timedelta) -> None:
        self._queues = list(queues)
        self._after = after
        self._overdue: Sequence[Queue] = ()
        self._checked_at = float("-inf")

    def find_now(self) -> Sequence[Queue]:
        """Looks once a second at most."""
        if time.monotonic() - self._checked_at >= CHECK_INTERVAL_S:
            self._overdue = [queue for queue in self._queues if self._is_overdue(queue)]
            self._checked_at = time.monotonic()
        return self._overdue

    def _is_overdue(self, queue: Queue) -> bool:
        for entry_id in queue.get_job_ids(0, 1):
            stored = queue.connection.hget(Job.key_for(entry_id), "enqueued_at")
            if stored:
                return now() - utcparse(as_text(stored)) >= self._after
        return False
