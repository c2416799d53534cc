"""The way of every API request: who asks, what for, was it asked before, then the work.

An answer is remembered under its idempotency key in the transaction that does the work.
A request that was refused before its work began is not remembered, as at Stripe.
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.devtools.stripe_simulator import listing
from webapp.devtools.stripe_simulator.api import Operation, find_operation
from webapp.devtools.stripe_simulator.books import Books, Kept
from webapp.devtools.stripe_simulator.callers import check_caller
from webapp.devtools.stripe_simulator.calls import Call
from webapp.devtools.stripe_simulator.faults import Fault, Faults, Kind
from webapp.devtools.stripe_simulator.forms import read_form
from webapp.devtools.stripe_simulator.identifiers import new_id
from webapp.devtools.stripe_simulator.ledger import Ledger
from webapp.devtools.stripe_simulator.objects import API_VERSION
from webapp.devtools.stripe_simulator.problems import (
    Answer,
    StripeProblem,
    api_error,
)
from webapp.devtools.stripe_simulator.turns import Turns
from webapp.devtools.stripe_simulator.webhooks import Endpoint

REMOVED = "payment_method_types"


class HangUp(Exception):
    """The caller gets no answer: the connection is closed under it."""


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    pairs: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]

    @property
    def idempotency_key(self) -> str | None:
        """Only a POST has a use for one."""
        return self.headers.get("Idempotency-Key") if self.method == "POST" else None

    @property
    def fingerprint(self) -> str:
        said = repr((self.method, self.path, sorted(self.pairs)))
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass
class Reply:
    answer: Answer
    headers: dict[str, str] = field(default_factory=dict)


class Desk:
    def __init__(
        self,
        *,
        ledger: Ledger,
        faults: Faults,
        endpoint: Endpoint | None,
        api_key: str,
        address: str,
    ) -> None:
        self._ledger = ledger
        self._faults = faults
        self._endpoint = endpoint
        self._api_key = api_key
        self._address = address
        self._turns = Turns(ledger)

    def answer(self, asked: Asked) -> Reply:
        """Raises `HangUp` where a fault says that no answer arrives."""
        request_id = new_id("req", length=14)
        reply = Reply(Answer(200, {}), {"Request-Id": request_id})
        struck: dict[Kind, Fault] = {}
        try:
            check_caller(asked.headers, api_key=self._api_key)
            operation, ids = find_operation(asked.method, asked.path)
            struck = self._faults.draw(operation.name)
            _at_the_door(struck)
            params = _read(operation, asked)
            with self._turns.one_at_a_time(asked.idempotency_key):
                self._wait(struck.get(Kind.SLOW))
                self._work(asked, reply, (operation, ids, params), struck)
        except StripeProblem as problem:
            reply.answer = problem.answer
        return self._on_the_way_out(reply, asked, struck)

    def call(self, books: Books, *, request_id: str | None, key: str | None) -> Call:
        return Call(
            books=books,
            time=time.time(),
            address=self._address,
            plan=self._plan,
            request_id=request_id,
            idempotency_key=key,
        )

    def _plan(self, event_type: str, now: float) -> list[float | None]:
        if self._endpoint is None or not self._endpoint.wants(event_type):
            return []
        return self._faults.plan(event_type, now)

    def _work(
        self,
        asked: Asked,
        reply: Reply,
        what: tuple[Operation, tuple[str, ...], dict[str, Any]],
        struck: dict[Kind, Fault],
    ) -> None:
        key, request_id = asked.idempotency_key, reply.headers["Request-Id"]

        def work(books: Books) -> Kept:
            call = self.call(books, request_id=request_id, key=key)
            before = books.kept(key, now=call.time) if key else None
            if before is not None:
                return _repeated(before, asked)
            broken = Kind.ERROR_STORED in struck
            answer = api_error() if broken else _perform(call, *what)
            kept = Kept(asked.fingerprint, request_id, answer)
            if key:
                books.keep(key, kept, now=call.time)
            return kept

        kept = self._ledger.perform(work)
        reply.answer = kept.answer
        if kept.request_id != request_id:
            reply.headers |= {
                "Idempotent-Replayed": "true",
                "Original-Request": kept.request_id,
            }

    def _on_the_way_out(
        self, reply: Reply, asked: Asked, struck: dict[Kind, Fault]
    ) -> Reply:
        if Kind.DROP_REPLY in struck:
            raise HangUp
        if Kind.TIMEOUT in struck:
            self._wait(struck[Kind.TIMEOUT])
            raise HangUp
        if Kind.ERROR_AFTER in struck:
            reply.answer = api_error()
        reply.headers["Stripe-Version"] = API_VERSION
        if asked.idempotency_key is not None:
            reply.headers["Idempotency-Key"] = asked.idempotency_key
        return reply

    def _wait(self, fault: Fault | None) -> None:
        if fault is not None:
            time.sleep(fault.seconds)


def _at_the_door(struck: dict[Kind, Fault]) -> None:
    if Kind.RATE_LIMIT in struck:
        raise StripeProblem("Too many requests", status=429, code="rate_limit")
    if Kind.ERROR_BEFORE in struck:
        raise StripeProblem("An unknown error occurred", status=500, kind="api_error")


def _read(operation: Operation, asked: Asked) -> dict[str, Any]:
    if asked.method == "POST" and any(
        name.startswith(f"{REMOVED}[") for name, _ in asked.pairs
    ):
        raise StripeProblem(
            "payment_method_types can no longer be set: use allowed_payment_method_types",
            code="payment_method_types_no_longer_supported",
            param=REMOVED,
        )
    return operation.params.read(read_form(asked.pairs))


def _perform(
    call: Call, operation: Operation, ids: tuple[str, ...], params: dict[str, Any]
) -> Answer:
    try:
        with call.books.attempt():
            answer = operation.run(call, params, *ids)
            if answer.status == 200:
                listing.expand(call, answer.body, params.get("expand", []))
            return answer
    except StripeProblem as problem:
        return problem.answer


def _repeated(before: Kept, asked: Asked) -> Kept:
    if before.fingerprint == asked.fingerprint:
        return before
    raise StripeProblem(
        "This idempotency key was first used with another request: keys can only be "
        "repeated with the same address and parameters.",
        kind="idempotency_error",
    )
