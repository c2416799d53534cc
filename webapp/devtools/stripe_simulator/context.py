"""One API request under way: the books it works in, and the events it gives rise to."""

from collections.abc import Callable
from dataclasses import dataclass

from webapp.devtools.stripe_simulator.errors import Doc
from webapp.devtools.stripe_simulator.identifiers import new_id
from webapp.devtools.stripe_simulator.objects import API_VERSION
from webapp.devtools.stripe_simulator.repository import SimulatorRepository

Plan = Callable[[str, float], list[float | None]]
"""When an event of this type, happening now, is delivered; None is a lost delivery."""


@dataclass(frozen=True)
class OperationContext:
    repository: SimulatorRepository
    time: float
    address: str
    """Where this server is reached, for the links in its answers."""
    plan_deliveries: Plan
    request_id: str | None = None
    idempotency_key: str | None = None

    @property
    def now(self) -> int:
        return int(self.time)

    def emit_event(self, kind: str, about: Doc, *, previous: Doc | None = None) -> None:
        """Record an event with the object as it is at this moment, and plan its way."""
        plan = self.plan_deliveries(kind, self.time)
        data: Doc = {"object": about}
        if previous is not None:
            data["previous_attributes"] = previous
        event: Doc = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": data,
            "livemode": False,
            "pending_webhooks": min(len(plan), 1),
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            "type": kind,
        }
        self.repository.insert_object(event, parent=kind)
        for due in plan:
            self.repository.schedule_delivery(event["id"], due)
