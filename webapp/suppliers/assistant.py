"""How the shop reaches its agents: HTTP to Ray Serve, one JSON event a line.

Who speaks travels as a passport, a token of one minute signed with `JWT_SECRET`, so
that nobody else on the network can speak for a customer. The agents read it with
`read_passport`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

import httpx
import jwt
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from webapp.config import Settings
from webapp.kit.clock import utc_now
from webapp.kit.errors import Forbidden, Unauthenticated, Unavailable

AUDIENCE = "agents"
ALGORITHM = "HS256"
PASSPORT_LIFE = timedelta(minutes=1)

# An agent says "typing" before each tool, so a longer silence means that it hangs.
TIMEOUT = httpx.Timeout(5.0, read=60.0)


@dataclass(frozen=True)
class Speaker:
    customer_id: UUID
    groups: tuple[str, ...] = ()

    @property
    def is_admin(self) -> bool:
        return "admin" in self.groups


@dataclass(frozen=True)
class Turn:
    """One message of a customer in a session that is known to be theirs."""

    speaker: Speaker
    session_id: UUID
    message: str
    metadata: dict[str, Any] = field(default_factory=dict)


class TurnBody(BaseModel):
    """A turn as it crosses the wire; the speaker is in the passport, never here."""

    model_config = ConfigDict(extra="forbid")

    session_id: UUID
    message: str
    metadata: dict[str, Any] = {}


class Typing(BaseModel):
    type: Literal["typing"] = "typing"
    tool: str | None = None


class Delta(BaseModel):
    """A piece of the answer as it is written; together they are the message's text."""

    type: Literal["delta"] = "delta"
    text: str


class Message(BaseModel):
    """The whole answer; the last event of a turn that went well."""

    type: Literal["message"] = "message"
    message: str
    data: dict[str, Any] = {}


class Failure(BaseModel):
    """A refusal in words; the last event of a turn that did not go well."""

    type: Literal["error"] = "error"
    code: str
    message: str


Event = Annotated[Typing | Delta | Message | Failure, Field(discriminator="type")]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)


class Host(Protocol):
    """Whoever answers: an agent on Ray in production, a stand-in in tests."""

    def converse(self, turn: Turn) -> Iterator[Event]:
        """The events of one turn, as they happen. Raises `Unavailable`, `Forbidden`."""
        ...


def issue_passport(speaker: Speaker, *, secret: str) -> str:
    now = utc_now()
    claims = {
        "sub": str(speaker.customer_id),
        "groups": list(speaker.groups),
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + PASSPORT_LIFE,
    }
    return jwt.encode(claims, secret, ALGORITHM)


def read_passport(token: str, *, secret: str) -> Speaker:
    """Raises `Unauthenticated` for anything but our own passport, still valid."""
    try:
        claims = jwt.decode(
            token,
            secret,
            [ALGORITHM],
            audience=AUDIENCE,
            options={"require": ["sub", "exp", "aud"]},
        )
        return Speaker(UUID(claims["sub"]), tuple(claims.get("groups", ())))
    except (jwt.InvalidTokenError, ValueError) as problem:
        raise Unauthenticated("The agents do not know who is speaking") from problem


class RemoteHost:
    def __init__(self, client: httpx.Client, settings: Settings, path: str) -> None:
        self._client = client
        self._settings = settings
        self._path = path

    @classmethod
    def at(cls, settings: Settings, path: str) -> "RemoteHost":
        """Opens nothing yet. Each turn gets a fresh connection, for one kept from
        before a restart of the agents would lose a message."""
        client = httpx.Client(
            base_url=settings.assistant_url,
            timeout=TIMEOUT,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        return cls(client, settings, path)

    def converse(self, turn: Turn) -> Iterator[Event]:
        try:
            yield from self._events(turn)
        except (httpx.HTTPError, ValidationError) as failure:
            raise Unavailable(
                "The assistant is not answering just now; please try again in a moment"
            ) from failure

    def _events(self, turn: Turn) -> Iterator[Event]:
        secret = self._settings.require_jwt_secret()
        body = TurnBody(
            session_id=turn.session_id, message=turn.message, metadata=turn.metadata
        )
        passport = issue_passport(turn.speaker, secret=secret)
        with self._client.stream(
            "POST",
            self._path,
            content=body.model_dump_json(),
            headers={
                "Authorization": f"Bearer {passport}",
                "Content-Type": "application/json",
            },
        ) as reply:
            if reply.status_code == httpx.codes.FORBIDDEN:
                raise Forbidden("This agent answers admins only")
            reply.raise_for_status()
            yield from whole_answer(reply.iter_lines())


def whole_answer(lines: Iterator[str]) -> Iterator[Event]:
    """The events on the lines. Raises `Unavailable` when they end without an answer."""
    for line in lines:
        event = EVENT.validate_json(line)
        yield event
        if isinstance(event, Message | Failure):
            return
    raise Unavailable("The assistant was interrupted; please ask again")
