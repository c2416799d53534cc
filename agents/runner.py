"""A conversation host: plays one turn of a Strands agent and tells it as events.

Plain Python; `agents.deploy` is what puts it on Ray. It holds no conversation, so any
number of hosts may answer the same customer.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from strands import Agent, ModelRetryStrategy
from strands.models import Model
from strands.types.agent import Limits
from strands.types.exceptions import (
    ContextWindowOverflowException,
    EventLoopException,
    MaxTokensReachedException,
    ModelThrottledException,
)
from strands.types.tools import AgentTool

from agents.models.fallback import ModelUnavailable
from agents.sessions import VisibleMessageWindow, build_session_manager
from agents.tools.context import Json, ToolContext
from agents.turn_trace import TurnTrace
from webapp.adapters.agents.port import (
    AgentEvent,
    Delta,
    Failure,
    Message,
    Principal,
    Turn,
    Typing,
)
from webapp.bootstrap import Runtime
from webapp.chat import service as chat
from webapp.chat.service import AgentName
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError

log = structlog.get_logger()

MAX_MODEL_CALLS = 8
TOOL_THREADS = 16
MODEL_FAILURES = (
    ContextWindowOverflowException,
    EventLoopException,
    MaxTokensReachedException,
    ModelThrottledException,
)
UNFINISHED = "I could not finish this. Please ask for less at once."


class OutputFilter(Protocol):
    """Reads what the model writes before anybody else does."""

    def feed(self, text: str) -> str:
        """What of the text so far may be shown now."""
        ...

    def flush(self) -> str:
        """What is left to be shown."""
        ...


@dataclass(frozen=True)
class AgentSpec:
    """What makes one agent differ from another."""

    name: AgentName
    system_prompt: str
    build_tools: Callable[[ToolContext, Principal], Sequence[AgentTool]]
    build_output_filter: Callable[[TurnTrace], OutputFilter]
    build_answer_data: Callable[[TurnTrace], Json]
    """The structured data beside the text, made from what the tools returned."""


class AgentRunner:
    def __init__(self, runtime: Runtime, role: AgentSpec, model: Model) -> None:
        self._runtime = runtime
        self._role = role
        self._model = model
        self._desk = ToolContext(
            runtime,
            executor=ThreadPoolExecutor(TOOL_THREADS, thread_name_prefix="tool"),
            timeout_s=runtime.settings.tool_timeout_s,
        )

    def stream_turn(self, turn: Turn) -> Iterator[AgentEvent]:
        """The events of one turn. Blocks its thread and no other: the loop is its own."""
        with asyncio.Runner() as runner:
            events = self._told(turn)
            try:
                while (event := runner.run(_next(events))) is not None:
                    yield event
            finally:
                runner.run(events.aclose())

    async def _told(self, turn: Turn) -> AsyncGenerator[AgentEvent, None]:
        """A refusal or a model that is away is an event, not a broken line."""
        try:
            async for event in self._played(turn):
                yield event
        except CommerceError as refusal:
            yield told(refusal)
        except MODEL_FAILURES:
            log.exception("model_failed", agent=self._role.name)
            yield told(ModelUnavailable())

    async def _played(self, turn: Turn) -> AsyncGenerator[AgentEvent, None]:
        ledger = TurnTrace()
        agent = self._agent(turn, ledger)
        proofreader = self._role.build_output_filter(ledger)
        written: list[str] = []
        yield Typing()
        limits = Limits(turns=MAX_MODEL_CALLS)
        async for happening in agent.stream_async(turn.message, limits=limits):
            if "message" in happening and (tool := _tool_called(happening["message"])):
                yield Typing(tool=tool)
            if shown := proofreader.feed(happening.get("data", "")):
                written.append(shown)
                yield Delta(text=shown)
        if rest := proofreader.flush() or ("" if written else UNFINISHED):
            written.append(rest)
            yield Delta(text=rest)
        yield self._answer(turn, ledger, "".join(written))

    def _agent(self, turn: Turn, ledger: TurnTrace) -> Agent:
        role, settings = self._role, self._runtime.settings
        return Agent(
            model=self._model,
            tools=list(role.build_tools(self._desk, turn.principal)),
            system_prompt=f"{role.system_prompt}\n\nToday is {utc_now():%A, %d %B %Y} (UTC).",
            conversation_manager=VisibleMessageWindow(settings.chat_history_limit),
            session_manager=build_session_manager(
                self._runtime.db,
                owner_id=turn.principal.customer_id,
                agent=role.name,
                session_id=turn.session_id,
            ),
            hooks=[ledger],
            agent_id=role.name,
            callback_handler=None,
            retry_strategy=ModelRetryStrategy(
                max_attempts=3, initial_delay=1, max_delay=4
            ),
        )

    def _answer(self, turn: Turn, ledger: TurnTrace, text: str) -> Message:
        data = self._role.build_answer_data(ledger) | {"tools_used": ledger.tools_used}
        with self._runtime.db.unit_of_work() as session:
            chat.record_answer(
                session, session_id=turn.session_id, text=text, data=data
            )
        return Message(message=text, data=data)


def told(refusal: CommerceError) -> Failure:
    return Failure(code=refusal.code, message=refusal.message)


async def _next(events: AsyncGenerator[AgentEvent, None]) -> AgentEvent | None:
    return await anext(events, None)


def _tool_called(message: dict[str, Any]) -> str | None:
    uses = (
        block["toolUse"]["name"] for block in message["content"] if "toolUse" in block
    )
    return next(uses, None)
