"""Looks whether the books are right, and remembers what it saw."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from webapp.db.outbox import promise
from webapp.integrity import repository
from webapp.integrity.invariants import INVARIANTS, Invariant
from webapp.integrity.stripe_books import StripeBooks

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
GRACE = timedelta(minutes=15)


@dataclass(frozen=True)
class Finding:
    invariant: Invariant
    found: int
    sample: Sequence[str]
    checked_at: datetime
    took_ms: int

    @property
    def holds(self) -> bool:
        return self.found == 0


def check(
    session: Session,
    *,
    stripe: StripeBooks | None,
    now: datetime,
    since: datetime = BEGINNING,
    grace: timedelta = GRACE,
) -> list[Finding]:
    """Every invariant that can be looked at; without Stripe's books, those about ours."""
    parameters = {"since": since, "grace": grace, "stripe": json.dumps(stripe or [])}
    return [
        _look(session, invariant, parameters, now)
        for invariant in INVARIANTS
        if stripe is not None or not invariant.asks_stripe
    ]


def _look(
    session: Session, invariant: Invariant, parameters: dict[str, object], now: datetime
) -> Finding:
    began = time.monotonic()
    found, sample = repository.offenders(session, invariant.query, parameters)
    took_ms = round((time.monotonic() - began) * 1000)
    return Finding(invariant, found, sample, now, took_ms)


def remember(session: Session, findings: Sequence[Finding]) -> None:
    """What was not looked at this time is not known any more."""
    repository.forget_others(session, [found.invariant.name for found in findings])
    for finding in findings:
        repository.store(
            session,
            name=finding.invariant.name,
            found=finding.found,
            sample=list(finding.sample),
            checked_at=finding.checked_at,
            took_ms=finding.took_ms,
        )


def latest(session: Session) -> list[Finding]:
    """Of the last look, in the order of the list; what was not looked at is left out."""
    known = {check.name: check for check in repository.latest(session)}
    return [
        Finding(invariant, row.found, row.sample, row.checked_at, row.took_ms)
        for invariant in INVARIANTS
        if (row := known.get(invariant.name)) is not None
    ]


def check_soon(session: Session) -> None:
    promise(session, "integrity.check")
