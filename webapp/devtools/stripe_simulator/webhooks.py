"""Signs events and brings them to the shop until it says 2xx.

Deliveries live in the books: what a killed simulator had not delivered goes out when it
is back. Like Stripe's, they may come twice, late and in any order.
"""

import hashlib
import hmac
import http.client
import json
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import structlog

from webapp.devtools.stripe_simulator.database import SimulatorDatabase
from webapp.devtools.stripe_simulator.errors import Doc
from webapp.devtools.stripe_simulator.repository import Delivery, SimulatorRepository

log = structlog.get_logger()

SENDERS = 4
BATCH = 64
TIMEOUT_SECONDS = 10.0
IDLE_SECONDS = 0.5
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 300.0
GIVE_UP_AFTER = 900
"""Attempts; three days of five-minute intervals, as long as Stripe tries."""
HOUSEKEEPING_SECONDS = 3600.0

DEFAULT_ENABLED_EVENTS = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "payment_intent.canceled",
    "payment_intent.amount_capturable_updated",
    "charge.refunded",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
)
"""What a shop subscribes its endpoint to. `payment_intent.created` and
`charge.succeeded` say nothing new and would cost two more requests an order."""


@dataclass
class Endpoint:
    url: str
    secret: str
    enabled_events: tuple[str, ...] = field(default=DEFAULT_ENABLED_EVENTS)

    def is_subscribed_to(self, event_type: str) -> bool:
        return "*" in self.enabled_events or event_type in self.enabled_events


def sign_payload(payload: bytes, *, secret: str, now: int) -> str:
    """The `Stripe-Signature` header for exactly these bytes at this second."""
    signed = str(now).encode() + b"." + payload
    mac = hmac.new(secret.encode(), signed, hashlib.sha256)
    return f"t={now},v1={mac.hexdigest()}"


def retry_delay(attempts: int) -> float:
    """Seconds until the next attempt after this many failed ones."""
    return min(FIRST_RETRY_SECONDS * 2.0 ** min(attempts, 20), LONGEST_RETRY_SECONDS)


class WebhookSender:
    """One thread that looks for what is due, and a few that carry it."""

    def __init__(self, ledger: SimulatorDatabase, endpoint: Endpoint) -> None:
        self._ledger = ledger
        self._endpoint = endpoint
        self._carrying: set[int] = set()
        self._news = threading.Event()
        self._stopping = False
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="courier")
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._news.set()

    def stop(self) -> None:
        self._stopping = True
        self._news.set()
        self._thread.join()
        self._senders.shutdown(cancel_futures=True)

    def _run(self) -> None:
        tidied = 0.0
        while not self._stopping:
            self._news.clear()
            if time.monotonic() - tidied > HOUSEKEEPING_SECONDS or not tidied:
                self._ledger.run_in_transaction(
                    lambda books: books.delete_expired(now=time.time())
                )
                tidied = time.monotonic()
            if not self._send_due():
                self._news.wait(IDLE_SECONDS)

    def _send_due(self) -> bool:
        """Hand what is due to the senders; false when there is nothing to do now."""
        if len(self._carrying) >= BATCH:
            return False
        busy = frozenset(self._carrying)
        due = self._ledger.run_in_transaction(
            lambda books: [
                (delivery, books.find_object("event", delivery.event_id))
                for delivery in books.list_due_deliveries(
                    now=time.time(), limit=2 * BATCH
                )
                if delivery.id not in busy
            ]
        )
        for delivery, event in due:
            self._carrying.add(delivery.id)
            sent = self._senders.submit(self._deliver, delivery, event)
            sent.add_done_callback(self._delivered)
        return bool(due)

    def _deliver(self, delivery: Delivery, event: Doc | None) -> int:
        outcome = "event forgotten" if event is None else self._post(event)
        accepted = outcome.startswith("2") or event is None
        state = "delivered" if accepted else _after(delivery.attempts + 1)
        due = time.time() + retry_delay(delivery.attempts)

        def settle(books: SimulatorRepository) -> None:
            books.record_attempt(delivery, state=state, outcome=outcome, due=due)

        self._ledger.run_in_transaction(settle)
        if not accepted:
            log.warning(
                "webhook refused",
                event_id=delivery.event_id,
                outcome=outcome,
                state=state,
            )
        return delivery.id

    def _delivered(self, sent: Future[int]) -> None:
        if not sent.cancelled():
            self._carrying.discard(sent.result())
        if len(self._carrying) < SENDERS:
            self._news.set()

    def _post(self, event: Doc) -> str:
        """The receiver's status, or why there was none."""
        payload = json.dumps(event).encode()
        address = urlsplit(self._endpoint.url)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign_payload(
                payload, secret=self._endpoint.secret, now=int(time.time())
            ),
            "User-Agent": "Stripe/1.0 (simulator)",
        }
        line = http.client.HTTPConnection(
            address.hostname or "", address.port, timeout=TIMEOUT_SECONDS
        )
        try:
            line.request("POST", address.path or "/", payload, headers)
            return str(line.getresponse().status)
        except (OSError, http.client.HTTPException) as problem:
            return type(problem).__name__
        finally:
            line.close()


def _after(attempts: int) -> str:
    return "given_up" if attempts >= GIVE_UP_AFTER else "waiting"
