"""Creates and updates many products at once, in a few statements for any number of them.

What does not differ stays untouched: no new version, no job for the search index.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.catalog import repository
from webapp.catalog.drafts import ProductUpsert, VariantUpsert
from webapp.catalog.errors import SkuTaken, StockGone, UpsertRejected
from webapp.catalog.indexing import enqueue_indexing
from webapp.catalog.labels.service import Spellings, unify_spellings
from webapp.catalog.models import Product, StockMovement, StockReason, Variant
from webapp.catalog.references import list_references
from webapp.catalog.repository import SkuOwner
from webapp.catalog.stock_correction import compute_on_hand
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id

MAX_ATTEMPTS = 5


class UpsertOutcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class UpsertResult:
    outcome: UpsertOutcome
    reason: str = ""
    """Why it was rejected."""


def upsert_products(
    session: Session, drafts: Sequence[ProductUpsert], *, is_dry_run: bool = False
) -> list[UpsertResult]:
    """Insert and update products, and enqueue their indexing; returns a result per draft.

    Of two drafts with one SKU the caller must have removed one. Raises `SkuTaken` when in
    every attempt another transaction took a SKU first.
    """
    attempt = partial(_attempt_upsert, session, drafts, is_dry_run=is_dry_run)
    for _ in range(MAX_ATTEMPTS - 1):
        # The other transaction has committed: the next attempt sees the SKU's owner.
        with suppress(SkuTaken):
            return attempt()
    return attempt()


def insert_products(session: Session, drafts: Iterable[ProductUpsert]) -> None:
    """Insert products that are not in the catalog yet, without indexing them."""
    drafts = list(drafts)
    spellings = unify_spellings(session, [draft.details for draft in drafts])
    products = [_build_product(draft, spellings) for draft in drafts]
    repository.insert_products(session, products)
    repository.insert_movements(
        session,
        [
            _build_movement(variant, StockReason.OPENED, variant.on_hand)
            for product in products
            for variant in product.variants
        ],
    )


def _attempt_upsert(
    session: Session, drafts: Sequence[ProductUpsert], *, is_dry_run: bool
) -> list[UpsertResult]:
    """Run one attempt; when it raises `SkuTaken`, nothing is written."""
    skus = [draft.variant.sku for draft in drafts]
    with repository.open_savepoint(session, skus):
        spellings = unify_spellings(
            session,
            [draft.details for draft in drafts if draft.sets_details],
            is_dry_run=is_dry_run,
        )
        owners = repository.find_sku_owners(session, skus)
        products = repository.find_products_by_reference(
            session, {draft.reference for draft in drafts}, for_update=not is_dry_run
        )
        upsert = _Upsert(products, owners, spellings, is_dry_run=is_dry_run)
        results = [upsert.apply(draft) for draft in drafts]
        repository.insert_products(session, upsert.new_products)
        session.flush()  # a stock movement references the row of its variant
        repository.insert_movements(session, upsert.movements)
        enqueue_indexing(session, list(upsert.changed))
    return results


class _Upsert:
    """Applies drafts to loaded products, in memory: what it changed is flushed at once."""

    def __init__(
        self,
        products: dict[str, Product],
        owners: dict[str, SkuOwner],
        spellings: Spellings,
        *,
        is_dry_run: bool,
    ) -> None:
        self._products = products
        self._owners = owners
        self._spellings = spellings
        self._is_dry_run = is_dry_run
        self._versions = {each.id: each.version for each in products.values()}
        self._now = utc_now()
        self.new_products: list[Product] = []
        self.movements: list[StockMovement] = []
        self.changed: dict[UUID, None] = {}
        """Ids of products to index, in the order of their first change."""

    def apply(self, draft: ProductUpsert) -> UpsertResult:
        try:
            return UpsertResult(self._apply(draft))
        except UpsertRejected as error:
            return UpsertResult(UpsertOutcome.REJECTED, str(error))

    def _apply(self, draft: ProductUpsert) -> UpsertOutcome:
        owner = self._owners.get(draft.variant.sku)
        if owner is not None:
            references = list_references(owner.product_id, owner.external_ref)
            if draft.reference not in references:
                raise UpsertRejected(f"the SKU belongs to {references[0]}")
        product = self._products.get(draft.reference)
        if product is not None:
            return self._update(product, draft)
        if not self._is_dry_run:
            product = _build_product(draft, self._spellings)
            self._products[draft.reference] = product
            self.new_products.append(product)
            self._record_opening(product.variants[0])
            self.changed[product.id] = None
        return UpsertOutcome.CREATED

    def _update(self, product: Product, draft: ProductUpsert) -> UpsertOutcome:
        version = self._versions.get(product.id)
        is_stale = None not in (draft.version, version) and draft.version != version
        variant = _find_variant(product, draft)
        if variant is None and "sku" in draft.kept:
            raise UpsertRejected("sku: the product has several variants")
        details = self._find_details(product, draft) if draft.sets_details else {}
        of_variant = {} if variant is None else _find_variant_changes(variant, draft)
        stock = (
            {}
            if variant is None
            else _find_stock_change(variant, draft, is_stale=is_stale)
        )
        if variant is not None and not (details or of_variant or stock):
            return UpsertOutcome.UNCHANGED
        if is_stale:
            raise UpsertRejected(
                f"the product was changed in the meantime: it has version {version}, "
                f"the file {draft.version}"
            )
        if not self._is_dry_run:
            _assign_values(product, details)
            if variant is None:
                self._add_variant(product, draft.variant)
            else:
                self._change_variant(variant, {**of_variant, **stock})
            is_difference = stock and draft.variant.stock_seen is not None
            if details or of_variant or variant is None or is_difference:
                product.version += 1  # a mere stock count makes no new version
            product.updated_at = self._now
            self.changed[product.id] = None
        return UpsertOutcome.CREATED if variant is None else UpsertOutcome.UPDATED

    def _find_details(self, product: Product, draft: ProductUpsert) -> dict[str, Any]:
        columns = self._spellings.respell(draft.details.list_columns())
        return _find_changes(product, _drop_kept(columns, draft))

    def _add_variant(self, product: Product, draft: VariantUpsert) -> None:
        variant = _build_variant(draft, position=len(product.variants))
        product.variants.append(variant)
        self._record_opening(variant)

    def _record_opening(self, variant: Variant) -> None:
        self.movements.append(
            _build_movement(variant, StockReason.OPENED, variant.on_hand)
        )

    def _change_variant(self, variant: Variant, changes: dict[str, Any]) -> None:
        before = variant.on_hand
        _assign_values(variant, changes)
        counted = variant.on_hand - before
        if counted:
            self.movements.append(
                _build_movement(variant, StockReason.COUNTED, counted)
            )


def _build_movement(
    variant: Variant, reason: StockReason, change: int
) -> StockMovement:
    return StockMovement(variant_id=variant.id, reason=reason, on_hand=change, held=0)


def _build_product(draft: ProductUpsert, spellings: Spellings) -> Product:
    columns = {
        "is_active": True,
        "version": 1,
        "currency": draft.default_currency,
        **spellings.respell(draft.details.list_columns()),
    }
    variant = _build_variant(draft.variant, position=0)
    return Product(
        id=new_id(), external_ref=draft.reference, variants=[variant], **columns
    )


def _build_variant(draft: VariantUpsert, *, position: int) -> Variant:
    return Variant(
        id=new_id(),
        position=position,
        sku=draft.sku,
        options=draft.options,
        price_minor=draft.price_minor,
        on_hand=draft.stock,
        held=0,
    )


def _find_variant(product: Product, draft: ProductUpsert) -> Variant | None:
    if not draft.has_siblings and len(product.variants) == 1:
        return product.variants[0]
    sku = draft.variant.sku
    return next((each for each in product.variants if each.sku == sku), None)


def _find_changes(row: Product | Variant, wanted: dict[str, Any]) -> dict[str, Any]:
    """Find the columns whose value differs, with the wanted value."""
    return {name: new for name, new in wanted.items() if getattr(row, name) != new}


def _find_variant_changes(variant: Variant, draft: ProductUpsert) -> dict[str, Any]:
    wanted = draft.variant
    columns = {
        "sku": wanted.sku,
        "options": wanted.options,
        "price_minor": wanted.price_minor,
    }
    return _find_changes(variant, _drop_kept(columns, draft))


def _drop_kept(columns: dict[str, Any], draft: ProductUpsert) -> dict[str, Any]:
    return {name: new for name, new in columns.items() if name not in draft.kept}


def _find_stock_change(
    variant: Variant, draft: ProductUpsert, *, is_stale: bool
) -> dict[str, Any]:
    """Find the change of stock that a count makes.

    With `stock_seen` the difference is applied once: that makes a new version, and a draft of
    an older version is compared with the current stock instead.
    """
    wanted = draft.variant
    if not wanted.is_stock_counted or wanted.stock == wanted.stock_seen:
        return {}
    stock_seen = None if is_stale else wanted.stock_seen
    if stock_seen is not None and draft.version is None:
        raise UpsertRejected("stockSeen: version is also needed")
    try:
        on_hand = compute_on_hand(
            variant,
            stock=wanted.stock,
            stock_seen=stock_seen,
            excludes_held_stock=wanted.excludes_held_stock,
        )
    except StockGone as error:
        raise UpsertRejected(
            f"stock: sold in the meantime, only {variant.stock} left"
        ) from error
    return _find_changes(variant, {"on_hand": on_hand})


def _assign_values(row: Product | Variant, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
