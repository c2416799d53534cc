"""A hosted model that falls back to the local one while it is unavailable."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any

import structlog
from strands.models import Model
from strands.types.content import Message
from strands.types.streaming import StreamEvent
from strands.types.tools import ToolSpec

from agents.local.dialogue_state import parse_dialogue
from agents.local.model import CALL_ID_PREFIX
from webapp.kit.errors import Unavailable

log = structlog.get_logger()

Failures = tuple[type[Exception], ...]

OPENINGS = {"messageStart", "contentBlockStart"}
"""Events without content. Ollama's model yields them before it connects to its server."""


class ModelUnavailable(Unavailable):
    code = "MODEL_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__(
            "The assistant is not available just now; please try again in a moment"
        )


class FallbackModel(Model):
    """If the model fails before the first content of its answer, the fallback answers all of
    it. A later failure is `ModelUnavailable`, as the fallback could not know what the model
    was about to do."""

    def __init__(self, model: Model, fallback: Model, *, failures: Failures) -> None:
        self._model = model
        self._fallback = fallback
        self._failures = failures

    def update_config(self, **model_config: Any) -> None:
        self._model.update_config(**model_config)

    def get_config(self) -> Any:
        return self._model.get_config()

    def structured_output(self, *args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        return self._model.structured_output(*args, **kwargs)

    async def stream(
        self,
        messages: Sequence[Message],
        tool_specs: list[ToolSpec] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> AsyncGenerator[StreamEvent, None]:
        calls = parse_dialogue(messages).calls
        if calls and all(call.call_id.startswith(CALL_ID_PREFIX) for call in calls):
            events = self._fallback.stream(list(messages), tool_specs)
        else:
            events = self._stream_or_fall_back(
                messages, tool_specs, *args, has_begun=bool(calls), **kwargs
            )
        async for event in events:
            yield event

    async def _stream_or_fall_back(
        self,
        messages: Sequence[Message],
        tool_specs: list[ToolSpec] | None,
        *args: Any,
        has_begun: bool,
        **kwargs: Any,
    ) -> AsyncGenerator[StreamEvent, None]:
        held: list[StreamEvent] = []
        try:
            async for event in self._model.stream(
                list(messages), tool_specs, *args, **kwargs
            ):
                held.append(event)
                if not event.keys() <= OPENINGS:
                    has_begun = True
                    for each in held:
                        yield each
                    held.clear()
        except self._failures as error:
            log.warning("model_unavailable", error=type(error).__name__)
            if has_begun:
                raise ModelUnavailable from error
            async for event in self._fallback.stream(list(messages), tool_specs):
                yield event
