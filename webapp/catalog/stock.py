"""Stock moves of an order: hold, release, sell and restock units of variants."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.catalog import repository
from webapp.catalog.models import StockReason
from webapp.db.outbox import enqueue

LOW_STOCK_EVENT = "stock.low"
"""Named here, as the notifications are a layer above."""


def hold(session: Session, units: Mapping[UUID, int], *, order_id: UUID) -> set[UUID]:
    """Hold units of variants for an unpaid order.

    Returns the variants with too little stock; if there are any, the caller must undo the
    holds of the others.
    """
    moves = repository.move_stock(
        session, units, held=1, order_id=order_id, reason=StockReason.HELD
    )
    for move in moves:
        if move.stock == 0:
            enqueue(session, "search.index_products", ids=move.product_id)
    return set(units) - {move.variant_id for move in moves}


def release(session: Session, units: Mapping[UUID, int], *, order_id: UUID) -> None:
    """Release held units, so that they can be bought again."""
    moves = repository.move_stock(
        session, units, held=-1, order_id=order_id, reason=StockReason.RELEASED
    )
    _index_available(session, moves)


def sell_held(
    session: Session, units: Mapping[UUID, int], *, order_id: UUID, low_stock: int
) -> None:
    """Take held units out of stock.

    The sale that brings a variant down to `low_stock` enqueues a notification; later ones
    do not.
    """
    moves = repository.move_stock(
        session,
        units,
        on_hand=-1,
        held=-1,
        order_id=order_id,
        reason=StockReason.SOLD,
    )
    for move in moves:
        if move.on_hand <= low_stock < move.on_hand + move.quantity:
            enqueue(
                session,
                "notifications.tell",
                event=LOW_STOCK_EVENT,
                product_id=move.product_id,
                variant_id=move.variant_id,
            )


def restock(session: Session, units: Mapping[UUID, int], *, order_id: UUID) -> None:
    """Return sold units that never left the warehouse, so that they can be bought again.

    A variant that was deleted since is skipped.
    """
    moves = repository.move_stock(
        session, units, on_hand=1, order_id=order_id, reason=StockReason.RETURNED
    )
    _index_available(session, moves)


def _index_available(
    session: Session, moves: Iterable[repository.StockMoveResult]
) -> None:
    for move in moves:
        if move.stock == move.quantity:
            enqueue(session, "search.index_products", ids=move.product_id)
