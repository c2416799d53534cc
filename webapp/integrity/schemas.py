from collections.abc import Sequence
from datetime import datetime
from typing import Self

from webapp.http.schemas import Absent, ResponseBody, Timestamp
from webapp.integrity.invariants import INVARIANTS
from webapp.integrity.service import InvariantResult


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
    """How many break it."""
    sample: list[str]
    """The ids of some of them."""
    checked_at: Timestamp
    age_seconds: int
    took_ms: int

    @classmethod
    def from_result(cls, finding: InvariantResult, *, now: datetime) -> Self:
        return cls(
            name=finding.invariant.name,
            says=finding.invariant.description,
            holds=finding.holds,
            found=finding.violations,
            sample=list(finding.sample),
            checked_at=finding.checked_at,
            age_seconds=max(int((now - finding.checked_at).total_seconds()), 0),
            took_ms=finding.took_ms,
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
    """Everything that was looked at; false while nothing was."""
    checked_at: Absent[Timestamp] = None
    """Of the invariant that was looked at longest ago."""
    items: list[FindingView]
    not_checked: list[RuleView]
    """What the last look left out: Stripe's books, where they cannot be read."""

    @classmethod
    def from_results(
        cls, findings: Sequence[InvariantResult], *, now: datetime
    ) -> Self:
        return cls(
            holds=bool(findings) and all(finding.holds for finding in findings),
            checked_at=min((f.checked_at for f in findings), default=None),
            items=[FindingView.from_result(finding, now=now) for finding in findings],
            not_checked=[
                RuleView(name=rule.name, says=rule.description)
                for rule in INVARIANTS
                if rule not in {finding.invariant for finding in findings}
            ],
        )


class CheckEnqueued(ResponseBody):
    promised: bool = True
