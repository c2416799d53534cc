"""Frames and events of the chat sockets, the same for both agents. Independent of Flask, the
agents and the database.
"""

import re
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from webapp.chat.answers import AnswerData
from webapp.chat.errors import BadChatMessage
from webapp.kit.json import (
    MAX_NAME_SHOWN,
    DescribedAs,
    OmittedIfNone,
    RequestBody,
    ResponseBody,
    Timestamp,
    find_repeated_name,
    require_in_schema,
)
from webapp.kit.payment_cards import mask_json_values, mask_payment_cards
from webapp.kit.text import MULTI_LINE, ONE_LINE

MAX_MESSAGE_CHARS = 4_000
MAX_CLIENT_ID_CHARS = 100
UUID_FORM = re.compile(
    r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}", re.ASCII | re.IGNORECASE
)
MAX_FRAME_CHARS = 32_000
"""Enough for the longest message, escaped, with metadata."""

Text = Annotated[str, Field(min_length=1, max_length=MAX_MESSAGE_CHARS), MULTI_LINE]


ClientMessageId = Annotated[
    str, Field(min_length=1, max_length=MAX_CLIENT_ID_CHARS), ONE_LINE
]


class ConnectionQuery(RequestBody):
    """Query of the address to which a client connects."""

    ticket: str = ""
    """Of `POST /chat/tickets`, unless the access token is offered as a subprotocol."""
    token: str = ""
    """The access token, in development only: addresses end up in logs."""
    session_id: UUID | None = None
    """The conversation to continue; a new one without it."""


class ClientFrame(RequestBody):
    """Base of what clients send."""


class SendMessage(ClientFrame):
    action: Literal["sendMessage"]
    message: Text
    session_id: UUID | None = None
    """Default: the session of the connection."""
    client_message_id: ClientMessageId | None = None
    """Chosen by the client, different for each message of an account. A message that is sent
    again under its id, over any connection, is not acted on again: it gets the first answer."""
    metadata: dict[str, Any] = {}


class GetHistory(ClientFrame):
    action: Literal["history"]
    session_id: UUID | None = None


class Ping(ClientFrame):
    action: Literal["ping"]


Request = Annotated[SendMessage | GetHistory | Ping, Field(discriminator="action")]
REQUEST_ADAPTER: TypeAdapter[Request] = TypeAdapter(Request)


class NoData(ResponseBody):
    """The `data` of a message that is not an answer: empty."""

    model_config = ConfigDict(extra="forbid")


class HistoryEntry(ResponseBody):
    """A message of the session's history."""

    message_id: UUID
    role: str
    message: str
    data: Annotated[dict[str, Any], DescribedAs(AnswerData | NoData)]
    """An answer that an earlier version gave may lack what was added since."""
    timestamp: Timestamp


class ServerEvent(ResponseBody):
    """Base of what clients are sent."""

    model_config = ConfigDict(json_schema_extra=require_in_schema("type"))


class ConnectedEvent(ServerEvent):
    type: Literal["connected"] = "connected"
    session_id: UUID
    history: list[HistoryEntry]
    timestamp: Timestamp


class HistoryEvent(ServerEvent):
    type: Literal["history"] = "history"
    session_id: UUID
    history: list[HistoryEntry]


class TypingEvent(ServerEvent):
    type: Literal["typing"] = "typing"
    session_id: UUID
    tool: OmittedIfNone[str] = None
    """The tool that is called, if one is."""


class DeltaEvent(ServerEvent):
    type: Literal["delta"] = "delta"
    session_id: UUID
    text: str


class MessageEvent(ServerEvent):
    type: Literal["message"] = "message"
    session_id: UUID
    message: str
    data: Annotated[dict[str, Any], DescribedAs(AnswerData)]
    client_message_id: OmittedIfNone[str] = None
    """Of the message that this answers, if it has one."""
    timestamp: Timestamp


class ErrorEvent(ServerEvent):
    type: Literal["error"] = "error"
    code: str
    message: str
    session_id: OmittedIfNone[UUID] = None
    client_message_id: OmittedIfNone[str] = None
    retry_after: OmittedIfNone[int] = None
    """Seconds."""
    timestamp: Timestamp


class NoticeEvent(ServerEvent):
    """A word to the person beside the answer, which follows."""

    type: Literal["notice"] = "notice"
    code: str
    message: str
    session_id: OmittedIfNone[UUID] = None
    timestamp: Timestamp


class PongEvent(ServerEvent):
    type: Literal["pong"] = "pong"
    timestamp: Timestamp


FRAMES = (SendMessage, GetHistory, Ping)
EVENTS = (
    ConnectedEvent,
    HistoryEvent,
    TypingEvent,
    DeltaEvent,
    MessageEvent,
    ErrorEvent,
    NoticeEvent,
    PongEvent,
)


def parse_frame(raw: str | bytes) -> Request:
    """Parse a client's frame. Raises `BadChatMessage`, whose message names the mistake."""
    if len(raw) > MAX_FRAME_CHARS:
        raise BadChatMessage(f"A message has at most {MAX_MESSAGE_CHARS} characters")
    try:
        request = REQUEST_ADAPTER.validate_json(raw)
    except ValidationError as error:
        raise BadChatMessage(_describe_error(error)) from error
    if (name := find_repeated_name(raw)) is not None:
        raise BadChatMessage(f"{name[:MAX_NAME_SHOWN]} is given twice; give it once")
    return request


def mask_cards(request: Request) -> Request:
    """The frame without card numbers and security codes, which nobody is to store, log or show
    to a model. Raises `BadChatMessage` for an id that is one: masked, it could be another's."""
    if not isinstance(request, SendMessage):
        return request
    if request.client_message_id and _contains_card(request.client_message_id):
        raise BadChatMessage(
            "clientMessageId: looks like a card number; use a UUID for each message"
        )
    return request.model_copy(
        update={
            "message": mask_payment_cards(request.message),
            "metadata": mask_json_values(request.metadata),
        }
    )


def _contains_card(client_message_id: str) -> bool:
    """Not of a UUID, whose digits are a card number by accident."""
    is_uuid = UUID_FORM.fullmatch(client_message_id) is not None
    return not is_uuid and mask_payment_cards(client_message_id) != client_message_id


ERROR_MESSAGES = {
    "dict_type": "A frame is one JSON object",
    "json_invalid": "That is not JSON",
    "union_tag_invalid": "The action is one of sendMessage, history and ping",
    "union_tag_not_found": "The action is one of sendMessage, history and ping",
    "string_too_long": f"A message has at most {MAX_MESSAGE_CHARS} characters",
    "string_too_short": "The message is empty",
}


def _describe_error(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["loc"][-1:] == ("clientMessageId",):
        return f"clientMessageId is one line of 1 to {MAX_CLIENT_ID_CHARS} characters"
    if "recursion limit" in first["msg"]:
        return "That is nested too deep: send flatter metadata"
    if first["type"] in ERROR_MESSAGES:
        return ERROR_MESSAGES[first["type"]]
    field = ".".join(str(part) for part in first["loc"][1:])
    reason = first["msg"].removeprefix("Value error, ")
    return f"{field}: {reason}" if field else reason
