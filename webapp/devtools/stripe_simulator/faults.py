"""Fault injection: deterministic failures of requests and webhooks.

A fault applies to the next `count` requests (or webhooks) that match its target, or to each
with a `probability` drawn from its own seed, so that a failed run can be repeated.
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
    """Waits `seconds` before processing; the idempotency key is in flight meanwhile."""
    ERROR_BEFORE = "error_before"
    """500 before processing: nothing done, nothing stored under the key."""
    ERROR_STORED = "error_stored"
    """500 during processing: nothing done, and the key replays the 500 for 24 hours."""
    ERROR_AFTER = "error_after"
    """500 after processing: the key replays the true response."""
    DROP_REPLY = "drop_reply"
    """Processes the request, then closes the connection without a byte."""
    TIMEOUT = "timeout"
    """Processes the request, waits `seconds`, then closes the connection."""
    RATE_LIMIT = "rate_limit"
    """429: nothing done."""
    # Of webhooks
    DUPLICATE_WEBHOOK = "duplicate_webhook"
    DELAY_WEBHOOK = "delay_webhook"
    """Delivered `seconds` late."""
    REORDER_WEBHOOK = "reorder_webhook"
    """Each delivered a random time late, up to `seconds`."""
    LOSE_WEBHOOK = "lose_webhook"

    @property
    def is_webhook_fault(self) -> bool:
        return self.value.endswith("_webhook")


class Fault(BaseModel):
    """One fault, as in the body of `POST /_simulator/faults`."""

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    target: str | None = None
    """An operation (`payment_intents.create`) or an event type; `None` matches all."""
    count: int | None = Field(default=1, ge=1)
    """How often it is triggered; null for always."""
    probability: float = Field(default=1.0, gt=0, le=1)
    seconds: float = Field(default=30.0, ge=0, le=3600)
    seed: int = 0
    struck: int = Field(default=0, ge=0, le=0)

    _random: random.Random = PrivateAttr()

    @model_validator(mode="after")
    def _seed_random(self) -> Self:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable, not secret
        return self

    def try_trigger(self, target: str) -> bool:
        if self.target not in {None, target} or self.struck == self.count:
            return False
        is_triggered = self._random.random() < self.probability
        self.struck += is_triggered
        return is_triggered

    def draw_delay_s(self) -> float:
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
        """Return the faults triggered by this request, by kind."""
        with self._lock:
            return {
                fault.kind: fault
                for fault in self._armed
                if not fault.kind.is_webhook_fault and fault.try_trigger(operation)
            }

    def plan_deliveries(self, event_type: str, now: float) -> list[float | None]:
        """Return the due times of this event's deliveries; `None` is a lost delivery."""
        with self._lock:
            triggered = [
                fault
                for fault in self._armed
                if fault.kind.is_webhook_fault and fault.try_trigger(event_type)
            ]
            kinds = {fault.kind for fault in triggered}
            if FaultKind.LOSE_WEBHOOK in kinds:
                return [None]
            due: float | None = now + sum(_delay_s(fault) for fault in triggered)
        return [due, due] if FaultKind.DUPLICATE_WEBHOOK in kinds else [due]


def _delay_s(fault: Fault) -> float:
    if fault.kind is FaultKind.DELAY_WEBHOOK:
        return fault.seconds
    return fault.draw_delay_s() if fault.kind is FaultKind.REORDER_WEBHOOK else 0.0
