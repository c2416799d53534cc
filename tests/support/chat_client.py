"""A test client of the chat sockets."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, NoReturn
from urllib.parse import urlencode

import pytest
from websockets import Subprotocol
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

TIMEOUT_S = 5


def offer_token(token: str) -> list[str]:
    """The subprotocols of a client that signs in with an access token."""
    return ["ecom67.v1", f"bearer.{token}"]


class ChatTestClient:
    def __init__(
        self,
        address: str,
        path: str,
        *,
        subprotocols: Sequence[str] | None = None,
        **query: str,
    ) -> None:
        """With these subprotocols and query parameters, and no others."""
        self._exit_stack = ExitStack()
        self._client = self._exit_stack.enter_context(
            connect(
                f"ws://{address}{path}?{urlencode(query)}",
                subprotocols=list(map(Subprotocol, subprotocols or ())) or None,
                proxy=None,
            )
        )

    @property
    def subprotocol(self) -> str | None:
        return self._client.subprotocol

    def send(self, message: object) -> None:
        self._client.send(message if isinstance(message, str) else json.dumps(message))

    def send_message(self, message: str, **fields: object) -> list[dict[str, Any]]:
        """Send a message; returns the events up to the answer or an error."""
        self.send({"action": "sendMessage", "message": message, **fields})
        return self.receive_until("message", "error")

    def receive_until(self, *types: str) -> list[dict[str, Any]]:
        events = [self.receive()]
        while events[-1]["type"] not in types:
            events.append(self.receive())
        return events

    def receive(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self._client.recv(timeout=TIMEOUT_S))
        return event

    def wait_for_close(self) -> tuple[int, str]:
        """Code and reason with which the server closed the connection."""
        with pytest.raises(ConnectionClosed) as closed:
            self._receive_until_closed()
        close_frame = closed.value.rcvd
        assert close_frame is not None, "the connection broke"
        return close_frame.code, close_frame.reason

    def _receive_until_closed(self) -> NoReturn:
        while True:
            self._client.recv(timeout=TIMEOUT_S)

    def close(self) -> None:
        self._exit_stack.close()
