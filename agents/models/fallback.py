"""A hosted model with the local one to stand in for it while it is away."""

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


class ModelUnavailable(Unavailable):
    code = "MODEL_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__(
            "The assistant cannot think just now; please try again in a moment"
        )


class FallbackModel(Model):
    """The stand-in answers a message that the model could not even begin with, and then
    to its end; in the middle of one it could not know what the model was about to do."""

    def __init__(self, model: Model, stand_in: Model, *, failures: Failures) -> None:
        self._model = model
        self._stand_in = stand_in
        self._failures = failures

    def update_config(self, **model_config: Any) -> None:
        self._model.update_config(**model_config)

    def get_config(self) -> Any:
        return self._model.get_config()

    def structured_output(self, *given: Any, **more: Any) -> AsyncGenerator[Any, None]:
        return self._model.structured_output(*given, **more)

    async def stream(
        self,
        messages: Sequence[Message],
        tool_specs: list[ToolSpec] | None = None,
        *given: Any,
        **more: Any,
    ) -> AsyncGenerator[StreamEvent, None]:
        calls = parse_dialogue(messages).calls
        if calls and all(call.call_id.startswith(CALL_ID_PREFIX) for call in calls):
            given_over = self._stand_in.stream(list(messages), tool_specs)
        else:
            given_over = self._try(
                messages, tool_specs, *given, began=bool(calls), **more
            )
        async for event in given_over:
            yield event

    async def _try(
        self,
        messages: Sequence[Message],
        tool_specs: list[ToolSpec] | None,
        *given: Any,
        began: bool,
        **more: Any,
    ) -> AsyncGenerator[StreamEvent, None]:
        try:
            async for event in self._model.stream(
                list(messages), tool_specs, *given, **more
            ):
                began = True
                yield event
        except self._failures as failure:
            log.warning("model_away", failure=type(failure).__name__)
            if began:
                raise ModelUnavailable from failure
            async for event in self._stand_in.stream(list(messages), tool_specs):
                yield event
