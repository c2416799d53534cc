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
from webapp.devtools.stripe_simulator.api import StripeOperation, find_operation
from webapp.devtools.stripe_simulator.authentication import authenticate_caller
from webapp.devtools.stripe_simulator.context import OperationContext
from webapp.devtools.stripe_simulator.database import SimulatorDatabase
from webapp.devtools.stripe_simulator.errors import (
    StripeApiError,
    StripeResult,
    build_api_error,
)
from webapp.devtools.stripe_simulator.faults import Fault, FaultKind, FaultRegistry
from webapp.devtools.stripe_simulator.forms import parse_form
from webapp.devtools.stripe_simulator.idempotency import InFlightKeys
from webapp.devtools.stripe_simulator.identifiers import new_id
from webapp.devtools.stripe_simulator.objects import API_VERSION
from webapp.devtools.stripe_simulator.repository import (
    IdempotencyRecord,
    SimulatorRepository,
)
from webapp.devtools.stripe_simulator.webhooks import Endpoint

REMOVED = "payment_method_types"


class ConnectionDropped(Exception):
    """The caller gets no answer: the connection is closed under it."""


@dataclass(frozen=True)
class StripeRequest:
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
class StripeResponse:
    result: StripeResult
    headers: dict[str, str] = field(default_factory=dict)


class RequestHandler:
    def __init__(
        self,
        *,
        database: SimulatorDatabase,
        faults: FaultRegistry,
        endpoint: Endpoint | None,
        api_key: str,
        address: str,
    ) -> None:
        self._ledger = database
        self._faults = faults
        self._endpoint = endpoint
        self._api_key = api_key
        self._address = address
        self._turns = InFlightKeys(database)

    def handle(self, asked: StripeRequest) -> StripeResponse:
        """Raises `HangUp` where a fault says that no answer arrives."""
        request_id = new_id("req", length=14)
        reply = StripeResponse(StripeResult(200, {}), {"Request-Id": request_id})
        struck: dict[FaultKind, Fault] = {}
        try:
            authenticate_caller(asked.headers, api_key=self._api_key)
            operation, ids = find_operation(asked.method, asked.path)
            struck = self._faults.trigger_request_faults(operation.name)
            _at_the_door(struck)
            params = _read(operation, asked)
            with self._turns.claim_key(asked.idempotency_key):
                self._wait(struck.get(FaultKind.SLOW))
                self._work(asked, reply, (operation, ids, params), struck)
        except StripeApiError as problem:
            reply.result = problem.result
        return self._on_the_way_out(reply, asked, struck)

    def build_context(
        self, books: SimulatorRepository, *, request_id: str | None, key: str | None
    ) -> OperationContext:
        return OperationContext(
            repository=books,
            time=time.time(),
            address=self._address,
            plan_deliveries=self._plan,
            request_id=request_id,
            idempotency_key=key,
        )

    def _plan(self, event_type: str, now: float) -> list[float | None]:
        if self._endpoint is None or not self._endpoint.is_subscribed_to(event_type):
            return []
        return self._faults.plan_deliveries(event_type, now)

    def _work(
        self,
        asked: StripeRequest,
        reply: StripeResponse,
        what: tuple[StripeOperation, tuple[str, ...], dict[str, Any]],
        struck: dict[FaultKind, Fault],
    ) -> None:
        key, request_id = asked.idempotency_key, reply.headers["Request-Id"]

        def work(books: SimulatorRepository) -> IdempotencyRecord:
            call = self.build_context(books, request_id=request_id, key=key)
            before = books.find_idempotency_record(key, now=call.time) if key else None
            if before is not None:
                return _repeated(before, asked)
            broken = FaultKind.ERROR_STORED in struck
            answer = build_api_error() if broken else _perform(call, *what)
            kept = IdempotencyRecord(asked.fingerprint, request_id, answer)
            if key:
                books.save_idempotency_record(key, kept, now=call.time)
            return kept

        kept = self._ledger.run_in_transaction(work)
        reply.result = kept.result
        if kept.request_id != request_id:
            reply.headers |= {
                "Idempotent-Replayed": "true",
                "Original-Request": kept.request_id,
            }

    def _on_the_way_out(
        self,
        reply: StripeResponse,
        asked: StripeRequest,
        struck: dict[FaultKind, Fault],
    ) -> StripeResponse:
        if FaultKind.DROP_REPLY in struck:
            raise ConnectionDropped
        if FaultKind.TIMEOUT in struck:
            self._wait(struck[FaultKind.TIMEOUT])
            raise ConnectionDropped
        if FaultKind.ERROR_AFTER in struck:
            reply.result = build_api_error()
        reply.headers["Stripe-Version"] = API_VERSION
        if asked.idempotency_key is not None:
            reply.headers["Idempotency-Key"] = asked.idempotency_key
        return reply

    def _wait(self, fault: Fault | None) -> None:
        if fault is not None:
            time.sleep(fault.seconds)


def _at_the_door(struck: dict[FaultKind, Fault]) -> None:
    if FaultKind.RATE_LIMIT in struck:
        raise StripeApiError("Too many requests", status=429, code="rate_limit")
    if FaultKind.ERROR_BEFORE in struck:
        raise StripeApiError("An unknown error occurred", status=500, kind="api_error")


def _read(operation: StripeOperation, asked: StripeRequest) -> dict[str, Any]:
    if asked.method == "POST" and any(
        name.startswith(f"{REMOVED}[") for name, _ in asked.pairs
    ):
        raise StripeApiError(
            "payment_method_types can no longer be set: use allowed_payment_method_types",
            code="payment_method_types_no_longer_supported",
            param=REMOVED,
        )
    return operation.params.parse(parse_form(asked.pairs))


def _perform(
    call: OperationContext,
    operation: StripeOperation,
    ids: tuple[str, ...],
    params: dict[str, Any],
) -> StripeResult:
    try:
        with call.repository.savepoint():
            answer = operation.run(call, params, *ids)
            if answer.status == 200:
                listing.expand_objects(call, answer.body, params.get("expand", []))
            return answer
    except StripeApiError as problem:
        return problem.result


def _repeated(before: IdempotencyRecord, asked: StripeRequest) -> IdempotencyRecord:
    if before.fingerprint == asked.fingerprint:
        return before
    raise StripeApiError(
        "This idempotency key was first used with another request: keys can only be "
        "repeated with the same address and parameters.",
        kind="idempotency_error",
    )
