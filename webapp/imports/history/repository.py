"""Stages a file's order lines and merges them, a batch of whole orders at a time."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from webapp.db.session import get_connection
from webapp.imports.history import statements
from webapp.imports.history.reader import OrderLineDraft, RejectedOrderLine


@dataclass(frozen=True)
class Batch:
    """A batch compared with the shop, before anything is written."""

    lines: int
    created: int
    updated: int
    unchanged: int
    orders: int
    currency_mismatches: Sequence[RowMapping]


def insert_staged_lines(
    session: Session,
    run_id: UUID,
    lines: Iterable[tuple[int, OrderLineDraft | RejectedOrderLine]],
) -> None:
    """COPY lines into the staging table, each with its number in the file."""
    with (
        get_connection(session).cursor() as cursor,
        cursor.copy(statements.COPY_STAGED_LINES) as copy,
    ):
        for sequence_no, line in lines:
            copy.write_row((run_id, sequence_no, *_build_copy_row(line)))


def _build_copy_row(line: OrderLineDraft | RejectedOrderLine) -> tuple[Any, ...]:
    if isinstance(line, RejectedOrderLine):
        return (line.line, line.order_ref, True, *(None,) * 14)
    return (
        line.line,
        line.order_ref,
        False,
        line.status.value,
        line.placed_at,
        line.customer_ref,
        line.currency.value,
        json.dumps(line.shipping_address),
        line.kind,
        line.product_ref,
        line.sku,
        line.name,
        line.brand,
        line.tags,
        line.channel,
        line.quantity,
        line.unit_price_minor,
    )


def analyze_staged_lines(session: Session) -> None:
    """Update the planner's statistics of the staging table: with those of an earlier file,
    a merge that takes a second has taken ten minutes."""
    session.execute(text("ANALYZE import_staged_lines"))


def count_staged_lines(session: Session, run_id: UUID) -> int:
    statement = text("SELECT count(*) FROM import_staged_lines WHERE run_id = :run_id")
    return int(session.execute(statement, {"run_id": run_id}).scalar_one())


def list_unknown_products(
    session: Session, run_id: UUID, *, source: str, limit: int | None
) -> Sequence[RowMapping]:
    """List products that only staged lines know: most frequent name, last price."""
    values = {"run_id": run_id, "source": source, "limit": limit}
    return (
        session.execute(text(statements.SELECT_UNKNOWN_PRODUCTS), values)
        .mappings()
        .all()
    )


def prepare_batch(
    session: Session, run_id: UUID, *, source: str, other_category: str, limit: int
) -> Batch:
    """Choose the next orders and compare them with the shop, in temporary tables that
    live as long as this transaction."""
    selection = {"run_id": run_id, "source": source, "limit": limit}
    session.execute(text(statements.SELECT_BATCH), selection)
    session.execute(text("ANALYZE chosen_lines (external_ref, product_external_ref)"))
    shop = {"source": source, "other_category": other_category}
    session.execute(text(statements.COMPARE_BATCH), shop)
    session.execute(text("ANALYZE batch_lines (external_ref, order_id, sequence_no)"))
    mismatches = (
        session.execute(text(statements.REJECT_CURRENCY_MISMATCHES)).mappings().all()
    )
    counts = session.execute(text(statements.COUNT_BATCH)).mappings().one()
    return Batch(**counts, currency_mismatches=mismatches)


def write_batch(session: Session, *, source: str) -> None:
    """Create and update the chosen orders from their lines."""
    session.execute(text(statements.SUMMARIZE_ORDERS))
    session.execute(text(statements.CREATE_ORDERS))
    session.execute(text(statements.LINK_NEW_ORDERS))
    # Without them an UPDATE of no item compared each line with each item: five minutes for
    # 20,000 of each, where autovacuum had not been there yet.
    session.execute(text("ANALYZE batch_lines (order_id, position, result)"))
    session.execute(text(statements.CREATE_ITEMS))
    session.execute(text(statements.UPDATE_ITEMS))
    session.execute(text(statements.DELETE_SURPLUS_ITEMS))
    updated = session.scalars(text(statements.UPDATE_ORDERS)).all()
    session.execute(
        text(statements.INSERT_IMPORT_EVENTS),
        {"source": source, "updated": list(updated)},
    )


def delete_batch(session: Session, run_id: UUID) -> None:
    """Delete the merged lines from the staging table; the rest is still to be done."""
    session.execute(text(statements.DELETE_BATCH), {"run_id": run_id})
