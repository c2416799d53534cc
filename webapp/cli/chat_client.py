"""WebSocket client of an agent: yields its events in order, and reconnects."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from websockets import Subprotocol
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from webapp.cli.authentication import AccessTokenProvider
from webapp.kit.errors import Unauthenticated, Unavailable
from webapp.kit.ids import new_id

Event = dict[str, Any]

MAX_CONNECT_ATTEMPTS = 6
ANSWER_TIMEOUT_S = 120
NOT_SIGNED_IN, NOT_ALLOWED = 4401, 4403
OWN_CLOSE_CODES = range(4000, 5000)
"""Of the shop; its reason is a sentence for people."""
FINAL_EVENTS = frozenset({"message", "error"})


class TerminalChatClient:
    def __init__(
        self,
        site: str,
        path: str,
        tokens: AccessTokenProvider,
        *,
        session_id: str | None,
    ) -> None:
        self._address = f"{site.rstrip('/').replace('http', 'ws', 1)}{path}"
        self._tokens = tokens
        self._exit_stack = ExitStack()
        self._connection: ClientConnection | None = None
        self.session_id = session_id

    def connect(self) -> Iterator[Event]:
        """Connect, with retries; the events up to `connected`. Raises `Unavailable`."""
        for attempt in range(MAX_CONNECT_ATTEMPTS):
            try:
                return iter(self._connect())
            except (OSError, InvalidHandshake):
                time.sleep(0.2 * 2**attempt)
        raise Unavailable(
            f"Nothing answers at {self._address}; is the platform running?"
        )

    def _connect(self) -> list[Event]:
        token = self._tokens.get_token()
        query = f"?sessionId={self.session_id}" if self.session_id else ""
        self.close()
        self._connection = self._exit_stack.enter_context(
            connect(
                f"{self._address}{query}",
                subprotocols=[
                    Subprotocol("ecom67.v1"),
                    Subprotocol(f"bearer.{token}"),
                ],
            )
        )
        events = list(self._receive_until(frozenset({"connected"})))
        if events[-1]["sessionId"] != self.session_id:
            self.session_id = None  # a new one is stored with its first message
        return events

    def send_message(self, message: str) -> Iterator[Event]:
        """Send a message; the events of its answer. Raises `Unavailable` if it is cut off."""
        self._send(
            {
                "action": "sendMessage",
                "message": message,
                "clientMessageId": str(new_id()),
            }
        )
        for event in self._receive_until(FINAL_EVENTS):
            if event["type"] != "error":
                self.session_id = event["sessionId"]
            yield event

    def _send(self, message: Event) -> None:
        """Send; a connection that was closed while idle is opened again first."""
        try:
            self._require_connection().send(json.dumps(message))
        except ConnectionClosed:
            for _ in self.connect():
                pass
            self._require_connection().send(json.dumps(message))

    def _require_connection(self) -> ClientConnection:
        if self._connection is None:
            raise Unavailable("The connection is not open")
        return self._connection

    def _receive_until(self, kinds: frozenset[str]) -> Iterator[Event]:
        while True:
            event = self._receive()
            yield event
            if event["type"] in kinds:
                return

    def _receive(self) -> Event:
        try:
            raw = self._require_connection().recv(timeout=ANSWER_TIMEOUT_S)
        except TimeoutError as error:
            raise Unavailable("The assistant does not answer") from error
        except ConnectionClosed as error:
            raise self._closed_error(error) from error
        event: Event = json.loads(raw)
        return event

    def _closed_error(self, closed: ConnectionClosed) -> Unauthenticated | Unavailable:
        if closed.rcvd and closed.rcvd.code in {NOT_SIGNED_IN, NOT_ALLOWED}:
            self._tokens.invalidate()
            return Unauthenticated(closed.rcvd.reason)
        if closed.rcvd and closed.rcvd.code in OWN_CLOSE_CODES:
            return Unavailable(closed.rcvd.reason)
        return Unavailable("The connection was lost; please send the message again")

    def close(self) -> None:
        self._exit_stack.close()
