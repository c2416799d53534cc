"""HTTP client of one customer; it retries under the same idempotency key."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import httpx

from webapp.devtools.prove.counters import Counters

REQUEST_TIMEOUT_S = 20.0
RETRY_DELAY_S = 0.3
MAX_RETRY_DELAY_S = 3.0
IN_FLIGHT = "IDEMPOTENCY_KEY_IN_FLIGHT"
ALREADY_ORDERED = "CART_ALREADY_ORDERED"
INTERNAL_ERRORS = "internal errors"


@dataclass(frozen=True)
class ShopResponse:
    status: int
    body: dict[str, Any]

    @property
    def order_id(self) -> str | None:
        """Id of the order that the response is about, also in an error."""
        return None if self.is_already_ordered else self._named_order_id

    @property
    def earlier_order_id(self) -> str | None:
        """Id of the order that another request has already made of the cart."""
        return self._named_order_id if self.is_already_ordered else None

    @property
    def is_already_ordered(self) -> bool:
        return bool(self.body.get("error", {}).get("code") == ALREADY_ORDERED)

    @property
    def _named_order_id(self) -> str | None:
        details = self.body.get("error", {}).get("details", {})
        order_id = self.body.get("orderId") or details.get("orderId")
        return str(order_id) if order_id else None


class ShopClient:
    def __init__(
        self,
        api: str,
        token: str,
        counters: Counters,
        *,
        retry_timeout_s: float,
        stop_event: threading.Event,
    ) -> None:
        """`retry_timeout_s`: seconds after which a request is no longer retried."""
        self._retry_timeout_s = retry_timeout_s
        self._counters = counters
        self._stop_event = stop_event
        self._http = httpx.Client(
            base_url=api,
            headers={"Authorization": f"Bearer {token}"},
            timeout=REQUEST_TIMEOUT_S,
            limits=httpx.Limits(max_connections=None),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send_request(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        json: dict[str, Any] | None = None,
        timed: bool = False,
    ) -> ShopResponse | None:
        """Return the first definite response; `None` after the retry timeout or a stop."""
        headers = {"Idempotency-Key": key} if key else {}
        started_at = time.monotonic()
        deadline = started_at + self._retry_timeout_s
        is_first_attempt = True
        while time.monotonic() < deadline and not self._stop_event.is_set():
            response = self._attempt(
                lambda: self._http.request(method, path, headers=headers, json=json)
            )
            if response is not None and not _is_retryable(response):
                if is_first_attempt and timed:
                    self._counters.record_latency(time.monotonic() - started_at)
                return ShopResponse(
                    response.status_code, response.json() if response.content else {}
                )
            is_first_attempt = False
            self._stop_event.wait(_retry_delay(response))
        return None

    def _attempt(self, send: Callable[[], httpx.Response]) -> httpx.Response | None:
        try:
            response = send()
        except httpx.TransportError:
            self._counters.increment("lost answers")
            return None
        if response.status_code == 500:
            self._counters.increment(INTERNAL_ERRORS)
        elif response.status_code > 500:
            self._counters.increment("unavailable")
        return response


def _is_retryable(response: httpx.Response) -> bool:
    if response.status_code == 409:
        return bool(response.json()["error"]["code"] == IN_FLIGHT)
    return response.status_code == 429 or response.status_code >= 500


def _retry_delay(response: httpx.Response | None) -> float:
    retry_after = response.headers.get("Retry-After") if response is not None else None
    return min(float(retry_after or RETRY_DELAY_S), MAX_RETRY_DELAY_S)
