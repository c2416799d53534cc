"""A client's end of a chat socket."""

import json
from contextlib import ExitStack
from typing import Any, NoReturn

import pytest
from websockets import Subprotocol
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

SECONDS = 5


class ChatTestClient:
    def __init__(
        self,
        address: str,
        path: str,
        *,
        token: str,
        by_protocol: bool = False,
        **query: str,
    ) -> None:
        words = dict(query) if by_protocol else {"token": token, **query}
        asked = "&".join(f"{name}={value}" for name, value in words.items())
        offered = [Subprotocol("ecom67"), Subprotocol(token)] if by_protocol else None
        self._held = ExitStack()
        self._client = self._held.enter_context(
            connect(f"ws://{address}{path}?{asked}", subprotocols=offered, proxy=None)
        )

    @property
    def subprotocol(self) -> str | None:
        return self._client.subprotocol

    def send(self, message: object) -> None:
        self._client.send(message if isinstance(message, str) else json.dumps(message))

    def send_message(self, message: str, **more: object) -> list[dict[str, Any]]:
        """The events up to the answer."""
        self.send({"action": "sendMessage", "message": message, **more})
        return self.receive_until("message", "error")

    def receive_until(self, *kinds: str) -> list[dict[str, Any]]:
        events = [self.receive()]
        while events[-1]["type"] not in kinds:
            events.append(self.receive())
        return events

    def receive(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self._client.recv(timeout=SECONDS))
        return event

    def wait_for_close(self) -> tuple[int, str]:
        """Code and reason with which the server ended the line."""
        with pytest.raises(ConnectionClosed) as end:
            self._listen()
        farewell = end.value.rcvd
        assert farewell is not None, "the line broke"
        return farewell.code, farewell.reason

    def _listen(self) -> NoReturn:
        while True:
            self._client.recv(timeout=SECONDS)

    def close(self) -> None:
        self._held.close()
