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
from webapp.adapters.agents.port import Host, Speaker, Turn
from webapp.chat import protocol, service
from webapp.chat.errors import SessionNotFound
from webapp.chat.models import ChatMessage
from webapp.chat.pace import Pace
from webapp.chat.protocol import AskedHistory, Said, Spoken, Told
from webapp.chat.service import AgentName
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError, TooMany


def patient() -> Pace:
    """Far above what a person types; it stops a script that floods."""
    return Pace(limit=30, seconds=60)


@dataclass
class Conversation:
    db: Database
    host: Host
    agent: AgentName
    speaker: Speaker
    session_id: UUID | None = None
    """The session of this line; one begins with `open` unless it was given."""
    clock: Callable[[], datetime] = utc_now
    ticks: Callable[[], float] = monotonic
    pace: Pace = field(default_factory=patient)

    def open(self) -> Generator[Told, None, None]:
        """Greets with the session and the tail of its history; a session that is not
        there is told, and a new one begun."""
        try:
            past = self._history(self.session_id) if self.session_id else []
        except SessionNotFound as refusal:
            yield self._error(refusal)
            self.session_id, past = None, []
        self.session_id = self.session_id or self._begin()
        yield protocol.Connected(
            session_id=self.session_id, history=past, timestamp=self.clock()
        )

    def hear(self, raw: str | bytes) -> Generator[Told, None, None]:
        """The answer to one frame; a refusal is an answer, not a dropped line."""
        session_id = None
        try:
            request = protocol.hear(raw)
            if isinstance(request, Said | AskedHistory):
                session_id = request.session_id or self.session_id
                self.pace.step(self.ticks())
                yield from self._serve(request, session_id or self._begin())
            else:
                yield protocol.Pong(timestamp=self.clock())
        except CommerceError as refusal:
            yield self._error(refusal, session_id)

    def _serve(self, request: Said | AskedHistory, session_id: UUID) -> Iterator[Told]:
        if isinstance(request, Said):
            yield from self._answer(request, session_id)
        else:
            past = self._history(session_id)
            yield protocol.History(session_id=session_id, history=past)

    def _answer(self, said: Said, session_id: UUID) -> Iterator[Told]:
        with self.db.unit_of_work() as session:
            service.begin_turn(
                session,
                owner_id=self.speaker.customer_id,
                agent=self.agent,
                session_id=session_id,
                now=self.clock(),
            )
        try:
            turn = Turn(self.speaker, session_id, said.message, said.metadata)
            for event in self.host.converse(turn):
                yield self._told(event, session_id)
        finally:
            with self.db.unit_of_work() as session:
                service.end_turn(session, session_id=session_id)

    def _told(self, event: assistant.Event, session_id: UUID) -> Told:
        match event:
            case assistant.Typing(tool=tool):
                return protocol.Typing(session_id=session_id, tool=tool)
            case assistant.Delta(text=text):
                return protocol.Delta(session_id=session_id, text=text)
            case assistant.Message(message=message, data=data):
                return protocol.Message(
                    session_id=session_id,
                    message=message,
                    data=data,
                    timestamp=self.clock(),
                )
            case assistant.Failure(code=code, message=message):
                return protocol.Error(
                    code=code,
                    message=message,
                    session_id=session_id,
                    timestamp=self.clock(),
                )

    def _begin(self) -> UUID:
        with self.db.unit_of_work() as session:
            started = service.start_session(
                session, owner_id=self.speaker.customer_id, agent=self.agent
            )
            return started.id

    def _history(self, session_id: UUID) -> list[Spoken]:
        with self.db.unit_of_work() as session:
            past = service.history(
                session,
                owner_id=self.speaker.customer_id,
                agent=self.agent,
                session_id=session_id,
            )
            return spoken(past)

    def _error(
        self, refusal: CommerceError, session_id: UUID | None = None
    ) -> protocol.Error:
        return protocol.Error(
            code=refusal.code,
            message=refusal.message,
            session_id=session_id,
            retry_after=refusal.retry_after if isinstance(refusal, TooMany) else None,
            timestamp=self.clock(),
        )


def spoken(past: Sequence[ChatMessage]) -> list[Spoken]:
    return [
        Spoken(
            message_id=message.id,
            role=message.role,
            message=message.text,
            data=message.data,
            timestamp=message.created_at,
        )
        for message in past
    ]
