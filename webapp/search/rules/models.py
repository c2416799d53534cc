from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Record


class RuleType(StrEnum):
    SYNONYMS = "synonyms"
    """Each of `terms` finds the others."""
    ONE_WAY_SYNONYMS = "oneWaySynonyms"
    """`query` finds `terms`, too, and they do not find it."""
    REDIRECT = "redirect"
    """The answer to `query` has `target` as `redirect`."""
    PIN = "pin"
    """`productIds` come first for `query`, in their order."""
    HIDE = "hide"
    """`productIds` are not found by `query`."""


class SearchRule(Record):
    """What an admin has decided about searches."""

    __tablename__ = "search_rules"
    __table_args__ = (
        UniqueConstraint("type", "query_key"),
        CheckConstraint(
            "type IN ('synonyms', 'oneWaySynonyms', 'redirect', 'pin', 'hide')",
            name="type_known",
        ),
    )

    type: Mapped[str]
    query: Mapped[str | None]
    """The text that it is for; null for synonyms of each other."""
    query_key: Mapped[str | None]
    """Equal for all spellings of the text."""
    terms: Mapped[list[str]]
    """Synonyms, as they were written."""
    product_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    """Pinned, in their order, or hidden."""
    target: Mapped[str | None]
    """Where a redirect leads."""
    is_live: Mapped[bool]
    """Whether it holds for shoppers; one that does not can be tried."""
    version: Mapped[int] = mapped_column(default=1)
    """Raised by each change."""
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
