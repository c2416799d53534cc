"""Client of the running platform, over HTTP and WebSocket only."""

import json
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from websockets import Subprotocol
from websockets.sync.client import connect

from tests.support.chat_client import offer_token
from tests.support.waiting import eventually

T = TypeVar("T")
ANSWER_TIMEOUT_S = 60.0
DEFAULT_TIMEOUT_S = 30.0


class ChatClient:
    """One chat connection to an agent; `send_message` waits for the whole answer."""

    def __init__(
        self, address: str, path: str, token: str, session_id: str = ""
    ) -> None:
        query = f"?sessionId={session_id}" if session_id else ""
        url = f"{address.replace('http', 'ws', 1)}{path}{query}"
        offered = list(map(Subprotocol, offer_token(token)))
        self._stack = ExitStack()
        self._connection = self._stack.enter_context(
            connect(url, subprotocols=offered, proxy=None)
        )
        self.greeting = self._receive()

    def send_message(self, message: str) -> dict[str, Any]:
        """Send a message; return the final event of the answer, with its pieces in `deltas`."""
        self._connection.send(json.dumps({"action": "sendMessage", "message": message}))
        deltas: list[str] = []
        while (event := self._receive())["type"] not in {"message", "error"}:
            if event["type"] == "delta":
                deltas.append(event["text"])
        return {**event, "deltas": deltas}

    def _receive(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(
            self._connection.recv(timeout=ANSWER_TIMEOUT_S)
        )
        return event

    def close(self) -> None:
        self._stack.close()


class PlatformClient:
    """API client of one customer; authenticated after `sign_in`."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._http = httpx.Client(base_url=f"{address}/api/v1", timeout=30)
        self.token = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request. Raises `httpx.TransportError` when the shop is unavailable."""
        return self._http.request(method, path, **options)

    def get_with_retry(self, path: str, **options: Any) -> Any:
        """Return the JSON of a GET, repeated while the shop is unavailable."""

        def get() -> httpx.Response | None:
            try:
                response = self.call("GET", path, **options)
            except httpx.TransportError:
                return None
            return response if response.is_success else None

        return eventually(get, within=120).json()

    def expect_ok(self, method: str, path: str, **options: Any) -> Any:
        response = self.call(method, path, **options)
        assert response.is_success, response.text
        return response.json() if response.content else None

    def sign_in(self, *, email: str, password: str) -> "PlatformClient":
        credentials = {"email": email, "password": password}
        signed_in = self.expect_ok("POST", "/auth/login", json=credentials)
        return self.use_token(signed_in["accessToken"])

    def use_token(self, token: str) -> "PlatformClient":
        self.token = token
        self._http.headers["Authorization"] = f"Bearer {token}"
        return self

    def open_chat(self, path: str = "/ws/chat", *, session_id: str = "") -> ChatClient:
        return ChatClient(self._address, path, self.token, session_id)

    def find_product(self, query: str) -> dict[str, Any]:
        """Return the first search result that is in stock and has one variant."""
        results = self.expect_ok(
            "GET", "/search", params={"q": query, "inStock": "true"}
        )
        return next(
            item
            for item in results["items"]
            if len(item["variants"]) == 1 and item["stock"] > 5
        )
