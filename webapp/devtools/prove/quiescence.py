"""Waits for quiescence: no work that orders have caused is pending."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx
from sqlalchemy.exc import OperationalError

from webapp.db.session import Database
from webapp.devtools.prove import repository
from webapp.devtools.prove.faults import SimulatorClient
from webapp.devtools.prove.platform import PlatformUnderTest

POLL_S = 1.0
RETRY_INTERVAL_S = 20.0
RETRY_DUE_AFTER = timedelta(seconds=10)


@dataclass(frozen=True)
class PendingWork:
    """Counts of the work that is still pending."""

    messages: int
    orders: int
    webhooks: int
    has_unhealthy_part: bool

    def __str__(self) -> str:
        unhealthy = ", a part is unhealthy" if self.has_unhealthy_part else ""
        return (
            f"{self.messages} outbox messages, {self.orders} unpaid orders, "
            f"{self.webhooks} webhooks{unhealthy}"
        )

    def __bool__(self) -> bool:
        return bool(
            self.messages or self.orders or self.webhooks or self.has_unhealthy_part
        )


def wait_for_quiescence(
    db: Database,
    platform: PlatformUnderTest,
    simulator: SimulatorClient,
    *,
    buyers: Sequence[UUID],
    timeout_s: float,
    on_progress: Callable[[str], None],
) -> bool:
    """Wait until no work is pending; return false after `timeout_s`.

    Failed jobs are retried at once, as an operator would after an outage, instead of after
    minutes of backoff.
    """
    deadline, retry_at = time.monotonic() + timeout_s, time.monotonic()
    while time.monotonic() < deadline:
        try:
            if time.monotonic() >= retry_at:
                retry_at = time.monotonic() + RETRY_INTERVAL_S
                with db.unit_of_work() as session:
                    repository.retry_failed_now(session, due_after=RETRY_DUE_AFTER)
            pending = read_pending_work(db, platform, simulator, buyers)
        except (OperationalError, httpx.HTTPError) as error:
            on_progress(f"unavailable: {str(error).splitlines()[0]}")
        else:
            if not pending:
                return True
            on_progress(str(pending))
        time.sleep(POLL_S)
    return False


def read_pending_work(
    db: Database,
    platform: PlatformUnderTest,
    simulator: SimulatorClient,
    buyers: Sequence[UUID],
) -> PendingWork:
    with db.unit_of_work() as session:
        messages = repository.count_open_messages(session)
        orders = repository.count_unpaid_orders(session, buyers)
    webhooks = simulator.count_waiting_webhooks()
    return PendingWork(messages, orders, webhooks, not platform.is_healthy())
