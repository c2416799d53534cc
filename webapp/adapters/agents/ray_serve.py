"""Client of agents on Ray Serve: HTTP, the answer one JSON event a line (NDJSON)."""

from collections.abc import Iterator

import httpx
from pydantic import ValidationError

from webapp.adapters.agents.port import (
    AGENT_EVENT,
    AgentEvent,
    Failure,
    Message,
    Turn,
    TurnBody,
)
from webapp.adapters.agents.service_tokens import issue_service_token
from webapp.config import Settings
from webapp.kit.errors import Forbidden, Unavailable
from webapp.kit.http_clients import build_fresh_client

# An agent sends "typing" before each tool call, so a longer silence means that it hangs.
TIMEOUT = httpx.Timeout(5.0, read=60.0)


class RayServeAgentClient:
    def __init__(self, client: httpx.Client, settings: Settings, path: str) -> None:
        self._client = client
        self._settings = settings
        self._path = path

    @classmethod
    def from_settings(cls, settings: Settings, path: str) -> "RayServeAgentClient":
        return cls(
            build_fresh_client(settings.assistant_url, timeout=TIMEOUT), settings, path
        )

    def stream_turn(self, turn: Turn) -> Iterator[AgentEvent]:
        try:
            yield from self._send_turn(turn)
        except (httpx.HTTPError, ValidationError) as error:
            raise Unavailable(
                "The assistant is not answering just now; please try again in a moment"
            ) from error

    def _send_turn(self, turn: Turn) -> Iterator[AgentEvent]:
        secret = self._settings.require_jwt_secret()
        body = TurnBody(
            session_id=turn.session_id, message=turn.message, metadata=turn.metadata
        )
        token = issue_service_token(turn.principal, secret=secret)
        with self._client.stream(
            "POST",
            self._path,
            content=body.model_dump_json(),
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
            },
        ) as response:
            if response.status_code == httpx.codes.FORBIDDEN:
                raise Forbidden("This agent answers admins only")
            response.raise_for_status()
            yield from parse_events(response.iter_lines())


def parse_events(lines: Iterator[str]) -> Iterator[AgentEvent]:
    """Parse one event a line. Raises `Unavailable` when they end without an answer."""
    for line in lines:
        event = AGENT_EVENT.validate_json(line)
        yield event
        if isinstance(event, Message | Failure):
            return
    raise Unavailable("The assistant was interrupted; please ask again")
