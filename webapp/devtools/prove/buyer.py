"""Does errands at the shop's real HTTP API, and writes down what it was told."""

import time
from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Event
from typing import Any

import httpx

from webapp.devtools.prove.errands import Afterwards, Challenge, Errand
from webapp.devtools.prove.line import Answer, Line
from webapp.devtools.prove.scene import Person, Scene
from webapp.devtools.prove.tally import Tally
from webapp.devtools.prove.told import Told

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


class Buyer:
    """One account. `hands` send the same request on several connections at once."""

    def __init__(
        self,
        person: Person,
        scene: Scene,
        *,
        api: str,
        tally: Tally,
        hands: Executor,
        patience: float,
        halt: Event,
    ) -> None:
        self._person = person
        self._scene = scene
        self._tally = tally
        self._hands = hands
        self._halt = halt
        self._line = Line(api, person.token, tally, patience=patience, halt=halt)
        self._admin = Line(api, scene.admin.token, tally, patience=patience, halt=halt)

    def shop(self, errands: Iterable[Errand], *, until: float) -> list[Told]:
        """Begins no errand after `until`, on the monotonic clock."""
        with self._line, self._admin:
            return [
                self._run(errand)
                for errand in errands
                if time.monotonic() < until and not self._halt.is_set()
            ]

    def _run(self, errand: Errand) -> Told:
        told = Told(errand, str(self._person.id))
        if self._fill_cart(errand):
            told.answers += self._order_while_cancelling(errand)
            first = told.answers[0]
            if first is not None:
                self._go_on(errand, told, first)
        self._tally.count(_outcome(told))
        self._tally.count("done")
        return told

    def _fill_cart(self, errand: Errand) -> bool:
        """False when nothing of what was wished for is left."""
        self._line.ask("DELETE", "/cart")
        got = 0
        for place, quantity in errand.wishes:
            product_id = str(self._scene.shelves[place].product_id)
            wish = {"productId": product_id, "quantity": quantity}
            answer = self._line.ask("POST", "/cart", json=wish)
            got += answer is not None and answer.status < 400
        return got > 0

    def _order_while_cancelling(self, errand: Errand) -> list[Answer | None]:
        if errand.afterwards is not Afterwards.CANCELS_MEANWHILE:
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
                answer = self._line.ask("POST", f"/orders/{order_id}/cancel")
                if answer is not None and answer.status == 200:
                    self._tally.count("cancelled meanwhile")
                return

    def _newest_order(self) -> str | None:
        answer = self._line.ask("GET", "/orders?limit=1")
        orders = answer.body.get("items", []) if answer is not None else []
        return str(orders[0]["orderId"]) if orders else None

    def _order_at_once(self, errand: Errand) -> list[Answer | None]:
        start = Barrier(errand.at_once)

        def send() -> Answer | None:
            with suppress(BrokenBarrierError):
                start.wait(TOGETHER_SECONDS)
            return self._order(errand)

        others = [self._hands.submit(send) for _ in range(errand.at_once - 1)]
        return [send(), *(other.result() for other in others)]

    def _order(self, errand: Errand, **changed: Any) -> Answer | None:
        body = {"paymentMethodId": errand.card, "shippingAddress": ADDRESS} | changed
        return self._line.ask(
            "POST", "/orders", key=errand.key, json=body, timed=errand.at_once == 1
        )

    def _go_on(self, errand: Errand, told: Told, first: Answer) -> None:
        page = first.body.get("actionUrl")
        if first.status == 202 and page:
            self._authenticate(str(page), errand.challenge)
        elif first.status == 201 and first.order_id:
            self._afterwards(errand, told, first.order_id)

    def _authenticate(self, page: str, challenge: Challenge) -> None:
        """Press a button of the 3-D Secure page, or close it."""
        self._tally.count(f"3-D Secure {challenge}")
        if challenge is Challenge.ABANDONS:
            return
        succeeds = challenge is Challenge.AUTHENTICATES
        form = {"answer": "authenticate" if succeeds else "fail"}
        for _ in range(PAGE_TRIES):
            with suppress(httpx.TransportError):
                if httpx.post(page, data=form, timeout=5).status_code < 500:
                    return

    def _afterwards(self, errand: Errand, told: Told, order_id: str) -> None:
        key = f"{errand.key}-after"
        match errand.afterwards:
            case Afterwards.REPEATS:
                told.answers.append(self._order(errand))
            case Afterwards.REUSES_KEY:
                other = self._order(errand, paymentMethodId="pm_card_amex")
                if other is None or other.status != 422:
                    self._tally.count("key of another request taken")
            case Afterwards.CANCELS:
                self._line.ask("POST", f"/orders/{order_id}/cancel", key=key)
                self._tally.count("cancelled")
            case Afterwards.REFUND:
                body = {"orderId": order_id, "amount": REFUND, "reason": "proof"}
                self._admin.ask("POST", "/payment/refund", key=key, json=body)
                self._tally.count("refunded in part")


def _outcome(told: Told) -> str:
    if not told.answers:
        return "sold out"
    first = told.answers[0]
    return OUTCOMES.get(first.status, "refused") if first else "unanswered"
