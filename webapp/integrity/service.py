"""Checks the invariants and stores the results."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from webapp.adapters.payments.port import LedgerEntry, LedgerSource, PaymentGateway
from webapp.db.outbox import enqueue
from webapp.integrity import repository
from webapp.integrity.invariants import INVARIANTS, Invariant

DEFAULT_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
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


def read_stripe_ledger(gateway: PaymentGateway) -> Sequence[LedgerEntry] | None:
    """Read all payments at Stripe, by order; `None` when the gateway cannot list them.

    Raises `LedgerUnavailable`.
    """
    return gateway.read_ledger() if isinstance(gateway, LedgerSource) else None


def check_invariants(
    session: Session,
    *,
    stripe_ledger: Sequence[LedgerEntry] | None,
    now: datetime,
    since: datetime = DEFAULT_SINCE,
    grace: timedelta = GRACE,
) -> list[InvariantResult]:
    """Check every invariant; without Stripe's ledger, only those that do not require it.

    `since` is the age limit of the orders checked, `grace` how long work may be in progress.
    """
    parameters = {
        "since": since,
        "grace": grace,
        "stripe": json.dumps([asdict(entry) for entry in stripe_ledger or ()]),
    }
    return [
        _check_invariant(session, invariant, parameters, now)
        for invariant in INVARIANTS
        if stripe_ledger is not None or not invariant.requires_stripe
    ]


def _check_invariant(
    session: Session, invariant: Invariant, parameters: dict[str, object], now: datetime
) -> InvariantResult:
    started = time.monotonic()
    violations, sample = repository.find_violations(
        session, invariant.query, parameters
    )
    took_ms = round((time.monotonic() - started) * 1000)
    return InvariantResult(invariant, violations, sample, now, took_ms)


def store_results(session: Session, results: Sequence[InvariantResult]) -> None:
    """Replace the stored results. Those of invariants not checked this time are deleted."""
    repository.delete_other_checks(
        session, [result.invariant.name for result in results]
    )
    for result in results:
        repository.upsert_check(
            session,
            name=result.invariant.name,
            violations=result.violations,
            sample=list(result.sample),
            checked_at=result.checked_at,
            took_ms=result.took_ms,
        )


def list_results(session: Session) -> list[InvariantResult]:
    """List the stored results in the order of `INVARIANTS`; unchecked ones are left out."""
    checks = {check.name: check for check in repository.list_checks(session)}
    return [
        InvariantResult(
            invariant, row.violations, row.sample, row.checked_at, row.took_ms
        )
        for invariant in INVARIANTS
        if (row := checks.get(invariant.name)) is not None
    ]


def enqueue_check(session: Session) -> None:
    enqueue(session, "integrity.check")
