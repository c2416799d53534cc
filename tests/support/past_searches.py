"""Searches of visitors that were recorded: a test gives what they searched and chose."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from webapp.kit.ids import new_id
from webapp.search_analytics.models import RecordedSearch, SearchEvent

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass
class PastSearches:
    session: Session
    at: datetime = NOON
    visitors: int = field(default=0, init=False)

    def visit(
        self,
        *steps: tuple[str, Iterable[UUID]],
        pause: timedelta = timedelta(minutes=1),
        event_type: str = "click",
        visitor: str | None = "new",
    ) -> None:
        """Searches of one visitor, one after the other, each with the products that were chosen."""
        self.visitors += 1
        name = f"visitor {self.visitors}" if visitor == "new" else visitor
        for number, (query, products) in enumerate(steps):
            search = RecordedSearch(
                id=new_id(),
                occurred_at=self.at + number * pause,
                text=query,
                query=query,
                filters={},
                sort="relevance",
                is_first_page=True,
                results=5,
                visitor=name,
            )
            self.session.add(search)
            self.session.flush()
            for product_id in products:
                chosen = "add_to_cart" if event_type == "order" else event_type
                self._add_event(search, chosen, product_id)
            if event_type == "order":
                self._add_event(search, event_type, None)

    def _add_event(
        self, search: RecordedSearch, event_type: str, product_id: UUID | None
    ) -> None:
        self.session.add(
            SearchEvent(
                id=uuid4(),
                search_id=search.id,
                type=event_type,
                product_id=product_id,
                occurred_at=search.occurred_at,
            )
        )
        self.session.flush()
