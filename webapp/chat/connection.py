"""One client's line to one agent: what is answered to what is said, in which order.

No socket in here: text goes in, events come out. No database session is held while the
agent thinks.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from uuid import UUID

from webapp.adapters.agents import port as assistant
from webapp.adapters.agents.port import AgentClient, Principal, Turn
from webapp.chat import protocol, service
from webapp.chat.errors import SessionNotFound
from webapp.chat.models import ChatMessage
from webapp.chat.protocol import GetHistory, HistoryEntry, SendMessage, ServerEvent
from webapp.chat.rate_limits import MessageRateLimiter
from webapp.chat.service import AgentName
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError, TooManyRequests


def patient() -> MessageRateLimiter:
    """Far above what a person types; it stops a script that floods."""
    return MessageRateLimiter(limit=30, window_s=60)


@dataclass
class ChatConnection:
    db: Database
    agent_client: AgentClient
    agent: AgentName
    principal: Principal
    session_id: UUID | None = None
    """The session of this line; one begins with `open` unless it was given."""
    clock: Callable[[], datetime] = utc_now
    ticks: Callable[[], float] = monotonic
    rate_limiter: MessageRateLimiter = field(default_factory=patient)

    def open(self) -> Generator[ServerEvent, None, None]:
        """Greets with the session and the tail of its history; a session that is not
        there is told, and a new one begun."""
        try:
            past = self._history(self.session_id) if self.session_id else []
        except SessionNotFound as refusal:
            yield self._error(refusal)
            self.session_id, past = None, []
        self.session_id = self.session_id or self._begin()
        yield protocol.ConnectedEvent(
            session_id=self.session_id, history=past, timestamp=self.clock()
        )

    def handle_frame(self, raw: str | bytes) -> Generator[ServerEvent, None, None]:
        """The answer to one frame; a refusal is an answer, not a dropped line."""
        session_id = None
        try:
            request = protocol.parse_frame(raw)
            if isinstance(request, SendMessage | GetHistory):
                session_id = request.session_id or self.session_id
                self.rate_limiter.hit(self.ticks())
                yield from self._serve(request, session_id or self._begin())
            else:
                yield protocol.PongEvent(timestamp=self.clock())
        except CommerceError as refusal:
            yield self._error(refusal, session_id)

    def _serve(
        self, request: SendMessage | GetHistory, session_id: UUID
    ) -> Iterator[ServerEvent]:
        if isinstance(request, SendMessage):
            yield from self._answer(request, session_id)
        else:
            past = self._history(session_id)
            yield protocol.HistoryEvent(session_id=session_id, history=past)

    def _answer(self, said: SendMessage, session_id: UUID) -> Iterator[ServerEvent]:
        with self.db.unit_of_work() as session:
            service.begin_turn(
                session,
                owner_id=self.principal.customer_id,
                agent=self.agent,
                session_id=session_id,
                now=self.clock(),
            )
        try:
            turn = Turn(self.principal, session_id, said.message, said.metadata)
            for event in self.agent_client.stream_turn(turn):
                yield self._told(event, session_id)
        finally:
            with self.db.unit_of_work() as session:
                service.end_turn(session, session_id=session_id)

    def _told(self, event: assistant.AgentEvent, session_id: UUID) -> ServerEvent:
        match event:
            case assistant.Typing(tool=tool):
                return protocol.TypingEvent(session_id=session_id, tool=tool)
            case assistant.Delta(text=text):
                return protocol.DeltaEvent(session_id=session_id, text=text)
            case assistant.Message(message=message, data=data):
                return protocol.MessageEvent(
                    session_id=session_id,
                    message=message,
                    data=data,
                    timestamp=self.clock(),
                )
            case assistant.Failure(code=code, message=message):
                return protocol.ErrorEvent(
                    code=code,
                    message=message,
                    session_id=session_id,
                    timestamp=self.clock(),
                )

    def _begin(self) -> UUID:
        with self.db.unit_of_work() as session:
            started = service.start_session(
                session, owner_id=self.principal.customer_id, agent=self.agent
            )
            return started.id

    def _history(self, session_id: UUID) -> list[HistoryEntry]:
        with self.db.unit_of_work() as session:
            past = service.list_history(
                session,
                owner_id=self.principal.customer_id,
                agent=self.agent,
                session_id=session_id,
            )
            return spoken(past)

    def _error(
        self, refusal: CommerceError, session_id: UUID | None = None
    ) -> protocol.ErrorEvent:
        return protocol.ErrorEvent(
            code=refusal.code,
            message=refusal.message,
            session_id=session_id,
            retry_after=refusal.retry_after
            if isinstance(refusal, TooManyRequests)
            else None,
            timestamp=self.clock(),
        )


def spoken(past: Sequence[ChatMessage]) -> list[HistoryEntry]:
    return [
        HistoryEntry(
            message_id=message.id,
            role=message.role,
            message=message.text,
            data=message.data,
            timestamp=message.created_at,
        )
        for message in past
    ]
