"""A client's connection to one agent: turns each incoming frame into events, in order.

Independent of the socket: text goes in, events come out. No database session is held while
the agent is answering.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic, sleep
from uuid import UUID

import structlog

from webapp.adapters.agents import port
from webapp.adapters.agents.port import AgentClient, Principal, Turn
from webapp.adapters.rate_limits.port import RateLimiter
from webapp.chat import protocol, service
from webapp.chat.card_masking import CardParts
from webapp.chat.errors import AnswerInProgress, SessionNotFound
from webapp.chat.models import ChatMessage, ChatTurn
from webapp.chat.protocol import GetHistory, HistoryEntry, SendMessage, ServerEvent
from webapp.chat.rate_limits import limit_messages
from webapp.chat.service import AgentName, IdentifiedMessage
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError, TooManyRequests
from webapp.kit.ids import new_id

log = structlog.get_logger()

CARD_MASKED = (
    "I have hidden what looks like a card number or its security code, and have not kept it. "
    "Please never write those in a chat: they are only needed at the checkout."
)
POLL_INTERVAL_S = 0.5
MAX_WAIT_S = service.TURN_TIMEOUT.total_seconds() + 5
"""How long a repeated message waits for its answer: a little longer than a turn is held."""


@dataclass
class ChatConnection:
    db: Database
    agent_client: AgentClient
    agent: AgentName
    principal: Principal
    limiter: RateLimiter
    messages_per_minute: int
    session_id: UUID | None = None
    """The session to continue; by default the connection has a new one."""
    new_session_id: UUID = field(default_factory=new_id)
    """Stored with its first message, as most connections send none."""
    card_parts: CardParts = field(default_factory=CardParts)
    last_sent: SendMessage | None = None
    """A repetition of it is no other part of a card number."""
    clock: Callable[[], datetime] = utc_now
    monotonic_clock: Callable[[], float] = monotonic
    sleep: Callable[[float], None] = sleep

    def open(self) -> Generator[ServerEvent, None, None]:
        """Greet with the session and its latest messages. If the given session does not
        exist, an error comes first and a new session is started. A new session is stored with
        its first message."""
        history: list[HistoryEntry] = []
        if self.session_id is not None:
            try:
                history = self._load_history(self.session_id)
            except SessionNotFound as error:
                yield self._error_event(error)
                self.session_id = None
        yield protocol.ConnectedEvent(
            session_id=self.session_id or self.new_session_id,
            history=history,
            timestamp=self.clock(),
        )

    def handle_frame(self, raw: str | bytes) -> Generator[ServerEvent, None, None]:
        """Answer one frame. A domain error is an answer too: the connection stays open."""
        session_id = client_message_id = None
        try:
            sent = protocol.parse_frame(raw)
            request = self._mask_card_parts(sent, protocol.mask_cards(sent))
            if isinstance(request, SendMessage | GetHistory):
                session_id = (
                    request.session_id or self.session_id or self.new_session_id
                )
                client_message_id = get_client_message_id(request)
                limit_messages(
                    self.limiter,
                    account_id=self.principal.customer_id,
                    per_minute=self.messages_per_minute,
                )
                if request != sent:
                    yield protocol.NoticeEvent(
                        code="CARD_MASKED",
                        message=CARD_MASKED,
                        session_id=session_id,
                        timestamp=self.clock(),
                    )
                yield from self._serve(request, session_id)
            else:
                yield protocol.PongEvent(timestamp=self.clock())
        except CommerceError as error:
            yield self._error_event(error, session_id, client_message_id)

    def _mask_card_parts(
        self, sent: protocol.Request, masked: protocol.Request
    ) -> protocol.Request:
        if not (isinstance(sent, SendMessage) and isinstance(masked, SendMessage)):
            return masked
        if sent.client_message_id is not None and sent == self.last_sent:
            message = self.card_parts.previous
        else:
            message = self.card_parts.mask_message(sent.message, masked.message)
        self.last_sent = sent
        return masked.model_copy(update={"message": message})

    def _serve(
        self, request: SendMessage | GetHistory, session_id: UUID
    ) -> Iterator[ServerEvent]:
        if isinstance(request, SendMessage):
            yield from self._answer(request, session_id)
        else:
            history = self._load_history(session_id)
            yield protocol.HistoryEvent(session_id=session_id, history=history)

    def _answer(self, request: SendMessage, session_id: UUID) -> Iterator[ServerEvent]:
        begun = yield from self._begin_turn(request, session_id)
        if begun is not None:
            session_id = begun.session_id
        if begun is not None and begun.answered_at is not None:
            yield protocol.MessageEvent(
                session_id=session_id,
                message=begun.answer or "",
                data=begun.answer_data,
                client_message_id=begun.client_message_id,
                timestamp=begun.answered_at,
            )
            return
        turn = Turn(self.principal, session_id, request.message, request.metadata)
        answering = _AnswerStream(self.agent_client.stream_turn(turn))
        try:
            for event in answering:
                yield self._to_server_event(
                    event, session_id, request.client_message_id
                )
        finally:
            # The client may be gone; what it asked for is finished and kept nevertheless.
            answer = answering.drain()
            with self.db.unit_of_work() as session:
                if answer is not None:
                    service.record_turn_answer(
                        session,
                        session_id=session_id,
                        text=answer.message,
                        data=answer.data,
                        now=self.clock(),
                    )
                service.end_turn(session, session_id=session_id)

    def _begin_turn(
        self, request: SendMessage, session_id: UUID
    ) -> Generator[ServerEvent, None, ChatTurn | None]:
        """Take the turn, after an answer to the same message that is in progress. Returns the
        stored turn of a message that has an id."""
        deadline = self.monotonic_clock() + MAX_WAIT_S
        is_typing = False
        while True:
            try:
                return self._try_to_begin(request, session_id)
            except AnswerInProgress as error:
                if self.monotonic_clock() >= deadline:
                    raise
                if not is_typing:
                    yield protocol.TypingEvent(session_id=error.session_id)
                is_typing = True
                self.sleep(POLL_INTERVAL_S)

    def _try_to_begin(self, request: SendMessage, session_id: UUID) -> ChatTurn | None:
        is_new = session_id == self.new_session_id
        with self.db.unit_of_work() as session:
            if request.client_message_id is None:
                service.begin_turn(
                    session,
                    owner_id=self.principal.customer_id,
                    agent=self.agent,
                    session_id=session_id,
                    now=self.clock(),
                    is_new=is_new,
                )
                return None
            return service.begin_identified_turn(
                session,
                owner_id=self.principal.customer_id,
                agent=self.agent,
                session_id=session_id,
                message=IdentifiedMessage(request.client_message_id, request.message),
                now=self.clock(),
                is_new=is_new,
            )

    def _to_server_event(
        self,
        event: port.AgentEvent,
        session_id: UUID,
        client_message_id: str | None,
    ) -> ServerEvent:
        match event:
            case port.Typing(tool=tool):
                return protocol.TypingEvent(session_id=session_id, tool=tool)
            case port.Delta(text=text):
                return protocol.DeltaEvent(session_id=session_id, text=text)
            case port.Message(message=message, data=data):
                return protocol.MessageEvent(
                    session_id=session_id,
                    message=message,
                    data=data,
                    client_message_id=client_message_id,
                    timestamp=self.clock(),
                )
            case port.Failure(code=code, message=message):
                return protocol.ErrorEvent(
                    code=code,
                    message=message,
                    session_id=session_id,
                    client_message_id=client_message_id,
                    timestamp=self.clock(),
                )

    def _load_history(self, session_id: UUID) -> list[HistoryEntry]:
        """Raises `SessionNotFound`."""
        try:
            with self.db.unit_of_work() as session:
                messages = service.list_history(
                    session,
                    owner_id=self.principal.customer_id,
                    agent=self.agent,
                    session_id=session_id,
                )
                return to_history_entries(messages)
        except SessionNotFound:
            if session_id != self.new_session_id:
                raise
            return []

    def _error_event(
        self,
        error: CommerceError,
        session_id: UUID | None = None,
        client_message_id: str | None = None,
    ) -> protocol.ErrorEvent:
        return protocol.ErrorEvent(
            code=error.code,
            message=error.message,
            session_id=session_id,
            client_message_id=client_message_id,
            retry_after=error.retry_after
            if isinstance(error, TooManyRequests)
            else None,
            timestamp=self.clock(),
        )


def to_history_entries(messages: Sequence[ChatMessage]) -> list[HistoryEntry]:
    return [
        HistoryEntry(
            message_id=message.id,
            role=message.role,
            message=message.text,
            data=message.data,
            timestamp=message.created_at,
        )
        for message in messages
    ]


class _AnswerStream:
    """The events of a turn, with the answer among them."""

    def __init__(self, events: Iterator[port.AgentEvent]) -> None:
        self._events = events
        self._answer: port.Message | None = None

    def __iter__(self) -> Iterator[port.AgentEvent]:
        for event in self._events:
            if isinstance(event, port.Message):
                self._answer = event
            yield event

    def drain(self) -> port.Message | None:
        """Read what is left. Returns the answer, if the turn had one."""
        try:
            for _ in self:
                pass
        except CommerceError as error:
            log.warning("turn failed after its client had left", error=error.code)
        return self._answer


def get_client_message_id(request: SendMessage | GetHistory) -> str | None:
    return request.client_message_id if isinstance(request, SendMessage) else None
