"""A client's end of a chat socket."""

import json
from typing import Any

from simple_websocket import Client, ConnectionClosed

SECONDS = 5


class Line:
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
        self._client = Client(
            f"ws://{address}{path}?{asked}",
            subprotocols=["ecom67", token] if by_protocol else None,
        )

    @property
    def subprotocol(self) -> str | None:
        chosen: str | None = self._client.subprotocol
        return chosen

    def send(self, message: object) -> None:
        self._client.send(message if isinstance(message, str) else json.dumps(message))

    def say(self, message: str, **more: object) -> list[dict[str, Any]]:
        """The events up to the answer."""
        self.send({"action": "sendMessage", "message": message, **more})
        return self.until("message", "error")

    def until(self, *kinds: str) -> list[dict[str, Any]]:
        events = [self.next()]
        while events[-1]["type"] not in kinds:
            events.append(self.next())
        return events

    def next(self) -> dict[str, Any]:
        raw = self._client.receive(timeout=SECONDS)
        assert raw is not None, "the server said nothing"
        event: dict[str, Any] = json.loads(raw)
        return event

    def closing(self) -> tuple[int, str]:
        """Code and reason with which the server ended the line."""
        try:
            while self._client.receive(timeout=SECONDS) is not None:
                pass
        except ConnectionClosed as end:
            return end.reason, end.message
        raise AssertionError("the line is still open")

    def close(self) -> None:
        self._client.close()
