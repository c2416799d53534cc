"""The agent runner: runs one turn of a Strands agent and yields its events.

Plain Python; `agents.deploy` deploys it to Ray. It keeps no conversation state, so any
number of runners may answer the same customer.
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

from agents.models.fallback import ModelUnavailable
from agents.notes import NoteReader, render_notes
from agents.sessions import VisibleMessageWindow, build_session_manager
from agents.tools.strands_tools import ToolContext, bind_tools
from agents.tools.tool import Tool
from agents.turn_trace import TurnTrace
from webapp.adapters.agents.port import (
    AgentEvent,
    Delta,
    Failure,
    Message,
    Turn,
    Typing,
)
from webapp.bootstrap import AgentRuntime
from webapp.chat import agent_memory
from webapp.chat import service as chat
from webapp.chat.answers import AnswerBody
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
    """Filters what the model writes before it is sent."""

    def feed(self, text: str) -> str:
        """Take the next piece of text; returns what may be sent now."""
        ...

    def flush(self) -> str:
        """Returns the rest to send when the model has finished."""
        ...


@dataclass(frozen=True)
class AgentSpec:
    """What makes one agent differ from another."""

    name: AgentName
    system_prompt: str
    tools: Sequence[Tool]
    build_output_filter: Callable[[TurnTrace], OutputFilter]
    build_answer_data: Callable[[TurnTrace], AnswerBody]
    """The structured data next to the text, built from what the tools returned."""
    has_memory: bool = False
    """Whether its turns go to the agent memory, if there is one, and notes come from there."""


class AgentRunner:
    def __init__(self, runtime: AgentRuntime, spec: AgentSpec, model: Model) -> None:
        self._runtime = runtime
        self._spec = spec
        self._model = model
        self._context = ToolContext(
            runtime.db,
            executor=ThreadPoolExecutor(TOOL_THREADS, thread_name_prefix="tool"),
            timeout_s=runtime.settings.tool_timeout_s,
        )
        self._memory = runtime.agent_memory if spec.has_memory else None
        # The local model reads no prompt.
        is_hosted = runtime.settings.agent_model != "local"
        self._notes = NoteReader(self._memory) if self._memory and is_hosted else None

    def stream_turn(self, turn: Turn) -> Iterator[AgentEvent]:
        """Yield the events of a turn. Blocks only its thread: the event loop is its own."""
        with asyncio.Runner() as runner:
            events = self._stream_events(turn)
            try:
                while (event := runner.run(_next_event(events))) is not None:
                    yield event
            finally:
                runner.run(events.aclose())

    async def _stream_events(self, turn: Turn) -> AsyncGenerator[AgentEvent, None]:
        """A domain error or an unavailable model is an event, not a broken stream."""
        try:
            async for event in self._run_agent(turn):
                yield event
        except CommerceError as error:
            yield build_failure(error)
        except MODEL_FAILURES:
            log.exception("model_failed", agent=self._spec.name)
            yield build_failure(ModelUnavailable())

    async def _run_agent(self, turn: Turn) -> AsyncGenerator[AgentEvent, None]:
        trace = TurnTrace(message=turn.message)
        agent = self._build_agent(turn, trace)
        output_filter = self._spec.build_output_filter(trace)
        sent: list[str] = []
        yield Typing()
        # Notes from the memory take a while: the client knows by then that it is answered.
        agent.system_prompt = self._build_prompt(turn)
        limits = Limits(turns=MAX_MODEL_CALLS)
        async for event in agent.stream_async(turn.message, limits=limits):
            if "message" in event and (tool := _find_tool_call(event["message"])):
                yield Typing(tool=tool)
            if text := output_filter.feed(event.get("data", "")):
                sent.append(text)
                yield Delta(text=text)
        if rest := output_filter.flush() or ("" if sent else UNFINISHED):
            sent.append(rest)
            yield Delta(text=rest)
        yield self._record_answer(turn, trace, "".join(sent))

    def _build_agent(self, turn: Turn, trace: TurnTrace) -> Agent:
        spec, settings = self._spec, self._runtime.settings
        return Agent(
            model=self._model,
            tools=[
                *bind_tools(
                    spec.tools, self._context, principal=turn.principal, trace=trace
                )
            ],
            conversation_manager=VisibleMessageWindow(settings.chat_history_limit),
            session_manager=build_session_manager(
                self._runtime.db,
                owner_id=turn.principal.customer_id,
                agent=spec.name,
                session_id=turn.session_id,
            ),
            agent_id=spec.name,
            callback_handler=None,
            retry_strategy=ModelRetryStrategy(
                max_attempts=3, initial_delay=1, max_delay=4
            ),
        )

    def _build_prompt(self, turn: Turn) -> str:
        """With notes from the agent memory, if there is one."""
        today = f"Today is {utc_now():%A, %d %B %Y} (UTC)."
        notes = (
            "" if self._notes is None else render_notes(self._notes.read_notes(turn))
        )
        return f"{self._spec.system_prompt}\n\n{today}{notes}"

    def _record_answer(self, turn: Turn, trace: TurnTrace, text: str) -> Message:
        data = self._spec.build_answer_data(trace).model_dump(mode="json")
        with self._runtime.db.unit_of_work() as session:
            answer_id = chat.record_answer(
                session,
                session_id=turn.session_id,
                text=text,
                data=data,
                now=utc_now(),
            )
            if self._memory is not None and answer_id is not None:
                agent_memory.enqueue_turn(
                    session,
                    owner_id=turn.principal.customer_id,
                    session_id=turn.session_id,
                    answer_id=answer_id,
                )
        return Message(message=text, data=data)


def build_failure(error: CommerceError) -> Failure:
    return Failure(code=error.code, message=error.message)


async def _next_event(events: AsyncGenerator[AgentEvent, None]) -> AgentEvent | None:
    return await anext(events, None)


def _find_tool_call(message: dict[str, Any]) -> str | None:
    names = (
        block["toolUse"]["name"] for block in message["content"] if "toolUse" in block
    )
    return next(names, None)
