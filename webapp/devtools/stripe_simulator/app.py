"""The simulator's HTTP shell: Stripe's API under /v1, pages for people, switches for tests.

`/_simulator` is not Stripe's: it exists to break things on purpose and to look inside.
"""

import json
import socket
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Flask, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.exceptions import HTTPException

from webapp.devtools.stripe_simulator.errors import (
    StripeApiError,
    build_api_error,
    resource_missing_error,
)
from webapp.devtools.stripe_simulator.faults import Fault
from webapp.devtools.stripe_simulator.request_handler import (
    ConnectionDropped,
    StripeRequest,
)
from webapp.devtools.stripe_simulator.simulator import Simulator

MAX_BODY = 1_000_000
JSON = {"Content-Type": "application/json"}

stripe = Blueprint("stripe", __name__)
people = Blueprint("people", __name__)
control = Blueprint("control", __name__, url_prefix="/_simulator")


class Authentication(BaseModel):
    model_config = ConfigDict(extra="forbid")

    succeeds: bool


class Subscription(BaseModel):
    """Which events the shop's endpoint gets; `["*"]` is all of them."""

    model_config = ConfigDict(extra="forbid")

    enabled_events: tuple[str, ...]


def create_app(simulator: Simulator) -> Flask:
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.extensions["simulator"] = simulator
    app.register_blueprint(stripe)
    app.register_blueprint(people)
    app.register_blueprint(control)
    app.register_error_handler(StripeApiError, _refused)
    app.register_error_handler(ValidationError, _malformed)
    app.register_error_handler(HTTPException, _misrouted)
    app.register_error_handler(500, _broken)
    return app


def _simulator() -> Simulator:
    simulator: Simulator = current_app.extensions["simulator"]
    return simulator


@stripe.route("/v1/<path:_rest>", methods=["GET", "POST", "DELETE"])
def api(_rest: str) -> ResponseReturnValue:
    raw = request.get_data() if request.method == "POST" else request.query_string
    pairs = parse_qsl(raw.decode(errors="replace"), keep_blank_values=True)
    asked = StripeRequest(
        request.method, request.path, tuple(pairs), dict(request.headers)
    )
    try:
        reply = _simulator().request_handler.handle(asked)
    except ConnectionDropped:
        return _hang_up()
    finally:
        if request.method == "POST":
            _simulator().wake_webhook_sender()
    return json.dumps(reply.result.body), reply.result.status, JSON | reply.headers


def _hang_up() -> ResponseReturnValue:
    """Closes the connection under the caller; what is returned reaches nobody."""
    line: socket.socket = (
        request.environ.get("gunicorn.socket") or request.environ["werkzeug.socket"]
    )
    line.shutdown(socket.SHUT_RDWR)
    return "", 500


@people.get("/")
def payments() -> ResponseReturnValue:
    return render_template("payments.html", intents=_simulator().list_recent_intents())


@people.get("/healthz")
def healthz() -> ResponseReturnValue:
    return {"status": "ok"}


@people.get("/3ds/<intent_id>")
def challenge(intent_id: str) -> ResponseReturnValue:
    found = _simulator().find_intent(intent_id)
    if found is None:
        raise resource_missing_error("payment_intent", intent_id, param="intent")
    return render_template("challenge.html", intent=found[0])


@people.post("/3ds/<intent_id>")
def answer_challenge(intent_id: str) -> ResponseReturnValue:
    """Back to the shop, as Stripe sends the customer back."""
    succeeds = request.form.get("answer") == "authenticate"
    intent = _simulator().authenticate(intent_id, succeeds=succeeds)
    found = _simulator().find_intent(intent_id)
    back = found[1] if found is not None else None
    if back is None:
        return render_template("challenge.html", intent=intent)
    query = {
        "payment_intent": intent_id,
        "payment_intent_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if intent["latest_charge"] else "failed",
    }
    return redirect(f"{back}{'&' if '?' in back else '?'}{urlencode(query)}", 303)


@control.get("/state")
def state() -> ResponseReturnValue:
    return _simulator().read_state(request.args.get("order_id"))


@control.post("/authenticate/<intent_id>")
def authenticate(intent_id: str) -> ResponseReturnValue:
    """What the 3-D Secure page does, for tests: `{"succeeds": true}`."""
    wanted = Authentication.model_validate_json(request.get_data())
    return _simulator().authenticate(intent_id, succeeds=wanted.succeeds)


@control.post("/refunds/<refund_id>/fail")
def fail_refund(refund_id: str) -> ResponseReturnValue:
    return _simulator().fail_refund(refund_id)


@control.get("/faults")
def list_faults() -> ResponseReturnValue:
    return {"faults": _simulator().faults.list_faults()}


@control.post("/faults")
def arm_fault() -> ResponseReturnValue:
    _simulator().faults.arm(Fault.model_validate_json(request.get_data()))
    return list_faults()


@control.delete("/faults")
def clear_faults() -> ResponseReturnValue:
    _simulator().faults.clear()
    return list_faults()


@control.put("/webhook")
def subscribe() -> ResponseReturnValue:
    wanted = Subscription.model_validate_json(request.get_data())
    endpoint = _simulator().endpoint
    if endpoint is None:
        raise StripeApiError("There is no webhook endpoint: set STRIPE_WEBHOOK_SECRET")
    endpoint.enabled_events = wanted.enabled_events
    return {"url": endpoint.url, "enabled_events": endpoint.enabled_events}


def _refused(problem: StripeApiError) -> ResponseReturnValue:
    return problem.result.body, problem.status


def _malformed(problem: ValidationError) -> ResponseReturnValue:
    return {"error": {"message": str(problem), "type": "invalid_request_error"}}, 400


def _misrouted(problem: HTTPException) -> ResponseReturnValue:
    status = problem.code or 500
    message = f"Unrecognized request URL ({request.method}: {request.path})."
    if status != 404:
        message = problem.description or problem.name
    return StripeApiError(message, status=status).result.body, status


def _broken(_problem: Exception) -> ResponseReturnValue:
    answer = build_api_error()
    return answer.body, answer.status
