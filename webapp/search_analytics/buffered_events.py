"""What waits in the buffer to be recorded, as JSON. Pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from webapp.adapters.event_buffers.port import BufferedEvent

log = structlog.get_logger()


class FollowUpType(StrEnum):
    """What clients report that a search led to."""

    CLICK = "click"
    ADD_TO_CART = "add_to_cart"


class _Buffered(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    at: datetime


class BufferedSearch(_Buffered):
    kind: Literal["search"] = "search"
    id: UUID
    text: str
    query: str
    filters: dict[str, Any]
    sort: str
    is_first_page: bool
    results: int
    visitor: str | None


class BufferedFollowUp(_Buffered):
    kind: Literal["follow_up"] = "follow_up"
    search_id: UUID
    type: FollowUpType
    product_id: UUID
    position: int | None


class BufferedOrder(_Buffered):
    """An order of a visitor who has consented."""

    kind: Literal["order"] = "order"
    order_id: UUID
    visitor: str


AnyBuffered = BufferedSearch | BufferedFollowUp | BufferedOrder
_PARSER: TypeAdapter[AnyBuffered] = TypeAdapter(
    Annotated[AnyBuffered, Field(discriminator="kind")]
)


def parse_events(events: Sequence[BufferedEvent]) -> list[AnyBuffered]:
    """Leave out what this version does not understand: it would come again forever."""
    parsed = []
    for event in events:
        try:
            parsed.append(_PARSER.validate_python(event.values))
        except ValidationError as error:
            log.warning(
                "a search event is not understood, and left out",
                problems=error.error_count(),
                kind=event.values.get("kind"),
            )
    return parsed
