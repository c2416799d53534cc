"""A terminal's end of a chat socket: events in order, reconnecting where it can."""

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

Event = dict[str, Any]

ATTEMPTS = 6
ANSWER_SECONDS = 120
NOT_SIGNED_IN, NOT_ALLOWED = 4401, 4403
LAST = frozenset({"message", "error"})


class TerminalChatClient:
    def __init__(
        self,
        site: str,
        path: str,
        sign_in: AccessTokenProvider,
        *,
        session_id: str | None,
    ) -> None:
        self._address = f"{site.rstrip('/').replace('http', 'ws', 1)}{path}"
        self._sign_in = sign_in
        self._held = ExitStack()
        self._client: ClientConnection | None = None
        self.session_id = session_id

    def connect(self) -> Iterator[Event]:
        """Connect, trying again for a while, and greet. Raises `Unavailable`."""
        for attempt in range(ATTEMPTS):
            try:
                return iter(self._connect())
            except (OSError, InvalidHandshake):
                time.sleep(0.2 * 2**attempt)
        raise Unavailable(
            f"Nothing answers at {self._address}; is the platform running?"
        )

    def _connect(self) -> list[Event]:
        token = self._sign_in.get_token()
        query = f"?sessionId={self.session_id}" if self.session_id else ""
        # As a subprotocol: an address may end up in somebody's log.
        self.close()
        self._client = self._held.enter_context(
            connect(
                f"{self._address}{query}",
                subprotocols=[Subprotocol("ecom67"), Subprotocol(token)],
            )
        )
        events = list(self._until(frozenset({"connected"})))
        self.session_id = events[-1]["sessionId"]
        return events

    def send_message(self, message: str) -> Iterator[Event]:
        """The events of one answer. Raises `Unavailable` when the line breaks."""
        self._send({"action": "sendMessage", "message": message})
        yield from self._until(LAST)

    def _send(self, message: Event) -> None:
        """A line that was closed while nobody spoke is opened again first."""
        try:
            self._require().send(json.dumps(message))
        except ConnectionClosed:
            for _ in self.connect():
                pass
            self._require().send(json.dumps(message))

    def _require(self) -> ClientConnection:
        if self._client is None:
            raise Unavailable("The line is not open")
        return self._client

    def _until(self, kinds: frozenset[str]) -> Iterator[Event]:
        while True:
            event = self._next()
            yield event
            if event["type"] in kinds:
                return

    def _next(self) -> Event:
        try:
            raw = self._require().recv(timeout=ANSWER_SECONDS)
        except TimeoutError as silence:
            raise Unavailable("The assistant does not answer") from silence
        except ConnectionClosed as end:
            raise self._why(end) from end
        event: Event = json.loads(raw)
        return event

    def _why(self, end: ConnectionClosed) -> Unauthenticated | Unavailable:
        if end.rcvd and end.rcvd.code in {NOT_SIGNED_IN, NOT_ALLOWED}:
            self._sign_in.invalidate()
            return Unauthenticated(end.rcvd.reason)
        return Unavailable("The line broke; please ask again")

    def close(self) -> None:
        self._held.close()
