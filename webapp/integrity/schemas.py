from collections.abc import Sequence
from datetime import datetime
from typing import Self

from webapp.integrity.invariants import INVARIANTS
from webapp.integrity.service import InvariantResult
from webapp.kit.json import OmittedIfNone, ResponseBody, Timestamp


class FindingView(ResponseBody):
    example_values = {
        "name": INVARIANTS[0].name,
        "says": INVARIANTS[0].description,
        "holds": True,
        "found": 0,
        "sample": [],
        "checked_at": "2026-03-01T09:30:00Z",
        "age_seconds": 240,
        "took_ms": 18,
    }

    name: str
    says: str
    holds: bool
    found: int
    """Number of violations."""
    sample: list[str]
    """Ids of some of the violating rows."""
    checked_at: Timestamp
    age_seconds: int
    took_ms: int

    @classmethod
    def from_result(cls, result: InvariantResult, *, now: datetime) -> Self:
        return cls(
            name=result.invariant.name,
            says=result.invariant.description,
            holds=result.holds,
            found=result.violations,
            sample=list(result.sample),
            checked_at=result.checked_at,
            age_seconds=max(int((now - result.checked_at).total_seconds()), 0),
            took_ms=result.took_ms,
        )


class RuleView(ResponseBody):
    example_values = {"name": INVARIANTS[-1].name, "says": INVARIANTS[-1].description}

    name: str
    says: str


class IntegrityView(ResponseBody):
    example_values = {
        "holds": True,
        "checked_at": FindingView.example_values["checked_at"],
    }

    holds: bool
    """Whether all checked invariants hold; false before the first check."""
    checked_at: OmittedIfNone[Timestamp] = None
    """Time of the oldest of the results."""
    items: list[FindingView]
    not_checked: list[RuleView]
    """Invariants that the last check left out: those on Stripe's ledger, where it is unreadable."""

    @classmethod
    def from_results(cls, results: Sequence[InvariantResult], *, now: datetime) -> Self:
        return cls(
            holds=bool(results) and all(result.holds for result in results),
            checked_at=min((result.checked_at for result in results), default=None),
            items=[FindingView.from_result(result, now=now) for result in results],
            not_checked=[
                RuleView(name=rule.name, says=rule.description)
                for rule in INVARIANTS
                if rule not in {result.invariant for result in results}
            ],
        )


class CheckEnqueued(ResponseBody):
    promised: bool = True
