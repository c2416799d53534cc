"""One replica of an agent: a turn comes in over HTTP, its events go out a line each.

Starlette, and no Ray: `agents.deploy` is what puts it there.
"""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Protocol, cast

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
from webapp.bootstrap import Runtime, build_runtime
from webapp.chat.service import AgentName
from webapp.config import Settings
from webapp.kit import log as logs
from webapp.kit.errors import CommerceError, Unauthenticated

log = structlog.get_logger()

BROKEN = Failure(
    code="INTERNAL_ERROR", message="Something went wrong here; please try again"
)


class RunnerModule(Protocol):
    def build_runner(self, runtime: Runtime) -> AgentClient: ...


class TurnService:
    """The HTTP of an agent, whichever host plays it."""

    def __init__(self, host: AgentClient, agent: AgentName, secret: str) -> None:
        self._host = host
        self._agent = agent
        self._secret = secret

    async def answer(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"agent": self._agent, "ready": True})
        try:
            turn = await self._turn(request)
        except CommerceError as refusal:
            status = 401 if isinstance(refusal, Unauthenticated) else 403
            return JSONResponse({"error": refusal.message}, status)
        except ValidationError:
            return JSONResponse({"error": "That is not a turn"}, 400)
        return StreamingResponse(self._lines(turn), media_type="application/x-ndjson")

    async def _turn(self, request: Request) -> Turn:
        speaker = self._admitted(request.headers.get("Authorization", ""))
        body = TurnBody.model_validate_json(await request.body())
        return Turn(speaker, body.session_id, body.message, body.metadata)

    def _admitted(self, header: str) -> Principal:
        speaker = verify_service_token(
            header.removeprefix("Bearer "), secret=self._secret
        )
        if self._agent is AgentName.INSIGHTS and not speaker.is_admin:
            raise AdminsOnly
        return speaker

    async def _lines(self, turn: Turn) -> AsyncIterator[str]:
        """Each turn has a thread of its own, so that none waits for another's model or
        database; when the client has gone, the turn is ended in that thread too."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="turn")
        events = _played(self._host, turn)
        loop = asyncio.get_running_loop()
        try:
            while event := await loop.run_in_executor(thread, _next, events):
                yield f"{event.model_dump_json()}\n"
        finally:
            thread.submit(events.close)
            thread.shutdown(wait=False)


def _played(host: AgentClient, turn: Turn) -> Generator[AgentEvent, None, None]:
    yield from host.stream_turn(turn)


def _next(events: Iterator[AgentEvent]) -> AgentEvent | None:
    """Nothing after the last event; a bug is told as one, and logged."""
    try:
        return next(events, None)
    except Exception:  # the outermost loop of a turn
        log.exception("turn_failed")
        return BROKEN


class Replica:
    """Builds its own connections where it lands; only settings cross the wire."""

    def __init__(self, settings: Settings, agent: AgentName) -> None:
        logs.configure(level=settings.log_level, process=f"agent-{agent}")
        # Imported by name: a replica of one agent need not hold what the other works with.
        module = cast("RunnerModule", import_module(f"agents.{agent}.host"))
        host = module.build_runner(build_runtime(settings))
        self._service = TurnService(host, agent, settings.require_jwt_secret())

    async def __call__(self, request: Request) -> Response:
        return await self._service.answer(request)
