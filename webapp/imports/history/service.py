"""Orders that were placed elsewhere: put aside line by line, then merged order by order.

Two steps, because a file may split an order, and because only the whole file knows what a
product is mostly called.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from webapp.imports import repository as catalog
from webapp.imports.categories import Categories
from webapp.imports.history import repository
from webapp.imports.history.reader import LineDraft, OrderReader, RefusedLine
from webapp.imports.mapping import OrderMapping
from webapp.imports.outcome import Outcome
from webapp.imports.products import ProductDraft, VariantDraft
from webapp.imports.progress import Counts
from webapp.imports.rejects import Reject
from webapp.imports.row import Row
from webapp.imports.shelving import new_product

PRODUCTS_AT_ONCE = 5_000
LINES_AT_ONCE = 20_000  # a merge of so many takes about 1.5 s


def put_aside(
    session: Session,
    *,
    run_id: UUID,
    rows: Sequence[Row],
    reader: OrderReader,
    first_place: int,
) -> tuple[int, Outcome]:
    """Stage the lines of a batch of rows, how many; what cannot be read is rejected."""
    outcome = Outcome()
    staged: list[LineDraft | RefusedLine] = []
    for row in rows:
        for line in reader.read(row):
            if isinstance(line, RefusedLine):
                outcome.counts.rejected += 1
                outcome.rejects.append(Reject(line.line, line.reason, line.row))
            if line.order_ref is not None:
                staged.append(line)
    repository.stage(session, run_id, enumerate(staged, start=first_place))
    return len(staged), outcome


def create_unknown_products(
    session: Session, *, run_id: UUID, mapping: OrderMapping, is_dry: bool
) -> int:
    """Some of the products that only order lines know, inactive; 0 when there are none.

    A dry run counts them all at once, since none of them stops being unknown.
    """
    unknown = repository.unknown_products(
        session,
        run_id,
        source=mapping.source,
        limit=None if is_dry else PRODUCTS_AT_ONCE,
    )
    if not is_dry:
        session.add_all(
            new_product(draft, is_active=False)
            for draft in _drafts(session, unknown, mapping)
        )
    return len(unknown)


def merge_batch(
    session: Session, *, run_id: UUID, mapping: OrderMapping, is_dry: bool
) -> tuple[int, Outcome]:
    """Merge the next orders; how many lines they had (0 at the end), and what became of
    those that were not rejected before."""
    batch = repository.take_batch(
        session,
        run_id,
        source=mapping.source,
        other_category=mapping.other,
        limit=LINES_AT_ONCE,
    )
    rejects = [_other_currency(line) for line in batch.other_currency]
    counts = Counts(
        created=batch.created,
        updated=batch.updated,
        unchanged=batch.unchanged,
        rejected=len(rejects),
        orders=batch.orders,
    )
    if batch.lines and not is_dry:
        repository.write_batch(session, source=mapping.source)
    repository.drop_batch(session, run_id)
    return batch.lines, Outcome(counts, rejects)


def _drafts(
    session: Session, unknown: Sequence[RowMapping], mapping: OrderMapping
) -> Iterator[ProductDraft]:
    categories = Categories(mapping.categories, other=mapping.other)
    taken = catalog.owners_of_skus(session, [product["sku"] for product in unknown])
    for product in unknown:
        reference = f"{mapping.source}:{product['product_ref']}"
        name = product["name"] or product["product_ref"]
        sku = product["sku"]
        fields = {
            "name": name,
            "category": categories.of(name, dict(product)),
            "currency": product["currency"],
        }
        # Another shop's goods may have the same numbers.
        unique_sku = reference if sku in taken else sku
        variant = VariantDraft(
            sku=unique_sku,
            options={},
            price_minor=product["price_minor"] or 0,
            stock=0,
            stock_is_counted=False,
        )
        yield ProductDraft(Row(0, dict(product)), reference, fields, variant)


def _other_currency(line: RowMapping) -> Reject:
    reason = f"currency: {line['currency']} in an order that began in {line['order_currency']}"
    return Reject(line["line"], reason, dict(line))
