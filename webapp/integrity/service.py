"""Looks whether the books are right, and remembers what it saw."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from webapp.db.outbox import enqueue
from webapp.integrity import repository
from webapp.integrity.invariants import INVARIANTS, Invariant
from webapp.integrity.stripe_ledger import StripeLedger

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
GRACE = timedelta(minutes=15)


@dataclass(frozen=True)
class InvariantResult:
    invariant: Invariant
    violations: int
    sample: Sequence[str]
    checked_at: datetime
    took_ms: int

    @property
    def holds(self) -> bool:
        return self.violations == 0


def check_invariants(
    session: Session,
    *,
    stripe_ledger: StripeLedger | None,
    now: datetime,
    since: datetime = BEGINNING,
    grace: timedelta = GRACE,
) -> list[InvariantResult]:
    """Every invariant that can be looked at; without Stripe's books, those about ours."""
    parameters = {
        "since": since,
        "grace": grace,
        "stripe": json.dumps(stripe_ledger or []),
    }
    return [
        _look(session, invariant, parameters, now)
        for invariant in INVARIANTS
        if stripe_ledger is not None or not invariant.requires_stripe
    ]


def _look(
    session: Session, invariant: Invariant, parameters: dict[str, object], now: datetime
) -> InvariantResult:
    began = time.monotonic()
    found, sample = repository.find_violations(session, invariant.query, parameters)
    took_ms = round((time.monotonic() - began) * 1000)
    return InvariantResult(invariant, found, sample, now, took_ms)


def store_results(session: Session, findings: Sequence[InvariantResult]) -> None:
    """What was not looked at this time is not known any more."""
    repository.delete_other_checks(
        session, [found.invariant.name for found in findings]
    )
    for finding in findings:
        repository.upsert_check(
            session,
            name=finding.invariant.name,
            violations=finding.violations,
            sample=list(finding.sample),
            checked_at=finding.checked_at,
            took_ms=finding.took_ms,
        )


def list_results(session: Session) -> list[InvariantResult]:
    """Of the last look, in the order of the list; what was not looked at is left out."""
    known = {check.name: check for check in repository.list_checks(session)}
    return [
        InvariantResult(
            invariant, row.violations, row.sample, row.checked_at, row.took_ms
        )
        for invariant in INVARIANTS
        if (row := known.get(invariant.name)) is not None
    ]


def enqueue_check(session: Session) -> None:
    enqueue(session, "integrity.check")
