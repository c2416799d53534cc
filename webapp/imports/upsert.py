"""Inserts and updates products from drafts; products that do not differ stay untouched."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.catalog.errors import SkuTaken
from webapp.catalog.models import Product, StockMovement, StockReason, Variant
from webapp.db.outbox import enqueue
from webapp.imports import repository
from webapp.imports.conflicts import AcceptedDraft, reject_conflicts
from webapp.imports.errors import RowRejected
from webapp.imports.outcome import ImportOutcome, RowResult
from webapp.imports.products import ProductImportDraft, VariantImportDraft
from webapp.imports.row import Row
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id

INDEX_BATCH_SIZE = 500
MAX_ATTEMPTS = 5


class ProductRowReader(Protocol):
    @property
    def has_parents(self) -> bool:
        """Whether several rows may be variants of one product."""
        ...

    def parse_row(self, row: Row) -> ProductImportDraft:
        """Parse a row; raises `RowRejected`."""
        ...


def upsert_products(
    session: Session,
    *,
    run_id: UUID,
    rows: Sequence[Row],
    reader: ProductRowReader,
    is_dry_run: bool,
) -> ImportOutcome:
    """Insert and update the products of a batch of rows, and enqueue their indexing.

    Raises `SkuTaken` when in every attempt another transaction took a SKU first.
    """
    attempt = partial(
        _attempt_upsert, session, run_id, rows, reader, is_dry_run=is_dry_run
    )
    for _ in range(MAX_ATTEMPTS - 1):
        # The other transaction has committed: the next attempt sees the SKU's owner.
        with suppress(SkuTaken):
            return attempt()
    return attempt()


def _attempt_upsert(
    session: Session,
    run_id: UUID,
    rows: Sequence[Row],
    reader: ProductRowReader,
    *,
    is_dry_run: bool,
) -> ImportOutcome:
    """Run one attempt; when it raises `SkuTaken`, nothing is written."""
    outcome = ImportOutcome()
    drafts = list(_parse_rows(rows, reader, outcome))
    with repository.open_savepoint(session, [draft.variant.sku for draft in drafts]):
        accepted = reject_conflicts(
            session, drafts, outcome, run_id=run_id, has_parents=reader.has_parents
        )
        references = {each.draft.external_ref for each in accepted}
        products = repository.find_products_by_ref(
            session, references, for_update=not is_dry_run
        )
        versions = {product.id: product.version for product in products.values()}
        changed = []
        for each in accepted:
            try:
                result = _upsert_row(
                    session, products, each, versions, is_dry_run=is_dry_run
                )
            except RowRejected as error:
                outcome.reject(each.draft.row, str(error))
                continue
            outcome.count_result(result)
            if result is not RowResult.UNCHANGED:
                changed.append(each.draft.external_ref)
        if not is_dry_run:
            _enqueue_indexing(
                session, [products[reference].id for reference in changed]
            )
    return outcome


def _enqueue_indexing(session: Session, changed: Sequence[UUID]) -> None:
    ids = [str(each) for each in dict.fromkeys(changed)]
    for start in range(0, len(ids), INDEX_BATCH_SIZE):
        batch = ",".join(ids[start : start + INDEX_BATCH_SIZE])
        enqueue(session, "search.index_products", ids=batch)


def _parse_rows(
    rows: Sequence[Row], reader: ProductRowReader, outcome: ImportOutcome
) -> Iterator[ProductImportDraft]:
    for row in rows:
        try:
            yield reader.parse_row(row)
        except RowRejected as error:
            outcome.reject(row, str(error))


def _upsert_row(
    session: Session,
    products: dict[str, Product],
    each: AcceptedDraft,
    versions: dict[UUID, int],
    *,
    is_dry_run: bool,
) -> RowResult:
    """Insert or update one row's product; a new one is added to `products`.

    `versions` are those before this batch. Raises `RowRejected`.
    """
    draft = each.draft
    product = products.get(draft.external_ref)
    if product is not None:
        version = versions.get(product.id)
        return _update_product(session, product, each, version, is_dry_run=is_dry_run)
    if not is_dry_run:
        product = build_product(draft, is_active=True)
        session.add(product)
        products[draft.external_ref] = product
    return RowResult.CREATED


def build_product(draft: ProductImportDraft, *, is_active: bool) -> Product:
    fields = {
        "is_active": is_active,
        "version": 1,
        "currency": draft.default_currency,
        **draft.fields,
    }
    variant = _new_variant(draft.variant, position=0)
    return Product(
        id=new_id(), external_ref=draft.external_ref, variants=[variant], **fields
    )


def _new_variant(draft: VariantImportDraft, *, position: int) -> Variant:
    return Variant(
        id=new_id(),
        position=position,
        sku=draft.sku,
        options=draft.options,
        price_minor=draft.price_minor,
        on_hand=draft.stock,
        held=0,
    )


def _update_product(
    session: Session,
    product: Product,
    each: AcceptedDraft,
    version: int | None,
    *,
    is_dry_run: bool,
) -> RowResult:
    """Update a product from one row; only its first row may change product fields."""
    draft = each.draft.variant
    exported_version = each.draft.version
    is_stale = None not in (exported_version, version) and exported_version != version
    variant = _find_variant(product, draft, may_rename=not each.has_siblings)
    changes = find_changes(product, each.draft.fields) if each.is_first else {}
    variant_changes = (
        {} if variant is None else find_changes(variant, _variant_fields(draft))
    )
    stock = (
        {}
        if variant is None
        else _stock_changes(variant, each.draft, is_stale=is_stale)
    )
    if variant is not None and not (changes or variant_changes or stock):
        return RowResult.UNCHANGED
    if is_stale:
        raise RowRejected(
            f"the product was changed in the meantime: it has version {version}, "
            f"the file {exported_version}"
        )
    if not is_dry_run:
        _apply(product, changes)
        if variant is None:
            _add_variant(session, product, draft)
        else:
            _change_variant(session, product, variant, {**variant_changes, **stock})
        is_difference = stock and draft.stock_seen is not None
        if changes or variant_changes or variant is None or is_difference:
            product.version += 1  # a mere stock count makes no new version
        product.updated_at = utc_now()
    return RowResult.CREATED if variant is None else RowResult.UPDATED


def _add_variant(session: Session, product: Product, draft: VariantImportDraft) -> None:
    variant = _new_variant(draft, position=len(product.variants))
    product.variants.append(variant)
    session.flush()  # a stock movement references the row of its variant
    _record_movement(session, product, variant, StockReason.OPENED, variant.on_hand)


def _change_variant(
    session: Session, product: Product, variant: Variant, changes: dict[str, Any]
) -> None:
    before = variant.on_hand
    _apply(variant, changes)
    if variant.on_hand != before:
        counted = variant.on_hand - before
        _record_movement(session, product, variant, StockReason.COUNTED, counted)


def _record_movement(
    session: Session,
    product: Product,
    variant: Variant,
    reason: StockReason,
    change: int,
) -> None:
    """Record a stock movement, but only for products created in this shop.

    Imported products lack the movement of their creation.
    """
    if product.external_ref is None:
        session.add(
            StockMovement(variant_id=variant.id, reason=reason, on_hand=change, held=0)
        )


def _find_variant(
    product: Product, draft: VariantImportDraft, *, may_rename: bool
) -> Variant | None:
    """Find the variant by SKU; of a flat product the only one, whatever its SKU is."""
    if may_rename and len(product.variants) == 1:
        return product.variants[0]
    return next((each for each in product.variants if each.sku == draft.sku), None)


def find_changes(row: Product | Variant, wanted: dict[str, Any]) -> dict[str, Any]:
    """Find the columns whose value differs, with the wanted value."""
    return {name: new for name, new in wanted.items() if getattr(row, name) != new}


def _variant_fields(draft: VariantImportDraft) -> dict[str, Any]:
    return {
        "sku": draft.sku,
        "options": draft.options,
        "price_minor": draft.price_minor,
    }


def _stock_changes(
    variant: Variant, product: ProductImportDraft, *, is_stale: bool
) -> dict[str, Any]:
    """Find the change of stock: a count sets it, but never below what orders hold.

    With `stock_seen` the difference is added, once: that makes a new version, and a row of an
    older version is compared with the current stock instead.
    """
    draft = product.variant
    if not draft.is_stock_counted or draft.stock == draft.stock_seen:
        return {}
    if draft.stock_seen is not None and not is_stale:
        if product.version is None:
            raise RowRejected("stockSeen: version is also needed")
        on_hand = variant.on_hand + draft.stock - draft.stock_seen
        if on_hand < variant.held:
            raise RowRejected(f"stock: sold in the meantime, only {variant.stock} left")
    elif draft.excludes_held_stock:
        on_hand = draft.stock + variant.held
    else:
        on_hand = max(draft.stock, variant.held)
    return find_changes(variant, {"on_hand": on_hand})


def _apply(row: Product | Variant, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
