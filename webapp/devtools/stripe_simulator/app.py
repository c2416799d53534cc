"""The simulator's Flask app: Stripe's API under /v1, HTML pages, and a control API for tests.

`/_simulator` is not part of Stripe's API: it injects faults and shows the stored state, and
takes the same key.
"""

import json
import os
import re
import socket
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Flask, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import HTTPException

from webapp.config import LOOPBACK_NAMES
from webapp.devtools.stripe_simulator.api import OPERATION_NAMES
from webapp.devtools.stripe_simulator.authentication import require_key
from webapp.devtools.stripe_simulator.errors import (
    StripeApiError,
    build_api_error,
    resource_missing_error,
)
from webapp.devtools.stripe_simulator.event_types import EVENT_TYPES
from webapp.devtools.stripe_simulator.faults import Fault
from webapp.devtools.stripe_simulator.request_handler import (
    ConnectionDropped,
    StripeRequest,
)
from webapp.devtools.stripe_simulator.simulator import Simulator
from webapp.devtools.stripe_simulator.webhooks import ALL_EVENTS, Endpoint

MAX_BODY_BYTES = 1_000_000
HOST = re.compile(
    r"(?:\[(?P<ipv6>[\da-f:]+)\]|(?P<name>[\w.-]+))(?::\d{1,5})?", re.ASCII
)
NO_ENDPOINT = "There is no webhook endpoint: set STRIPE_WEBHOOK_SECRET"
JSON = {"Content-Type": "application/json"}

stripe = Blueprint("stripe", __name__)
pages = Blueprint("pages", __name__)
control = Blueprint("control", __name__, url_prefix="/_simulator")


class Authentication(BaseModel):
    model_config = ConfigDict(extra="forbid")

    succeeds: bool


class Subscription(BaseModel):
    """The events that the shop's endpoint gets; `["*"]` is all of them."""

    model_config = ConfigDict(extra="forbid")

    enabled_events: tuple[str, ...]


def create_app(simulator: Simulator) -> Flask:
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.extensions["simulator"] = simulator
    app.before_request(_check_host)
    app.register_blueprint(stripe)
    app.register_blueprint(pages)
    app.register_blueprint(control)
    app.register_error_handler(StripeApiError, _handle_api_error)
    app.register_error_handler(ValidationError, _handle_validation_error)
    app.register_error_handler(HTTPException, _handle_http_error)
    app.register_error_handler(500, _handle_unexpected_error)
    return app


def _check_host() -> None:
    """Refuse names that another site made to resolve to this machine (DNS rebinding)."""
    parts = HOST.fullmatch(request.headers.get("Host", "").lower())
    if parts is None or (parts["ipv6"] or parts["name"]) not in LOOPBACK_NAMES:
        raise StripeApiError("The simulator answers to loopback names only", status=403)


@control.before_request
def _refuse_browsers() -> None:
    """A page of any site can send a request here, and a browser says that it was one."""
    if "Origin" in request.headers or "Sec-Fetch-Site" in request.headers:
        raise StripeApiError(
            "The control API takes no requests of a browser", status=403
        )


@control.before_request
def _require_key() -> None:
    """Any program of this machine can send a request here, of any of its users."""
    try:
        require_key(dict(request.headers), api_key=_get_simulator().api_key)
    except StripeApiError as error:
        raise StripeApiError(
            f"{error} The control API takes the shop's key: send the header "
            "Authorization: Bearer $STRIPE_API_KEY",
            status=error.status,
        ) from error


def _get_simulator() -> Simulator:
    simulator: Simulator = current_app.extensions["simulator"]
    return simulator


@stripe.route("/v1/<path:_rest>", methods=["GET", "POST", "DELETE"])
def api(_rest: str) -> ResponseReturnValue:
    raw = request.get_data() if request.method == "POST" else request.query_string
    pairs = parse_qsl(raw.decode(errors="replace"), keep_blank_values=True)
    stripe_request = StripeRequest(
        request.method, request.path, tuple(pairs), dict(request.headers)
    )
    try:
        response = _get_simulator().request_handler.handle(stripe_request)
    except ConnectionDropped:
        return _drop_connection()
    finally:
        if request.method == "POST":
            _get_simulator().wake_webhook_sender()
    return (
        json.dumps(response.result.body),
        response.result.status,
        JSON | response.headers,
    )


def _drop_connection() -> ResponseReturnValue:
    """Close the caller's connection; the returned response is never sent."""
    connection = (
        request.environ.get("gunicorn.socket") or request.environ["werkzeug.socket"]
    )
    with socket.socket(fileno=os.dup(connection.fileno())) as caller:
        caller.shutdown(socket.SHUT_RDWR)
    return "", 500


@pages.get("/")
def payments() -> ResponseReturnValue:
    return render_template(
        "payments.html", intents=_get_simulator().list_recent_intents()
    )


@pages.get("/healthz")
def healthz() -> ResponseReturnValue:
    return {"status": "ok"}


@pages.get("/3ds/<intent_id>")
def challenge(intent_id: str) -> ResponseReturnValue:
    found = _get_simulator().find_intent(intent_id)
    if found is None:
        raise resource_missing_error("payment_intent", intent_id, param="intent")
    return render_template("challenge.html", intent=found[0])


@pages.post("/3ds/<intent_id>")
def answer_challenge(intent_id: str) -> ResponseReturnValue:
    """Apply the choice and redirect the customer to the shop, as Stripe does."""
    succeeds = request.form.get("answer") == "authenticate"
    intent = _get_simulator().authenticate(intent_id, succeeds=succeeds)
    found = _get_simulator().find_intent(intent_id)
    return_url = found[1] if found is not None else None
    if return_url is None:
        return render_template("challenge.html", intent=intent)
    query = {
        "payment_intent": intent_id,
        "payment_intent_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if intent["latest_charge"] else "failed",
    }
    separator = "&" if "?" in return_url else "?"
    return redirect(f"{return_url}{separator}{urlencode(query)}", 303)


@control.get("/state")
def state() -> ResponseReturnValue:
    return _get_simulator().read_state(request.args.get("order_id"))


@control.post("/authenticate/<intent_id>")
def authenticate(intent_id: str) -> ResponseReturnValue:
    """Do what the 3-D Secure page does, for tests: `{"succeeds": true}`."""
    body = Authentication.model_validate_json(request.get_data())
    return _get_simulator().authenticate(intent_id, succeeds=body.succeeds)


@control.post("/refunds/<refund_id>/fail")
def fail_refund(refund_id: str) -> ResponseReturnValue:
    return _get_simulator().fail_refund(refund_id)


@control.get("/faults")
def list_faults() -> ResponseReturnValue:
    return {"faults": _get_simulator().faults.list_faults()}


@control.post("/faults")
def arm_fault() -> ResponseReturnValue:
    fault = Fault.model_validate_json(request.get_data())
    _require_striking(fault, _get_simulator().endpoint)
    _get_simulator().faults.arm(fault)
    return list_faults()


def _require_striking(fault: Fault, endpoint: Endpoint | None) -> None:
    """Refuse a fault that nothing can trigger: a test would believe that it had been."""
    if fault.kind.is_webhook_fault:
        if endpoint is None:
            raise StripeApiError(NO_ENDPOINT)
        _require_known("target", fault.target, EVENT_TYPES, "type of event")
        if fault.target is not None and not endpoint.is_subscribed_to(fault.target):
            raise StripeApiError(
                f"target: {fault.target} is not sent: add it with PUT /_simulator/webhook"
            )
    else:
        _require_known("target", fault.target, OPERATION_NAMES, "operation")


def _require_known(
    param: str, given: str | None, known: Sequence[str], noun: str
) -> None:
    if given is not None and given not in known:
        raise StripeApiError(
            f"{param}: {given!r} is no {noun}; known are {', '.join(known)}",
            param=param,
        )


@control.delete("/faults")
def clear_faults() -> ResponseReturnValue:
    _get_simulator().faults.clear()
    return list_faults()


@control.put("/webhook")
def subscribe() -> ResponseReturnValue:
    body = Subscription.model_validate_json(request.get_data())
    endpoint = _get_simulator().endpoint
    if endpoint is None:
        raise StripeApiError(NO_ENDPOINT)
    for event in body.enabled_events:
        _require_known(
            "enabled_events", event, (ALL_EVENTS, *EVENT_TYPES), "type of event"
        )
    endpoint.enabled_events = body.enabled_events
    return {"url": endpoint.url, "enabled_events": endpoint.enabled_events}


def _handle_api_error(error: StripeApiError) -> ResponseReturnValue:
    return error.result.body, error.status


def _handle_validation_error(error: ValidationError) -> ResponseReturnValue:
    problems = [
        ": ".join(
            filter(
                None, (".".join(map(str, problem["loc"])), _describe_problem(problem))
            )
        )
        for problem in error.errors(include_url=False, include_input=False)
    ]
    return StripeApiError("; ".join(problems)).result.body, 400


def _describe_problem(problem: ErrorDetails) -> str:
    is_unknown = problem["type"] == "extra_forbidden"
    return "is unknown" if is_unknown else problem["msg"]


def _handle_http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    message = f"Unrecognized request URL ({request.method}: {request.path})."
    if status != 404:
        message = error.description or error.name
    return StripeApiError(message, status=status).result.body, status


def _handle_unexpected_error(_error: Exception) -> ResponseReturnValue:
    result = build_api_error()
    return result.body, result.status
