"""Does errands at the shop's real HTTP API, and writes down what it was told."""

import time
from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Event
from typing import Any

import httpx

from webapp.devtools.prove.counters import Counters
from webapp.devtools.prove.observations import Observation
from webapp.devtools.prove.scenarios import ChallengeOutcome, FollowUp, Scenario
from webapp.devtools.prove.setup import ProofAccount, ShopFixture
from webapp.devtools.prove.shop_client import ShopClient, ShopResponse

ADDRESS = {
    "street": "1 Main St",
    "city": "Springfield",
    "state": "OR",
    "zipCode": "97477",
    "country": "US",
}
REFUND = 1.00
TOGETHER_SECONDS = 5
MEANWHILE_SECONDS = 5
PAGE_TRIES = 20
OUTCOMES = {201: "paid", 202: "waiting", 402: "declined"}


class SimulatedBuyer:
    """One account. `hands` send the same request on several connections at once."""

    def __init__(
        self,
        person: ProofAccount,
        scene: ShopFixture,
        *,
        api: str,
        counters: Counters,
        executor: Executor,
        retry_timeout_s: float,
        stop_event: Event,
    ) -> None:
        self._person = person
        self._scene = scene
        self._tally = counters
        self._hands = executor
        self._halt = stop_event
        self._line = ShopClient(
            api,
            person.token,
            counters,
            retry_timeout_s=retry_timeout_s,
            stop_event=stop_event,
        )
        self._admin = ShopClient(
            api,
            scene.admin.token,
            counters,
            retry_timeout_s=retry_timeout_s,
            stop_event=stop_event,
        )

    def run_scenarios(
        self, errands: Iterable[Scenario], *, until: float
    ) -> list[Observation]:
        """Begins no errand after `until`, on the monotonic clock."""
        with self._line, self._admin:
            return [
                self._run(errand)
                for errand in errands
                if time.monotonic() < until and not self._halt.is_set()
            ]

    def _run(self, errand: Scenario) -> Observation:
        told = Observation(errand, str(self._person.id))
        if self._fill_cart(errand):
            told.responses += self._order_while_cancelling(errand)
            first = told.responses[0]
            if first is not None:
                self._go_on(errand, told, first)
        self._tally.increment(_outcome(told))
        self._tally.increment("done")
        return told

    def _fill_cart(self, errand: Scenario) -> bool:
        """False when nothing of what was wished for is left."""
        self._line.send_request("DELETE", "/cart")
        got = 0
        for place, quantity in errand.items:
            product_id = str(self._scene.products[place].product_id)
            wish = {"productId": product_id, "quantity": quantity}
            answer = self._line.send_request("POST", "/cart", json=wish)
            got += answer is not None and answer.status < 400
        return got > 0

    def _order_while_cancelling(self, errand: Scenario) -> list[ShopResponse | None]:
        if errand.follow_up is not FollowUp.CANCELS_CONCURRENTLY:
            return self._order_at_once(errand)
        cancelling = self._hands.submit(self._cancel_what_follows, self._newest_order())
        answers = self._order_at_once(errand)
        cancelling.result()
        return answers

    def _cancel_what_follows(self, before: str | None) -> None:
        until = time.monotonic() + MEANWHILE_SECONDS
        while time.monotonic() < until and not self._halt.is_set():
            order_id = self._newest_order()
            if order_id is not None and order_id != before:
                answer = self._line.send_request("POST", f"/orders/{order_id}/cancel")
                if answer is not None and answer.status == 200:
                    self._tally.increment("cancelled meanwhile")
                return

    def _newest_order(self) -> str | None:
        answer = self._line.send_request("GET", "/orders?limit=1")
        orders = answer.body.get("items", []) if answer is not None else []
        return str(orders[0]["orderId"]) if orders else None

    def _order_at_once(self, errand: Scenario) -> list[ShopResponse | None]:
        start = Barrier(errand.concurrency)

        def send() -> ShopResponse | None:
            with suppress(BrokenBarrierError):
                start.wait(TOGETHER_SECONDS)
            return self._order(errand)

        others = [self._hands.submit(send) for _ in range(errand.concurrency - 1)]
        return [send(), *(other.result() for other in others)]

    def _order(self, errand: Scenario, **changed: Any) -> ShopResponse | None:
        body = {"paymentMethodId": errand.card, "shippingAddress": ADDRESS} | changed
        return self._line.send_request(
            "POST", "/orders", key=errand.key, json=body, timed=errand.concurrency == 1
        )

    def _go_on(self, errand: Scenario, told: Observation, first: ShopResponse) -> None:
        page = first.body.get("actionUrl")
        if first.status == 202 and page:
            self._authenticate(str(page), errand.challenge)
        elif first.status == 201 and first.order_id:
            self._afterwards(errand, told, first.order_id)

    def _authenticate(self, page: str, challenge: ChallengeOutcome) -> None:
        """Press a button of the 3-D Secure page, or close it."""
        self._tally.increment(f"3-D Secure {challenge}")
        if challenge is ChallengeOutcome.ABANDONS:
            return
        succeeds = challenge is ChallengeOutcome.AUTHENTICATES
        form = {"answer": "authenticate" if succeeds else "fail"}
        for _ in range(PAGE_TRIES):
            with suppress(httpx.TransportError):
                if httpx.post(page, data=form, timeout=5).status_code < 500:
                    return

    def _afterwards(self, errand: Scenario, told: Observation, order_id: str) -> None:
        key = f"{errand.key}-after"
        match errand.follow_up:
            case FollowUp.REPEATS:
                told.responses.append(self._order(errand))
            case FollowUp.REUSES_KEY:
                other = self._order(errand, paymentMethodId="pm_card_amex")
                if other is None or other.status != 422:
                    self._tally.increment("key of another request taken")
            case FollowUp.CANCELS:
                self._line.send_request("POST", f"/orders/{order_id}/cancel", key=key)
                self._tally.increment("cancelled")
            case FollowUp.REFUND:
                body = {"orderId": order_id, "amount": REFUND, "reason": "proof"}
                self._admin.send_request("POST", "/payment/refund", key=key, json=body)
                self._tally.increment("refunded in part")


def _outcome(told: Observation) -> str:
    if not told.responses:
        return "sold out"
    first = told.responses[0]
    return OUTCOMES.get(first.status, "refused") if first else "unanswered"
