"""Handles an API request: authentication, routing, faults, idempotency, then the operation.

A response is stored under its idempotency key in the transaction of the operation.
A request that was rejected before its operation began is not stored, as at Stripe.
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

REMOVED_PARAM = "payment_method_types"


class ConnectionDropped(Exception):
    """A fault closes the connection without a response."""


@dataclass(frozen=True)
class StripeRequest:
    method: str
    path: str
    pairs: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]

    @property
    def idempotency_key(self) -> str | None:
        """The request's key; only a POST may have one."""
        return self.headers.get("Idempotency-Key") if self.method == "POST" else None

    @property
    def fingerprint(self) -> str:
        request_text = repr((self.method, self.path, sorted(self.pairs)))
        return hashlib.sha256(request_text.encode()).hexdigest()


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
        self._database = database
        self._faults = faults
        self._endpoint = endpoint
        self._api_key = api_key
        self._address = address
        self._in_flight_keys = InFlightKeys(database)

    def handle(self, request: StripeRequest) -> StripeResponse:
        """Raises `ConnectionDropped` when a fault drops the response."""
        request_id = new_id("req", length=14)
        response = StripeResponse(StripeResult(200, {}), {"Request-Id": request_id})
        faults: dict[FaultKind, Fault] = {}
        try:
            authenticate_caller(request.headers, api_key=self._api_key)
            operation, ids = find_operation(request.method, request.path)
            faults = self._faults.trigger_request_faults(operation.name)
            _raise_early_faults(faults)
            params = _parse_params(operation, request)
            with self._in_flight_keys.claim_key(request.idempotency_key):
                self._wait(faults.get(FaultKind.SLOW))
                self._run_once(request, response, (operation, ids, params), faults)
        except StripeApiError as error:
            response.result = error.result
        return self._finish_response(response, request, faults)

    def build_context(
        self,
        repository: SimulatorRepository,
        *,
        request_id: str | None,
        key: str | None,
    ) -> OperationContext:
        return OperationContext(
            repository=repository,
            time=time.time(),
            address=self._address,
            plan_deliveries=self._plan_deliveries,
            request_id=request_id,
            idempotency_key=key,
        )

    def _plan_deliveries(self, event_type: str, now: float) -> list[float | None]:
        if self._endpoint is None or not self._endpoint.is_subscribed_to(event_type):
            return []
        return self._faults.plan_deliveries(event_type, now)

    def _run_once(
        self,
        request: StripeRequest,
        response: StripeResponse,
        operation_call: tuple[StripeOperation, tuple[str, ...], dict[str, Any]],
        faults: dict[FaultKind, Fault],
    ) -> None:
        key, request_id = request.idempotency_key, response.headers["Request-Id"]

        def transaction(repository: SimulatorRepository) -> IdempotencyRecord:
            context = self.build_context(repository, request_id=request_id, key=key)
            stored = (
                repository.find_idempotency_record(key, now=context.time)
                if key
                else None
            )
            if stored is not None:
                return _replay_response(stored, request)
            is_broken = FaultKind.ERROR_STORED in faults
            result = (
                build_api_error()
                if is_broken
                else _perform_operation(context, *operation_call)
            )
            record = IdempotencyRecord(request.fingerprint, request_id, result)
            if key:
                repository.save_idempotency_record(key, record, now=context.time)
            return record

        record = self._database.run_in_transaction(transaction)
        response.result = record.result
        if record.request_id != request_id:
            response.headers |= {
                "Idempotent-Replayed": "true",
                "Original-Request": record.request_id,
            }

    def _finish_response(
        self,
        response: StripeResponse,
        request: StripeRequest,
        faults: dict[FaultKind, Fault],
    ) -> StripeResponse:
        if FaultKind.DROP_REPLY in faults:
            raise ConnectionDropped
        if FaultKind.TIMEOUT in faults:
            self._wait(faults[FaultKind.TIMEOUT])
            raise ConnectionDropped
        if FaultKind.ERROR_AFTER in faults:
            response.result = build_api_error()
        response.headers["Stripe-Version"] = API_VERSION
        if request.idempotency_key is not None:
            response.headers["Idempotency-Key"] = request.idempotency_key
        return response

    def _wait(self, fault: Fault | None) -> None:
        if fault is not None:
            time.sleep(fault.seconds)


def _raise_early_faults(faults: dict[FaultKind, Fault]) -> None:
    if FaultKind.RATE_LIMIT in faults:
        raise StripeApiError("Too many requests", status=429, code="rate_limit")
    if FaultKind.ERROR_BEFORE in faults:
        raise StripeApiError("An unknown error occurred", status=500, kind="api_error")


def _parse_params(operation: StripeOperation, request: StripeRequest) -> dict[str, Any]:
    if request.method == "POST" and any(
        name.startswith(f"{REMOVED_PARAM}[") for name, _ in request.pairs
    ):
        raise StripeApiError(
            "payment_method_types can no longer be set: use allowed_payment_method_types",
            code="payment_method_types_no_longer_supported",
            param=REMOVED_PARAM,
        )
    return operation.params.parse(parse_form(request.pairs))


def _perform_operation(
    context: OperationContext,
    operation: StripeOperation,
    ids: tuple[str, ...],
    params: dict[str, Any],
) -> StripeResult:
    try:
        with context.repository.savepoint():
            result = operation.run(context, params, *ids)
            if result.status == 200:
                listing.expand_objects(context, result.body, params.get("expand", []))
            return result
    except StripeApiError as error:
        return error.result


def _replay_response(
    stored: IdempotencyRecord, request: StripeRequest
) -> IdempotencyRecord:
    if stored.fingerprint == request.fingerprint:
        return stored
    raise StripeApiError(
        "This idempotency key was first used with another request: keys can only be "
        "repeated with the same address and parameters.",
        kind="idempotency_error",
    )
