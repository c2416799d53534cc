"""A client of the running platform, over HTTP and WebSocket and nothing else."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

import httpx
from websockets.sync.client import connect

T = TypeVar("T")
ANSWER_SECONDS = 60.0
EVENTUALLY_SECONDS = 30.0


def eventually(
    look: Callable[[], T | None], *, within: float = EVENTUALLY_SECONDS
) -> T:
    """What `look` returns as soon as it is true; what it last returned is in the failure."""
    deadline = time.monotonic() + within
    while not (seen := look()):
        assert time.monotonic() < deadline, f"still {seen!r} after {within} s"
        time.sleep(0.2)
    return seen


class ChatClient:
    """One line to an agent; `say` waits for the whole answer."""

    def __init__(
        self, address: str, path: str, token: str, session_id: str = ""
    ) -> None:
        query = {"token": token, **({"sessionId": session_id} if session_id else {})}
        url = f"{address.replace('http', 'ws', 1)}{path}?{urlencode(query)}"
        self._held = ExitStack()
        self._line = self._held.enter_context(connect(url, proxy=None))
        self.greeting = self._receive()

    def send_message(self, message: str) -> dict[str, Any]:
        """The final event of the answer, its pieces in `deltas`."""
        self._line.send(json.dumps({"action": "sendMessage", "message": message}))
        deltas: list[str] = []
        while (event := self._receive())["type"] not in {"message", "error"}:
            if event["type"] == "delta":
                deltas.append(event["text"])
        return {**event, "deltas": deltas}

    def _receive(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self._line.recv(timeout=ANSWER_SECONDS))
        return event

    def close(self) -> None:
        self._held.close()


class PlatformClient:
    """Somebody with a browser; signed in after `sign_in`."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._http = httpx.Client(base_url=f"{address}/api/v1", timeout=30)
        self.token = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Raises `httpx.TransportError` when the shop is away."""
        return self._http.request(method, path, **options)

    def get_with_retry(self, path: str, **options: Any) -> Any:
        """The JSON of a GET, asked again while the shop is away for a moment."""

        def answered() -> httpx.Response | None:
            try:
                response = self.call("GET", path, **options)
            except httpx.TransportError:
                return None
            return response if response.is_success else None

        return eventually(answered, within=120).json()

    def expect_ok(self, method: str, path: str, **options: Any) -> Any:
        response = self.call(method, path, **options)
        assert response.is_success, response.text
        return response.json() if response.content else None

    def sign_in(self, *, email: str, password: str) -> "PlatformClient":
        credentials = {"email": email, "password": password}
        self.token = self.expect_ok("POST", "/auth/login", json=credentials)[
            "accessToken"
        ]
        self._http.headers["Authorization"] = f"Bearer {self.token}"
        return self

    def open_chat(self, path: str = "/ws/chat", *, session_id: str = "") -> ChatClient:
        return ChatClient(self._address, path, self.token, session_id)

    def find_product(self, query: str) -> dict[str, Any]:
        """The first product in stock that a search finds, with one variant."""
        found = self.expect_ok("GET", "/search", params={"q": query, "inStock": "true"})
        return next(
            item
            for item in found["items"]
            if len(item["variants"]) == 1 and item["stock"] > 5
        )
