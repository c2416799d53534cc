"""Units of variants: held for an order, sold, or free again."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.catalog import repository
from webapp.catalog.models import StockReason
from webapp.db.outbox import enqueue


def hold(session: Session, units: Mapping[UUID, int], *, order_id: UUID) -> set[UUID]:
    """Keep units of variants for an unpaid order; returns the variants of which there are
    not that many left: then undo the rest."""
    moves = repository.move_stock(
        session, units, held=1, order_id=order_id, reason=StockReason.HELD
    )
    for move in moves:
        if move.stock == 0:
            enqueue(session, "search.index_products", ids=move.product_id)
    return set(units) - {move.variant_id for move in moves}


def release(session: Session, units: Mapping[UUID, int], *, order_id: UUID) -> None:
    """Held units can be bought again."""
    moves = repository.move_stock(
        session, units, held=-1, order_id=order_id, reason=StockReason.RELEASED
    )
    _freed(session, moves)


def sell_held(
    session: Session, units: Mapping[UUID, int], *, order_id: UUID, low_stock: int
) -> None:
    """Held units leave the stock; the sale that makes it low is told of, no later one."""
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
                event="stock.low",
                product_id=move.product_id,
                variant_id=move.variant_id,
            )


def restock(session: Session, units: Mapping[UUID, int], *, order_id: UUID) -> None:
    """Sold units that never left can be bought again. A variant that was deleted since has
    no stock to move."""
    moves = repository.move_stock(
        session, units, on_hand=1, order_id=order_id, reason=StockReason.RETURNED
    )
    _freed(session, moves)


def _freed(session: Session, moves: Iterable[repository.StockMoveResult]) -> None:
    for move in moves:
        if move.stock == move.quantity:
            enqueue(session, "search.index_products", ids=move.product_id)
