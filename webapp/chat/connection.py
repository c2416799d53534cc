"""A client's connection to one agent: turns each incoming frame into events, in order.

Independent of the socket: text goes in, events come out. No database session is held while
the agent is answering.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from uuid import UUID

from webapp.adapters.agents import port
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


def build_rate_limiter() -> MessageRateLimiter:
    """Far above what a person types; it stops a script that floods."""
    return MessageRateLimiter(limit=30, window_s=60)


@dataclass
class ChatConnection:
    db: Database
    agent_client: AgentClient
    agent: AgentName
    principal: Principal
    session_id: UUID | None = None
    """The session of this connection; unless it is given, `open` starts one."""
    clock: Callable[[], datetime] = utc_now
    monotonic_clock: Callable[[], float] = monotonic
    rate_limiter: MessageRateLimiter = field(default_factory=build_rate_limiter)

    def open(self) -> Generator[ServerEvent, None, None]:
        """Greet with the session and its latest messages. If the given session does not
        exist, an error comes first and a new session is started."""
        try:
            history = self._load_history(self.session_id) if self.session_id else []
        except SessionNotFound as error:
            yield self._error_event(error)
            self.session_id, history = None, []
        self.session_id = self.session_id or self._start_session()
        yield protocol.ConnectedEvent(
            session_id=self.session_id, history=history, timestamp=self.clock()
        )

    def handle_frame(self, raw: str | bytes) -> Generator[ServerEvent, None, None]:
        """Answer one frame. A domain error is an answer too: the connection stays open."""
        session_id = None
        try:
            request = protocol.parse_frame(raw)
            if isinstance(request, SendMessage | GetHistory):
                session_id = request.session_id or self.session_id
                self.rate_limiter.hit(self.monotonic_clock())
                yield from self._serve(request, session_id or self._start_session())
            else:
                yield protocol.PongEvent(timestamp=self.clock())
        except CommerceError as error:
            yield self._error_event(error, session_id)

    def _serve(
        self, request: SendMessage | GetHistory, session_id: UUID
    ) -> Iterator[ServerEvent]:
        if isinstance(request, SendMessage):
            yield from self._answer(request, session_id)
        else:
            history = self._load_history(session_id)
            yield protocol.HistoryEvent(session_id=session_id, history=history)

    def _answer(self, request: SendMessage, session_id: UUID) -> Iterator[ServerEvent]:
        with self.db.unit_of_work() as session:
            service.begin_turn(
                session,
                owner_id=self.principal.customer_id,
                agent=self.agent,
                session_id=session_id,
                now=self.clock(),
            )
        try:
            turn = Turn(self.principal, session_id, request.message, request.metadata)
            for event in self.agent_client.stream_turn(turn):
                yield self._to_server_event(event, session_id)
        finally:
            with self.db.unit_of_work() as session:
                service.end_turn(session, session_id=session_id)

    def _to_server_event(self, event: port.AgentEvent, session_id: UUID) -> ServerEvent:
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
                    timestamp=self.clock(),
                )
            case port.Failure(code=code, message=message):
                return protocol.ErrorEvent(
                    code=code,
                    message=message,
                    session_id=session_id,
                    timestamp=self.clock(),
                )

    def _start_session(self) -> UUID:
        with self.db.unit_of_work() as session:
            started = service.start_session(
                session, owner_id=self.principal.customer_id, agent=self.agent
            )
            return started.id

    def _load_history(self, session_id: UUID) -> list[HistoryEntry]:
        with self.db.unit_of_work() as session:
            messages = service.list_history(
                session,
                owner_id=self.principal.customer_id,
                agent=self.agent,
                session_id=session_id,
            )
            return to_history_entries(messages)

    def _error_event(
        self, error: CommerceError, session_id: UUID | None = None
    ) -> protocol.ErrorEvent:
        return protocol.ErrorEvent(
            code=error.code,
            message=error.message,
            session_id=session_id,
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
