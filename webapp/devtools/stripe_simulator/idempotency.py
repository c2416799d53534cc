"""Concurrency control of idempotency keys: one request at a time under one key."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from webapp.devtools.stripe_simulator.database import SimulatorDatabase
from webapp.devtools.stripe_simulator.errors import StripeApiError

MAX_KEY_LENGTH = 255


class InFlightKeys:
    def __init__(self, database: SimulatorDatabase) -> None:
        self._database = database
        self._in_flight: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def claim_key(self, key: str | None) -> Iterator[None]:
        """Reserve a key for one request.

        Raises `StripeApiError` (409) when another request under it is in progress.
        """
        if key is not None and len(key) > MAX_KEY_LENGTH:
            msg = f"Idempotency keys are limited to {MAX_KEY_LENGTH} characters"
            raise StripeApiError(msg, kind="idempotency_error")
        if key is None or not self._reserve(key):
            yield
            return
        try:
            yield
        finally:
            with self._lock:
                self._in_flight.discard(key)

    def _reserve(self, key: str) -> bool:
        """Return false when a response is stored already: concurrent requests may read it."""
        with self._lock:
            is_free = key not in self._in_flight
            self._in_flight.add(key)
        if is_free:
            return True
        if (
            self._database.run_in_transaction(
                lambda repository: repository.find_idempotency_record(
                    key, now=time.time()
                )
            )
            is None
        ):
            raise StripeApiError(
                "Another request with this idempotency key is in progress: "
                "try again later.",
                status=409,
                kind="idempotency_error",
                code="idempotency_key_in_use",
            )
        return False
