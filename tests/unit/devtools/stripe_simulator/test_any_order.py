"""Stateful test: for any sequence of requests on one intent, the amounts add up."""

import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from webapp.devtools.stripe_simulator.errors import StripeApiError
from webapp.devtools.stripe_simulator.request_handler import (
    StripeRequest,
    StripeResponse,
)
from webapp.devtools.stripe_simulator.simulator import Simulator, SimulatorOptions

KEY = "sk_test_of_the_tests"
AMOUNT = 1_000
CARDS = st.sampled_from(
    [
        "pm_card_visa",
        "pm_card_chargeDeclined",
        "pm_card_threeDSecure2Required",
        "pm_nobody",
    ]
)
AMOUNTS = st.sampled_from([400, 600, AMOUNT, AMOUNT + 1])
FINAL = ("succeeded", "canceled")


class OneIntent(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name, "simulator.sqlite3")
        self.simulator = Simulator(SimulatorOptions(path=path, port=1, api_key=KEY))
        self.final: str | None = None

    def teardown(self) -> None:
        self.simulator.close()
        self.folder.cleanup()

    def send(self, method: str, path: str, **form: object) -> dict[str, Any]:
        """Send a request twice under one key: the repetition must change nothing."""
        pairs = tuple((name, str(value)) for name, value in form.items())
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": str(uuid4())}
        request = StripeRequest(method, f"/v1/{path}", pairs, headers)
        first, again = (
            self.simulator.request_handler.handle(request) for _ in range(2)
        )
        assert first.result.status in {200, 400, 402}
        assert first.result == again.result
        assert method == "GET" or first.result.status == 400 or is_replayed(again)
        return first.result.body

    @initialize(
        capture=st.sampled_from(["automatic_async", "manual"]), confirms=st.booleans()
    )
    def create(self, capture: str, *, confirms: bool) -> None:
        intent = self.send(
            "POST",
            "payment_intents",
            amount=AMOUNT,
            currency="eur",
            capture_method=capture,
            **{"allowed_payment_method_types[]": "card"},
        )
        self.path = f"payment_intents/{intent['id']}"
        self.intent_id: str = intent["id"]
        if confirms:
            self.confirm("pm_card_visa")

    @rule(card=CARDS)
    def confirm(self, card: str) -> None:
        self.send("POST", f"{self.path}/confirm", payment_method=card)

    @rule(amount=AMOUNTS)
    def capture(self, amount: int) -> None:
        self.send("POST", f"{self.path}/capture", amount_to_capture=amount)

    @rule(is_drawn=st.sampled_from([False, False, False, True]))
    def cancel(self, *, is_drawn: bool) -> None:
        """Drawn rarely, because little can happen after a cancellation."""
        if is_drawn:
            self.send("POST", f"{self.path}/cancel")

    @rule(amount=AMOUNTS)
    def refund(self, amount: int) -> None:
        self.send("POST", "refunds", payment_intent=self.intent_id, amount=amount)

    @rule(succeeds=st.booleans())
    def authenticate(self, *, succeeds: bool) -> None:
        requires_action = self.status == "requires_action"
        try:
            self.simulator.authenticate(self.intent_id, succeeds=succeeds)
        except StripeApiError:
            assert not requires_action
        else:
            assert requires_action

    @property
    def status(self) -> str:
        return str(self.send("GET", self.path)["status"])

    @invariant()
    def amounts_add_up(self) -> None:
        intent = self.send("GET", self.path)
        charges = self.send("GET", "charges", payment_intent=self.intent_id)["data"]
        paid = [charge for charge in charges if charge["paid"]]
        captured = sum(charge["amount_captured"] for charge in charges)
        refunded = sum(charge["amount_refunded"] for charge in charges)

        assert len(paid) <= 1
        assert 0 <= refunded <= captured <= AMOUNT
        assert intent["amount_received"] == captured
        assert (intent["status"] == "succeeded") == (captured > 0)
        assert (intent["status"] == "requires_capture") == (
            intent["amount_capturable"] == AMOUNT
        )

    @invariant()
    def final_states_are_final(self) -> None:
        status = self.status
        assert self.final in {None, status}
        self.final = status if status in FINAL else None


def is_replayed(response: StripeResponse) -> bool:
    return "Idempotent-Replayed" in response.headers


OneIntent.TestCase.settings = settings(
    max_examples=50,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestOneIntent = pytest.mark.slow(OneIntent.TestCase)
