"""A replica of an agent: turns come in over HTTP, events go out as NDJSON.

Plain Starlette; `agents.deploy` deploys it to Ray.
"""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Protocol, Self, cast

import structlog
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from agents.errors import AdminsOnly
from webapp.adapters.agents.port import (
    AgentClient,
    AgentEvent,
    Failure,
    Principal,
    Turn,
    TurnBody,
)
from webapp.adapters.agents.service_tokens import verify_service_token
from webapp.bootstrap import AgentRuntime, build_agent_runtime
from webapp.chat.service import AgentName
from webapp.config import AgentSettings
from webapp.kit import log as logs
from webapp.kit.errors import CommerceError, Unauthenticated

log = structlog.get_logger()

INTERNAL_ERROR = Failure(
    code="INTERNAL_ERROR", message="Something went wrong here; please try again"
)


class RunnerModule(Protocol):
    def build_runner(self, runtime: AgentRuntime) -> AgentClient: ...


class TurnService:
    """HTTP interface of an agent."""

    def __init__(self, runner: AgentClient, agent: AgentName, secret: str) -> None:
        self._runner = runner
        self._agent = agent
        self._secret = secret

    @classmethod
    def from_runtime(cls, runtime: AgentRuntime, agent: AgentName) -> Self:
        # Imported by name: a replica of one agent need not load the other's dependencies.
        module = cast("RunnerModule", import_module(f"agents.{agent}.runner"))
        secret = runtime.settings.require_jwt_secret()
        return cls(module.build_runner(runtime), agent, secret)

    async def answer(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"agent": self._agent, "ready": True})
        try:
            turn = await self._parse_turn(request)
        except CommerceError as error:
            status = 401 if isinstance(error, Unauthenticated) else 403
            return JSONResponse({"error": error.message}, status)
        except ValidationError:
            return JSONResponse({"error": "The body is not a valid turn"}, 400)
        return StreamingResponse(
            self._stream_lines(turn), media_type="application/x-ndjson"
        )

    async def _parse_turn(self, request: Request) -> Turn:
        principal = self._authenticate(request.headers.get("Authorization", ""))
        body = TurnBody.model_validate_json(await request.body())
        return Turn(principal, body.session_id, body.message, body.metadata)

    def _authenticate(self, header: str) -> Principal:
        principal = verify_service_token(
            header.removeprefix("Bearer "), secret=self._secret
        )
        if self._agent is AgentName.INSIGHTS and not principal.is_admin:
            raise AdminsOnly
        return principal

    async def _stream_lines(self, turn: Turn) -> AsyncIterator[str]:
        """Each turn has a thread of its own, so that none waits for another's model or
        database; when the client disconnects, the turn is closed in that thread too."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="turn")
        events = _stream_turn(self._runner, turn)
        loop = asyncio.get_running_loop()
        try:
            while event := await loop.run_in_executor(thread, _next_event, events):
                yield f"{event.model_dump_json()}\n"
        finally:
            thread.submit(events.close)
            thread.shutdown(wait=False)


def _stream_turn(runner: AgentClient, turn: Turn) -> Generator[AgentEvent, None, None]:
    yield from runner.stream_turn(turn)


def _next_event(events: Iterator[AgentEvent]) -> AgentEvent | None:
    """None after the last event; a bug is logged, and answered as an internal error."""
    try:
        return next(events, None)
    except Exception:  # the outermost loop of a turn
        log.exception("turn_failed")
        return INTERNAL_ERROR


class Replica:
    """Deployed class of an agent. It builds its own connections on its node; only the settings
    that it uses are sent there."""

    def __init__(self, settings: AgentSettings, agent: AgentName) -> None:
        logs.configure(level=settings.log_level, process=f"agent-{agent}")
        self._service = TurnService.from_runtime(build_agent_runtime(settings), agent)

    async def __call__(self, request: Request) -> Response:
        return await self._service.answer(request)
