from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Model


class RecordedSearch(Model):
    """A search of one visitor; deleted after `RETENTION`."""

    __tablename__ = "searches"
    __table_args__ = (
        Index("ix_searches_occurred_at", "occurred_at"),
        Index("ix_searches_open", "occurred_at", postgresql_where="NOT is_aggregated"),
        Index(
            "ix_searches_visitor",
            "visitor",
            "occurred_at",
            postgresql_where="visitor IS NOT NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime]
    text: Mapped[str]
    """As it was typed, but for personal data, which is masked."""
    query: Mapped[str]
    """Equal for all spellings of a text."""
    filters: Mapped[dict[str, Any]]
    sort: Mapped[str]
    is_first_page: Mapped[bool]
    results: Mapped[int]
    """Products found, on all pages."""
    visitor: Mapped[str | None]
    """A hash; null for a visitor who has not consented."""
    is_aggregated: Mapped[bool] = mapped_column(default=False)
    """Whether `SearchQueryDay` has it. Nothing is added to it any more."""


class SearchEvent(Model):
    """What a search led to: a product clicked or put into the cart, or an order.

    The id is derived from what it says, so that it is there once however often it is reported.
    """

    __tablename__ = "search_events"
    __table_args__ = (
        CheckConstraint("type IN ('click', 'add_to_cart', 'order')", name="type_known"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    search_id: Mapped[UUID] = mapped_column(
        ForeignKey("searches.id", ondelete="CASCADE"), index=True
    )
    type: Mapped[str]
    product_id: Mapped[UUID | None]
    """Null for an order, of which nothing is stored: a visitor is no customer here."""
    position: Mapped[int | None]
    """Of the product in the list, from 1."""
    occurred_at: Mapped[datetime]


class SearchQueryDay(Model):
    """How often a query was searched on a day, in the shop's zone, and what followed. Without
    visitors, and kept."""

    __tablename__ = "search_query_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(primary_key=True)
    searches: Mapped[int]
    """First pages; later pages of a list are no search of their own."""
    zero_results: Mapped[int]
    """Searches that found nothing."""
    clicks: Mapped[int]
    adds: Mapped[int]
    orders: Mapped[int]
    clicked: Mapped[int]
    """Searches with a click."""
    known_visitors: Mapped[int]
    """Searches of visitors who have consented: only of these it is known which led to an order."""
    ordered: Mapped[int]
    """Searches with an order."""
