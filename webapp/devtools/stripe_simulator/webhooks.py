"""Signs events and sends them to the shop's webhook until it answers 2xx.

Deliveries are stored in the database: what a killed simulator had not delivered is sent after
its restart. Like Stripe's, they may arrive twice, late and in any order.
"""

import hashlib
import hmac
import http.client
import json
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import structlog

from webapp.devtools.stripe_simulator.database import SimulatorDatabase
from webapp.devtools.stripe_simulator.errors import Doc
from webapp.devtools.stripe_simulator.event_types import DEFAULT_ENABLED_EVENTS
from webapp.devtools.stripe_simulator.repository import Delivery, SimulatorRepository

log = structlog.get_logger()

SENDER_THREADS = 4
MAX_IN_FLIGHT = 64
REQUEST_TIMEOUT_S = 10.0
IDLE_POLL_S = 0.5
MIN_RETRY_DELAY_S = 1.0
MAX_RETRY_DELAY_S = 300.0
MAX_ATTEMPTS = 900
"""Three days of five-minute intervals, as long as Stripe retries."""
CLEANUP_INTERVAL_S = 3600.0

ALL_EVENTS = "*"


@dataclass
class Endpoint:
    url: str
    secret: str
    enabled_events: tuple[str, ...] = field(default=DEFAULT_ENABLED_EVENTS)

    def is_subscribed_to(self, event_type: str) -> bool:
        return ALL_EVENTS in self.enabled_events or event_type in self.enabled_events


def sign_payload(payload: bytes, *, secret: str, now: int) -> str:
    """Build the `Stripe-Signature` header of these bytes at this Unix time."""
    signed = str(now).encode() + b"." + payload
    mac = hmac.new(secret.encode(), signed, hashlib.sha256)
    return f"t={now},v1={mac.hexdigest()}"


def compute_retry_delay_s(attempts: int) -> float:
    """Return the seconds until the next attempt after `attempts` failed ones."""
    return min(MIN_RETRY_DELAY_S * 2.0 ** min(attempts, 20), MAX_RETRY_DELAY_S)


class WebhookSender:
    """Delivers webhooks: one thread polls for due deliveries, `SENDER_THREADS` send them."""

    def __init__(self, database: SimulatorDatabase, endpoint: Endpoint) -> None:
        self._database = database
        self._endpoint = endpoint
        self._in_flight: set[int] = set()
        self._wake_event = threading.Event()
        self._stopping = False
        self._local = threading.local()
        self._address = urlsplit(endpoint.url)
        self._senders = ThreadPoolExecutor(
            SENDER_THREADS, thread_name_prefix="webhook-sender"
        )
        self._thread = threading.Thread(
            target=self._run, name="webhook-sender", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake_event.set()

    def stop(self) -> None:
        self._stopping = True
        self._wake_event.set()
        self._thread.join()
        self._senders.shutdown(cancel_futures=True)

    def _run(self) -> None:
        cleaned_at = 0.0
        while not self._stopping:
            self._wake_event.clear()
            if time.monotonic() - cleaned_at > CLEANUP_INTERVAL_S or not cleaned_at:
                self._database.run_in_transaction(
                    lambda repository: repository.delete_expired(now=time.time())
                )
                cleaned_at = time.monotonic()
            if not self._send_due():
                self._wake_event.wait(IDLE_POLL_S)

    def _send_due(self) -> bool:
        """Submit due deliveries to the senders; return false when there is nothing to do."""
        if len(self._in_flight) >= MAX_IN_FLIGHT:
            return False
        busy = frozenset(self._in_flight)
        due = self._database.run_in_transaction(
            lambda repository: [
                (delivery, repository.find_object("event", delivery.event_id))
                for delivery in repository.list_due_deliveries(
                    now=time.time(), limit=2 * MAX_IN_FLIGHT
                )
                if delivery.id not in busy
            ]
        )
        for delivery, event in due:
            self._in_flight.add(delivery.id)
            future = self._senders.submit(self._deliver, delivery, event)
            future.add_done_callback(self._on_delivered)
        return bool(due)

    def _deliver(self, delivery: Delivery, event: Doc | None) -> int:
        outcome = "event deleted" if event is None else self._post(event)
        accepted = outcome.startswith("2") or event is None
        state = "delivered" if accepted else _state_after_failure(delivery.attempts + 1)
        due = time.time() + compute_retry_delay_s(delivery.attempts)

        def record(repository: SimulatorRepository) -> None:
            repository.record_attempt(delivery, state=state, outcome=outcome, due=due)

        self._database.run_in_transaction(record)
        if not accepted:
            log.warning(
                "webhook refused",
                event_id=delivery.event_id,
                outcome=outcome,
                state=state,
            )
        return delivery.id

    def _on_delivered(self, future: Future[int]) -> None:
        if not future.cancelled():
            self._in_flight.discard(future.result())
        if len(self._in_flight) < SENDER_THREADS:
            self._wake_event.set()

    def _post(self, event: Doc) -> str:
        """Send an event; return the HTTP status, or the name of the network error."""
        payload = json.dumps(event).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign_payload(
                payload, secret=self._endpoint.secret, now=int(time.time())
            ),
            "User-Agent": "Stripe/1.0 (simulator)",
        }
        try:
            return str(self._send(payload, headers))
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__

    def _send(self, payload: bytes, headers: dict[str, str]) -> int:
        """Send a request on this thread's connection; return the status of the response.

        A connection that was kept may be closed by now: then on a new one, as Stripe may send an
        event twice.
        """
        kept = getattr(self._local, "connection", None)
        if kept is not None:
            with suppress(ConnectionError, http.client.HTTPException):
                return self._send_on(kept, payload, headers)
        return self._send_on(self._connect(), payload, headers)

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(
            self._address.hostname or "",
            self._address.port,
            timeout=REQUEST_TIMEOUT_S,
        )

    def _send_on(
        self,
        connection: http.client.HTTPConnection,
        payload: bytes,
        headers: dict[str, str],
    ) -> int:
        self._local.connection = None
        try:
            connection.request("POST", self._address.path or "/", payload, headers)
            response = connection.getresponse()
            response.read()
        except BaseException:
            connection.close()
            raise
        self._local.connection = connection
        return response.status


def _state_after_failure(attempts: int) -> str:
    return "given_up" if attempts >= MAX_ATTEMPTS else "waiting"
