"""Product drafts into the catalogue: what differs is changed, the rest left alone."""

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

INDEXED_AT_ONCE = 500
TRIES = 5


class ProductRowReader(Protocol):
    @property
    def has_parents(self) -> bool:
        """Whether rows may be variants of one product."""
        ...

    def parse_row(self, row: Row) -> ProductImportDraft:
        """Raises `Unusable`."""
        ...


def upsert_products(
    session: Session,
    *,
    run_id: UUID,
    rows: Sequence[Row],
    reader: ProductRowReader,
    is_dry_run: bool,
) -> ImportOutcome:
    """Put a batch of rows into the catalogue, and promise that search learns of it.

    Raises `SkuTaken` when at every try somebody else is quicker with a SKU.
    """
    take = partial(_take, session, run_id, rows, reader, is_dry_run=is_dry_run)
    for _ in range(TRIES - 1):
        # Whoever was quicker has committed: the next try sees whose the SKU is.
        with suppress(SkuTaken):
            return take()
    return take()


def _take(
    session: Session,
    run_id: UUID,
    rows: Sequence[Row],
    reader: ProductRowReader,
    *,
    is_dry_run: bool,
) -> ImportOutcome:
    """Raises `SkuTaken`; then nothing is written."""
    outcome = ImportOutcome()
    drafts = list(_readable(rows, reader, outcome))
    with repository.open_savepoint(session, [draft.variant.sku for draft in drafts]):
        fitting = reject_conflicts(
            session, drafts, outcome, run_id=run_id, has_parents=reader.has_parents
        )
        references = {each.draft.external_ref for each in fitting}
        products = repository.find_products_by_ref(
            session, references, for_update=not is_dry_run
        )
        versions = {product.id: product.version for product in products.values()}
        changed = []
        for each in fitting:
            try:
                fate = _put(session, products, each, versions, is_dry_run=is_dry_run)
            except RowRejected as problem:
                outcome.reject(each.draft.row, str(problem))
                continue
            outcome.count_result(fate)
            if fate is not RowResult.UNCHANGED:
                changed.append(each.draft.external_ref)
        if not is_dry_run:
            _promise_index(session, [products[reference].id for reference in changed])
    return outcome


def _promise_index(session: Session, changed: Sequence[UUID]) -> None:
    ids = [str(each) for each in dict.fromkeys(changed)]
    for start in range(0, len(ids), INDEXED_AT_ONCE):
        batch = ",".join(ids[start : start + INDEXED_AT_ONCE])
        enqueue(session, "search.index_products", ids=batch)


def _readable(
    rows: Sequence[Row], reader: ProductRowReader, outcome: ImportOutcome
) -> Iterator[ProductImportDraft]:
    for row in rows:
        try:
            yield reader.parse_row(row)
        except RowRejected as problem:
            outcome.reject(row, str(problem))


def _put(
    session: Session,
    products: dict[str, Product],
    each: AcceptedDraft,
    versions: dict[UUID, int],
    *,
    is_dry_run: bool,
) -> RowResult:
    """Add or update one row's product, which `products` then knows.

    `versions` are those from before this file. Raises `Unusable`.
    """
    draft = each.draft
    product = products.get(draft.external_ref)
    if product is not None:
        version = versions.get(product.id)
        return _bring_up_to_date(session, product, each, version, is_dry_run=is_dry_run)
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


def _bring_up_to_date(
    session: Session,
    product: Product,
    each: AcceptedDraft,
    version: int | None,
    *,
    is_dry_run: bool,
) -> RowResult:
    """Only a product's first row speaks for the product, the others for their variant."""
    draft = each.draft.variant
    made_from = each.draft.version
    is_stale = None not in (made_from, version) and made_from != version
    variant = _matching(product, draft, may_rename=not each.has_siblings)
    changes = differences(product, each.draft.fields) if each.is_first else {}
    terms = {} if variant is None else differences(variant, _terms(draft))
    stock = {} if variant is None else _stock(variant, each.draft, is_stale=is_stale)
    if variant is not None and not (changes or terms or stock):
        return RowResult.UNCHANGED
    if is_stale:
        raise RowRejected(
            f"the product was changed meanwhile: it has version {version}, "
            f"the file {made_from}"
        )
    if not is_dry_run:
        _apply(product, changes)
        if variant is None:
            _add(session, product, draft)
        else:
            _change(session, product, variant, {**terms, **stock})
        moved = stock and draft.stock_seen is not None
        if changes or terms or variant is None or moved:  # not for a mere count
            product.version += 1
        product.updated_at = utc_now()
    return RowResult.CREATED if variant is None else RowResult.UPDATED


def _add(session: Session, product: Product, draft: VariantImportDraft) -> None:
    variant = _new_variant(draft, position=len(product.variants))
    product.variants.append(variant)
    session.flush()  # a line of the journal refers to the row of its variant
    _note(session, product, variant, StockReason.OPENED, variant.on_hand)


def _change(
    session: Session, product: Product, variant: Variant, changes: dict[str, Any]
) -> None:
    before = variant.on_hand
    _apply(variant, changes)
    if variant.on_hand != before:
        counted = variant.on_hand - before
        _note(session, product, variant, StockReason.COUNTED, counted)


def _note(
    session: Session, product: Product, variant: Variant, reason: StockReason, more: int
) -> None:
    """In the journal, which products made here have from their beginning, others not."""
    if product.external_ref is None:
        session.add(
            StockMovement(variant_id=variant.id, reason=reason, on_hand=more, held=0)
        )


def _matching(
    product: Product, draft: VariantImportDraft, *, may_rename: bool
) -> Variant | None:
    """The variant with this SKU; of a flat product its only one, whatever its SKU is."""
    if may_rename and len(product.variants) == 1:
        return product.variants[0]
    return next((each for each in product.variants if each.sku == draft.sku), None)


def differences(row: Product | Variant, wanted: dict[str, Any]) -> dict[str, Any]:
    """The columns whose value is another, with the value wanted."""
    return {name: new for name, new in wanted.items() if getattr(row, name) != new}


def _terms(draft: VariantImportDraft) -> dict[str, Any]:
    return {
        "sku": draft.sku,
        "options": draft.options,
        "price_minor": draft.price_minor,
    }


def _stock(
    variant: Variant, product: ProductImportDraft, *, is_stale: bool
) -> dict[str, Any]:
    """A file that counts stock sets it, but never below what orders hold.

    One that also says what it has seen moves it by the difference, once: that makes a new
    version, and a file of an older one is held against the stock as it stands.
    """
    draft = product.variant
    if not draft.is_stock_counted or draft.stock == draft.stock_seen:
        return {}
    if draft.stock_seen is not None and not is_stale:
        if product.version is None:
            raise RowRejected("stockSeen: version is needed beside it")
        on_hand = variant.on_hand + draft.stock - draft.stock_seen
        if on_hand < variant.held:
            raise RowRejected(f"stock: sold meanwhile, only {variant.stock} left")
    elif draft.excludes_held_stock:
        on_hand = draft.stock + variant.held
    else:
        on_hand = max(draft.stock, variant.held)
    return differences(variant, {"on_hand": on_hand})


def _apply(row: Product | Variant, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
