"""Imports orders that were placed in another shop: stages lines, then merges whole orders.

Two steps, because a file may split an order, and because the most frequent name of a
product needs the whole file.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from webapp.catalog import service as catalog
from webapp.catalog.drafts import ProductDetails, ProductUpsert, VariantUpsert
from webapp.catalog.limits import MAX_NAME_LENGTH, MAX_SKU_LENGTH
from webapp.catalog.upsert import insert_products
from webapp.imports.categories import CategoryClassifier
from webapp.imports.history import repository
from webapp.imports.history.reader import OrderLineDraft, OrderReader, RejectedOrderLine
from webapp.imports.mapping import OrderMapping
from webapp.imports.outcome import ImportOutcome
from webapp.imports.progress import ImportCounts
from webapp.imports.rejects import Reject
from webapp.imports.row import Row
from webapp.kit.ids import new_id
from webapp.kit.money import MAX_AMOUNT_MINOR

PRODUCT_BATCH_SIZE = 5_000
LINE_BATCH_SIZE = 20_000  # merging one batch takes about 1.5 s


def stage_rows(
    session: Session,
    *,
    run_id: UUID,
    rows: Sequence[Row],
    reader: OrderReader,
    first_sequence_no: int,
) -> tuple[int, ImportOutcome]:
    """Stage the lines of a batch of rows and reject invalid ones; returns the number staged."""
    outcome = ImportOutcome()
    staged: list[OrderLineDraft | RejectedOrderLine] = []
    for row in rows:
        for line in reader.parse_row(row):
            if isinstance(line, RejectedOrderLine):
                outcome.counts.rejected += 1
                outcome.rejects.append(Reject(line.line, line.reason, line.row))
            if line.order_ref is not None:
                staged.append(line)
    repository.insert_staged_lines(
        session, run_id, enumerate(staged, start=first_sequence_no)
    )
    return len(staged), outcome


def create_unknown_products(
    session: Session, *, run_id: UUID, mapping: OrderMapping, is_dry_run: bool
) -> int:
    """Create a batch of products that only order lines know, as inactive; returns how many.

    A dry run counts all of them at once, since none of them is created.
    """
    unknown = repository.list_unknown_products(
        session,
        run_id,
        source=mapping.source,
        limit=None if is_dry_run else PRODUCT_BATCH_SIZE,
    )
    if not is_dry_run:
        insert_products(session, _iter_drafts(session, unknown, mapping))
    return len(unknown)


def merge_batch(
    session: Session, *, run_id: UUID, mapping: OrderMapping, is_dry_run: bool
) -> tuple[int, ImportOutcome]:
    """Merge the next orders. Returns the number of their lines (0 at the end) and the
    outcome of those that were not rejected before."""
    batch = repository.prepare_batch(
        session,
        run_id,
        source=mapping.source,
        other_category=mapping.other,
        limit=LINE_BATCH_SIZE,
    )
    rejects = [_reject_currency(line) for line in batch.currency_mismatches]
    counts = ImportCounts(
        created=batch.created,
        updated=batch.updated,
        unchanged=batch.unchanged,
        rejected=len(rejects),
        orders=batch.orders,
    )
    if batch.lines and not is_dry_run:
        repository.write_batch(session, source=mapping.source)
    repository.delete_batch(session, run_id)
    return batch.lines, ImportOutcome(counts, rejects)


def _iter_drafts(
    session: Session, unknown: Sequence[RowMapping], mapping: OrderMapping
) -> Iterator[ProductUpsert]:
    """Build the products, within their limits: the order lines keep names and SKUs in full."""
    categories = CategoryClassifier(mapping.categories, other=mapping.other)
    taken = {
        *catalog.find_product_ids_by_sku(
            session, skus=[product["sku"] for product in unknown]
        )
    }
    for product in unknown:
        reference = f"{mapping.source}:{product['product_ref']}"
        name = product["name"] or product["product_ref"]
        sku = product["sku"]
        details = ProductDetails(
            name=name[:MAX_NAME_LENGTH],
            category=categories.classify(name, dict(product)),
            currency=product["currency"],
            is_active=False,
        )
        # Products of another shop may have the same SKUs, and two of one shop the same one.
        unique_sku = reference if sku in taken else sku
        taken.add(sku)
        variant = VariantUpsert(
            sku=unique_sku
            if len(unique_sku) <= MAX_SKU_LENGTH
            else catalog.generate_sku(new_id()),
            options={},
            price_minor=min(product["price_minor"] or 0, MAX_AMOUNT_MINOR),
            stock=0,
            is_stock_counted=False,
        )
        yield ProductUpsert(reference, details, variant)


def _reject_currency(line: RowMapping) -> Reject:
    reason = f"currency: {line['currency']} in an order that began in {line['order_currency']}"
    return Reject(line["line"], reason, dict(line))
