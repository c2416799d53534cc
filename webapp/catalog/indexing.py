from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.db.outbox import enqueue

BATCH_SIZE = 500


def enqueue_indexing(session: Session, product_ids: Sequence[UUID]) -> None:
    """Enqueue the update of the search index for changed products."""
    for start in range(0, len(product_ids), BATCH_SIZE):
        batch = product_ids[start : start + BATCH_SIZE]
        enqueue(session, "search.index_products", ids=",".join(map(str, batch)))
