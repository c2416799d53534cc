"""What can go wrong between the shop and Stripe, on demand and repeatable.

A fault strikes the next `count` requests (or webhooks) it fits, or each with a
`probability` drawn from its own seed, so that a failed run can be played again.
"""

import random
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator


class FaultKind(StrEnum):
    # Of requests
    SLOW = "slow"
    """Waits `seconds`, then works: the key is in flight meanwhile."""
    ERROR_BEFORE = "error_before"
    """500 from the door: nothing done, nothing remembered under the key."""
    ERROR_STORED = "error_stored"
    """500 from inside: nothing done, and the key repeats the 500 for a day."""
    ERROR_AFTER = "error_after"
    """Does the work, then 500 on the way out: the key repeats the true answer."""
    DROP_REPLY = "drop_reply"
    """Does the work, then closes the connection without a byte."""
    TIMEOUT = "timeout"
    """Does the work, then keeps the caller waiting `seconds` and hangs up."""
    RATE_LIMIT = "rate_limit"
    """429: nothing done."""
    # Of webhooks
    DUPLICATE_WEBHOOK = "duplicate_webhook"
    DELAY_WEBHOOK = "delay_webhook"
    """`seconds` late."""
    REORDER_WEBHOOK = "reorder_webhook"
    """Each a random time late, up to `seconds`."""
    LOSE_WEBHOOK = "lose_webhook"

    @property
    def of_webhooks(self) -> bool:
        return self.value.endswith("_webhook")


class Fault(BaseModel):
    """What `POST /_simulator/faults` takes."""

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    target: str | None = None
    """An operation (`payment_intents.create`) or an event type; all when empty."""
    count: int | None = Field(default=1, ge=1)
    """How often it strikes; null for always."""
    probability: float = Field(default=1.0, gt=0, le=1)
    seconds: float = Field(default=30.0, ge=0, le=3600)
    seed: int = 0
    struck: int = Field(default=0, ge=0, le=0)

    _random: random.Random = PrivateAttr()

    @model_validator(mode="after")
    def _seeded(self) -> Self:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable, not secret
        return self

    def try_trigger(self, target: str) -> bool:
        if self.target not in {None, target} or self.struck == self.count:
            return False
        hit = self._random.random() < self.probability
        self.struck += hit
        return hit

    @property
    def lateness(self) -> float:
        return self._random.uniform(0, self.seconds)


@dataclass
class FaultRegistry:
    _armed: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, fault: Fault) -> None:
        with self._lock:
            self._armed.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._armed.clear()

    def list_faults(self) -> list[dict[str, object]]:
        with self._lock:
            return [fault.model_dump(mode="json") for fault in self._armed]

    def trigger_request_faults(self, operation: str) -> dict[FaultKind, Fault]:
        """The faults that strike this request."""
        with self._lock:
            return {
                fault.kind: fault
                for fault in self._armed
                if not fault.kind.of_webhooks and fault.try_trigger(operation)
            }

    def plan_deliveries(self, event_type: str, now: float) -> list[float | None]:
        """When this event's deliveries are due; None is one that gets lost."""
        with self._lock:
            struck = [
                fault
                for fault in self._armed
                if fault.kind.of_webhooks and fault.try_trigger(event_type)
            ]
            kinds = {fault.kind for fault in struck}
            if FaultKind.LOSE_WEBHOOK in kinds:
                return [None]
            due: float | None = now + sum(_late(fault) for fault in struck)
        return [due, due] if FaultKind.DUPLICATE_WEBHOOK in kinds else [due]


def _late(fault: Fault) -> float:
    if fault.kind is FaultKind.DELAY_WEBHOOK:
        return fault.seconds
    return fault.lateness if fault.kind is FaultKind.REORDER_WEBHOOK else 0.0
