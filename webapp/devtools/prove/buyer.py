"""Simulated buyers: run scenarios against the shop's HTTP API and record the responses."""

import time
from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Event
from typing import Any

import httpx

from webapp.devtools.prove.counters import Counters
from webapp.devtools.prove.observations import Observation
from webapp.devtools.prove.scenarios import (
    ChallengeOutcome,
    FollowUp,
    Impatience,
    Scenario,
)
from webapp.devtools.prove.setup import ProofAccount, ShopFixture
from webapp.devtools.prove.shop_client import ShopClient, ShopResponse

ADDRESS = {
    "street": "1 Main St",
    "city": "Springfield",
    "state": "OR",
    "zipCode": "97477",
    "country": "US",
}
REFUND_AMOUNT = 1.00
BARRIER_TIMEOUT_S = 5
CANCEL_POLL_TIMEOUT_S = 5
MAX_PAGE_ATTEMPTS = 20
MAX_EARLIER_ORDERS = 3
OUTCOMES = {201: "paid", 202: "waiting", 402: "declined"}


class SimulatedBuyer:
    """A buyer with one account; `executor` sends requests on several connections at once."""

    def __init__(
        self,
        account: ProofAccount,
        fixture: ShopFixture,
        *,
        api: str,
        counters: Counters,
        executor: Executor,
        retry_timeout_s: float,
        stop_event: Event,
    ) -> None:
        self._account = account
        self._fixture = fixture
        self._counters = counters
        self._executor = executor
        self._stop_event = stop_event
        self._client = ShopClient(
            api,
            account.token,
            counters,
            retry_timeout_s=retry_timeout_s,
            stop_event=stop_event,
        )
        self._admin = ShopClient(
            api,
            fixture.admin.token,
            counters,
            retry_timeout_s=retry_timeout_s,
            stop_event=stop_event,
        )

    def run_scenarios(
        self, scenarios: Iterable[Scenario], *, deadline: float
    ) -> list[Observation]:
        """Run the scenarios; start none after `deadline`, a time of the monotonic clock."""
        with self._client, self._admin:
            return [
                observation
                for scenario in scenarios
                if time.monotonic() < deadline and not self._stop_event.is_set()
                for observation in self._run_scenario(scenario)
            ]

    def _run_scenario(self, scenario: Scenario) -> list[Observation]:
        attempts = [
            Observation(attempt, str(self._account.id), scenario.key)
            for attempt in scenario.list_attempts()
        ]
        if self._fill_cart(scenario):
            self._order_cart(scenario, attempts)
        for observation in attempts:
            self._counters.increment(_classify_outcome(observation))
        self._counters.increment("done")
        return attempts

    def _order_cart(self, scenario: Scenario, attempts: list[Observation]) -> None:
        if scenario.impatience is Impatience.PATIENT:
            [observation] = attempts
            observation.responses += self._order_while_canceling(scenario)
        elif scenario.impatience is Impatience.LEAVES_OPEN:
            self._counters.increment(scenario.impatience)
            for observation in attempts:
                observation.responses += self._order_concurrently(observation.scenario)
        else:
            self._counters.increment(scenario.impatience)
            self._press_concurrently(attempts)
        for observation in attempts:
            first = observation.responses[0]
            if first is not None:
                self._continue_after(observation.scenario, observation, first)

    def _press_concurrently(self, attempts: list[Observation]) -> None:
        futures = [
            self._executor.submit(self._order_concurrently, observation.scenario)
            for observation in attempts
        ]
        for observation, future in zip(attempts, futures, strict=True):
            observation.responses += future.result()

    def _fill_cart(self, scenario: Scenario) -> bool:
        """Add the scenario's items; return false when none of them is in stock."""
        self._client.send_request("DELETE", "/cart")
        added = 0
        for index, quantity in scenario.items:
            product_id = str(self._fixture.products[index].product_id)
            item = {"productId": product_id, "quantity": quantity}
            response = self._client.send_request("POST", "/cart", json=item)
            added += response is not None and response.status < 400
        return added > 0

    def _order_while_canceling(self, scenario: Scenario) -> list[ShopResponse | None]:
        if scenario.follow_up is not FollowUp.CANCELS_CONCURRENTLY:
            return self._order_concurrently(scenario)
        cancellation = self._executor.submit(
            self._cancel_next_order, self._find_newest_order_id()
        )
        responses = self._order_concurrently(scenario)
        cancellation.result()
        return responses

    def _cancel_next_order(self, previous_id: str | None) -> None:
        deadline = time.monotonic() + CANCEL_POLL_TIMEOUT_S
        while time.monotonic() < deadline and not self._stop_event.is_set():
            order_id = self._find_newest_order_id()
            if order_id is not None and order_id != previous_id:
                response = self._client.send_request(
                    "POST", f"/orders/{order_id}/cancel"
                )
                if response is not None and response.status == 200:
                    self._counters.increment("canceled meanwhile")
                return

    def _find_newest_order_id(self) -> str | None:
        response = self._client.send_request("GET", "/orders?limit=1")
        orders = response.body.get("items", []) if response is not None else []
        return str(orders[0]["orderId"]) if orders else None

    def _order_concurrently(self, scenario: Scenario) -> list[ShopResponse | None]:
        start = Barrier(scenario.concurrency)

        def place_order() -> ShopResponse | None:
            with suppress(BrokenBarrierError):
                start.wait(BARRIER_TIMEOUT_S)
            return self._place_order(scenario)

        futures = [
            self._executor.submit(place_order) for _ in range(scenario.concurrency - 1)
        ]
        return [place_order(), *(future.result() for future in futures)]

    def _place_order(self, scenario: Scenario, **changed: Any) -> ShopResponse | None:
        """Order the cart. An earlier order that Stripe has not answered for, of another cart, is
        canceled first, as the response proposes."""
        response = self._send_order(scenario, **changed)
        for _ in range(MAX_EARLIER_ORDERS):
            if (
                response is None
                or not response.is_already_ordered
                or scenario.impatience is not Impatience.PATIENT
            ):
                break
            self._counters.increment("earlier order canceled")
            self._client.send_request(
                "POST", f"/orders/{response.earlier_order_id}/cancel"
            )
            response = self._send_order(scenario, **changed)
        return response

    def _send_order(self, scenario: Scenario, **changed: Any) -> ShopResponse | None:
        body = {"paymentMethodId": scenario.card, "shippingAddress": ADDRESS} | changed
        return self._client.send_request(
            "POST",
            "/orders",
            key=scenario.key,
            json=body,
            timed=scenario.concurrency == 1,
        )

    def _continue_after(
        self, scenario: Scenario, observation: Observation, first: ShopResponse
    ) -> None:
        page_url = first.body.get("actionUrl")
        if first.status == 202 and page_url:
            self._authenticate(str(page_url), scenario.challenge)
        elif first.status == 201 and first.order_id:
            self._follow_up(scenario, observation, first.order_id)

    def _authenticate(self, page_url: str, challenge: ChallengeOutcome) -> None:
        """Submit the form of the 3-D Secure page, or abandon it."""
        self._counters.increment(f"3-D Secure {challenge}")
        if challenge is ChallengeOutcome.ABANDONS:
            return
        succeeds = challenge is ChallengeOutcome.AUTHENTICATES
        form = {"answer": "authenticate" if succeeds else "fail"}
        for _ in range(MAX_PAGE_ATTEMPTS):
            with suppress(httpx.TransportError):
                if httpx.post(page_url, data=form, timeout=5).status_code < 500:
                    return

    def _follow_up(
        self, scenario: Scenario, observation: Observation, order_id: str
    ) -> None:
        key = f"{scenario.key}-after"
        match scenario.follow_up:
            case FollowUp.REPEATS:
                observation.responses.append(self._place_order(scenario))
            case FollowUp.REUSES_KEY:
                response = self._place_order(scenario, paymentMethodId="pm_card_amex")
                if response is None or response.status != 422:
                    self._counters.increment("key of another request taken")
            case FollowUp.CANCELS:
                self._client.send_request("POST", f"/orders/{order_id}/cancel", key=key)
                self._counters.increment("canceled")
            case FollowUp.REFUND:
                body = {"orderId": order_id, "amount": REFUND_AMOUNT, "reason": "proof"}
                self._admin.send_request("POST", "/payment/refund", key=key, json=body)
                self._counters.increment("refunded in part")


def _classify_outcome(observation: Observation) -> str:
    if not observation.responses:
        return "sold out"
    first = observation.responses[0]
    if first is not None and first.is_already_ordered:
        return "already ordered"
    return OUTCOMES.get(first.status, "refused") if first else "unanswered"
