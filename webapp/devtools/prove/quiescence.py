"""Waits until nothing that orders have set in motion is under way any more."""

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

POLL_SECONDS = 1.0
HURRY_SECONDS = 20.0
SOON = timedelta(seconds=10)


@dataclass(frozen=True)
class Unrest:
    """What is still under way."""

    promises: int
    orders: int
    webhooks: int
    parts: bool
    """A part of the platform is not well."""

    def __str__(self) -> str:
        ill = ", a part is not well" if self.parts else ""
        return (
            f"{self.promises} promises, {self.orders} orders that wait, "
            f"{self.webhooks} webhooks{ill}"
        )

    def __bool__(self) -> bool:
        return bool(self.promises or self.orders or self.webhooks or self.parts)


def wait_for_quiescence(
    db: Database,
    platform: PlatformUnderTest,
    stripe: SimulatorClient,
    *,
    buyers: Sequence[UUID],
    timeout_s: float,
    on_progress: Callable[[str], None],
) -> bool:
    """Whether it came. What has failed often is tried again at once, as an operator would
    who knows that the trouble is over, instead of after minutes."""
    deadline, hurry_at = time.monotonic() + timeout_s, time.monotonic()
    while time.monotonic() < deadline:
        try:
            if time.monotonic() >= hurry_at:
                hurry_at = time.monotonic() + HURRY_SECONDS
                with db.unit_of_work() as session:
                    repository.retry_failed_now(session, due_after=SOON)
            unrest = look(db, platform, stripe, buyers)
        except (OperationalError, httpx.HTTPError) as problem:
            on_progress(f"away: {str(problem).splitlines()[0]}")
        else:
            if not unrest:
                return True
            on_progress(str(unrest))
        time.sleep(POLL_SECONDS)
    return False


def look(
    db: Database,
    platform: PlatformUnderTest,
    stripe: SimulatorClient,
    buyers: Sequence[UUID],
) -> Unrest:
    with db.unit_of_work() as session:
        promises = repository.count_open_messages(session)
        orders = repository.count_unpaid_orders(session, buyers)
    webhooks = stripe.read_state()["deliveries"].get("waiting", 0)
    return Unrest(promises, orders, webhooks, not platform.is_healthy())
