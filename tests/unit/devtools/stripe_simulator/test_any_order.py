"""Whatever is asked of one intent in whatever order, the money adds up."""

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

    def ask(self, method: str, path: str, **form: object) -> dict[str, Any]:
        """Sent twice under its key: the repetition must change nothing."""
        pairs = tuple((name, str(value)) for name, value in form.items())
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": str(uuid4())}
        asked = StripeRequest(method, f"/v1/{path}", pairs, headers)
        first, again = (self.simulator.request_handler.handle(asked) for _ in range(2))
        assert first.result.status in {200, 400, 402}
        assert first.result == again.result
        assert method == "GET" or first.result.status == 400 or replays(again)
        return first.result.body

    @initialize(
        capture=st.sampled_from(["automatic_async", "manual"]), confirms=st.booleans()
    )
    def create(self, capture: str, *, confirms: bool) -> None:
        made = self.ask(
            "POST",
            "payment_intents",
            amount=AMOUNT,
            currency="eur",
            capture_method=capture,
            **{"allowed_payment_method_types[]": "card"},
        )
        self.path = f"payment_intents/{made['id']}"
        self.intent_id: str = made["id"]
        if confirms:
            self.confirm("pm_card_visa")

    @rule(card=CARDS)
    def confirm(self, card: str) -> None:
        self.ask("POST", f"{self.path}/confirm", payment_method=card)

    @rule(amount=AMOUNTS)
    def capture(self, amount: int) -> None:
        self.ask("POST", f"{self.path}/capture", amount_to_capture=amount)

    @rule(serious=st.sampled_from([False, False, False, True]))
    def cancel(self, *, serious: bool) -> None:
        """Seldom, because little can happen afterwards."""
        if serious:
            self.ask("POST", f"{self.path}/cancel")

    @rule(amount=AMOUNTS)
    def refund(self, amount: int) -> None:
        self.ask("POST", "refunds", payment_intent=self.intent_id, amount=amount)

    @rule(succeeds=st.booleans())
    def authenticate(self, *, succeeds: bool) -> None:
        is_asked = self.status == "requires_action"
        try:
            self.simulator.authenticate(self.intent_id, succeeds=succeeds)
        except StripeApiError:
            assert not is_asked
        else:
            assert is_asked

    @property
    def status(self) -> str:
        return str(self.ask("GET", self.path)["status"])

    @invariant()
    def the_money_adds_up(self) -> None:
        intent = self.ask("GET", self.path)
        charges = self.ask("GET", "charges", payment_intent=self.intent_id)["data"]
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
    def what_is_over_stays_over(self) -> None:
        status = self.status
        assert self.final in {None, status}
        self.final = status if status in FINAL else None


def replays(reply: StripeResponse) -> bool:
    return "Idempotent-Replayed" in reply.headers


OneIntent.TestCase.settings = settings(
    max_examples=50,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestOneIntent = pytest.mark.slow(OneIntent.TestCase)
