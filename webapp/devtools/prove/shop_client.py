"""One customer's line to the shop: a sane client, that tries again under the same key."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import httpx

from webapp.devtools.prove.counters import Counters

TIMEOUT_SECONDS = 20.0
PAUSE_SECONDS = 0.3
LONGEST_PAUSE_SECONDS = 3.0
IN_FLIGHT = "IDEMPOTENCY_KEY_IN_FLIGHT"
INTERNAL_ERRORS = "internal errors"


@dataclass(frozen=True)
class ShopResponse:
    status: int
    body: dict[str, Any]

    @property
    def order_id(self) -> str | None:
        """Of the order it speaks about, also in a refusal."""
        details = self.body.get("error", {}).get("details", {})
        found = self.body.get("orderId") or details.get("orderId")
        return str(found) if found else None


class ShopClient:
    def __init__(
        self,
        api: str,
        token: str,
        tally: Counters,
        *,
        retry_timeout_s: float,
        stop_event: threading.Event,
    ) -> None:
        """`patience`: seconds after which an answer is not waited for any more."""
        self._patience = retry_timeout_s
        self._tally = tally
        self._halt = stop_event
        self._http = httpx.Client(
            base_url=api,
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT_SECONDS,
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
        """The first definite answer; `None` when patience is at its end, or told to halt."""
        headers = {"Idempotency-Key": key} if key else {}
        began = time.monotonic()
        deadline = began + self._patience
        first = True
        while time.monotonic() < deadline and not self._halt.is_set():
            response = self._try(
                lambda: self._http.request(method, path, headers=headers, json=json)
            )
            if response is not None and not _must_wait(response):
                if first and timed:
                    self._tally.record_latency(time.monotonic() - began)
                return ShopResponse(
                    response.status_code, response.json() if response.content else {}
                )
            first = False
            self._halt.wait(_pause(response))
        return None

    def _try(self, send: Callable[[], httpx.Response]) -> httpx.Response | None:
        try:
            response = send()
        except httpx.TransportError:
            self._tally.increment("lost answers")
            return None
        if response.status_code == 500:
            self._tally.increment(INTERNAL_ERRORS)
        elif response.status_code > 500:
            self._tally.increment("unavailable")
        return response


def _must_wait(response: httpx.Response) -> bool:
    if response.status_code == 409:
        return bool(response.json()["error"]["code"] == IN_FLIGHT)
    return response.status_code == 429 or response.status_code >= 500


def _pause(response: httpx.Response | None) -> float:
    asked = response.headers.get("Retry-After") if response is not None else None
    return min(float(asked or PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
