"""The catalogue: what is on sale, in which variants, at which price."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.catalog import repository
from webapp.catalog.errors import (
    ProductNotFound,
    SkuTaken,
    StaleProduct,
    VariantNeeded,
    VariantNotFound,
)
from webapp.catalog.models import Product, StockChange, StockReason, Variant
from webapp.db.outbox import promise
from webapp.kit import paging
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id
from webapp.kit.paging import Page


@dataclass(frozen=True)
class VariantDraft:
    price_minor: int
    stock: int
    """Units that can be bought, those held for unpaid orders not counted."""
    sku: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    variant_id: UUID | None = None
    """Names an existing variant in a change; a new one has none."""


@dataclass(frozen=True)
class ProductDraft:
    name: str
    category: str
    currency: str
    variants: Sequence[VariantDraft]
    description: str = ""
    brand: str | None = None
    image_url: str | None = None
    tags: Sequence[str] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    is_active: bool = True


def list_products(
    session: Session,
    *,
    category: str | None = None,
    limit: int = paging.DEFAULT_LIMIT,
    last_key: str | None = None,
    active_only: bool = True,
) -> Page[Product]:
    rows = repository.page_of_products(
        session,
        category=category,
        active_only=active_only,
        after=paging.moment_and_id(last_key) if last_key else None,
        limit=limit + 1,
    )
    return paging.cut(
        rows, limit=limit, key=lambda p: [p.created_at.isoformat(), str(p.id)]
    )


def categories(session: Session) -> Sequence[tuple[str, int]]:
    return repository.categories(session)


def require_product(
    session: Session, *, product_id: UUID, active_only: bool = True
) -> Product:
    """The product with its variants. Raises `ProductNotFound`, for a withdrawn one too."""
    product = repository.find_product(session, product_id)
    if product is None or (active_only and not product.is_active):
        raise ProductNotFound(product_id)
    return product


def products_by_id(session: Session, *, ids: Sequence[UUID]) -> dict[UUID, Product]:
    return {product.id: product for product in repository.products_by_id(session, ids)}


def choose_variant(product: Product, *, variant_id: UUID | None) -> Variant:
    """The named variant; without a name, the only one there is."""
    if variant_id is None:
        if len(product.variants) != 1:
            raise VariantNeeded(
                product.id, variant_ids=[variant.id for variant in product.variants]
            )
        return product.variants[0]
    for variant in product.variants:
        if variant.id == variant_id:
            return variant
    raise VariantNotFound(product.id, variant_id)


def create_product(session: Session, *, draft: ProductDraft) -> Product:
    """Raises `SkuTaken`."""
    product = Product(id=new_id(), variants=[])
    session.add(product)
    _apply(session, product, draft)
    promise(session, "search.index_products", ids=product.id)
    return product


def change_product(
    session: Session, *, product_id: UUID, draft: ProductDraft, version: int | None
) -> Product:
    """Overwrite a product. A `version` that is not the current one raises `StaleProduct`."""
    # What is sold between reading the stock and writing it would come back to the shelf.
    repository.lock_variants(session, product_id)
    product = repository.find_product(session, product_id, locked=True)
    if product is None:
        raise ProductNotFound(product_id)
    if version is not None and version != product.version:
        raise StaleProduct(product_id, sent=version, current=product.version)
    _apply(session, product, draft)
    _touch(session, product)
    return product


def withdraw_product(session: Session, *, product_id: UUID) -> None:
    """Take it off sale; orders and history keep it."""
    product = repository.find_product(session, product_id, locked=True)
    if product is None or not product.is_active:
        raise ProductNotFound(product_id)
    product.is_active = False
    _touch(session, product)


def _touch(session: Session, product: Product) -> None:
    product.version += 1
    product.updated_at = utc_now()
    promise(session, "search.index_products", ids=product.id)


def _apply(session: Session, product: Product, draft: ProductDraft) -> None:
    product.name = draft.name
    product.description = draft.description
    product.brand = draft.brand
    product.category = draft.category
    product.currency = draft.currency
    product.image_url = draft.image_url
    product.tags = list(draft.tags)
    product.attributes = draft.attributes
    product.is_active = draft.is_active
    _apply_variants(session, product, draft.variants)


def _apply_variants(
    session: Session, product: Product, drafts: Sequence[VariantDraft]
) -> None:
    existing = {variant.id: variant for variant in product.variants}
    before = {variant.id: variant.on_hand for variant in product.variants}
    # A flat client changes price and stock without naming the only variant there is.
    unnamed_single = len(drafts) == 1 and drafts[0].variant_id is None
    if unnamed_single and len(existing) == 1:
        [only] = existing
        drafts = [_named(drafts[0], only)]
    variants = [
        _variant(product, existing, draft, position)
        for position, draft in enumerate(drafts)
    ]
    _check_skus(session, product.id, variants)
    product.variants = variants
    _note_counts(session, variants, before)


def _note_counts(
    session: Session, variants: list[Variant], before: dict[UUID, int]
) -> None:
    # A line of the journal refers to the row of its variant.
    session.flush()
    for variant in variants:
        is_new = variant.id not in before
        change = variant.on_hand - before.get(variant.id, 0)
        if is_new or change:
            reason = StockReason.OPENED if is_new else StockReason.COUNTED
            session.add(
                StockChange(
                    variant_id=variant.id, reason=reason, on_hand=change, held=0
                )
            )


def _named(draft: VariantDraft, variant_id: UUID) -> VariantDraft:
    return VariantDraft(
        draft.price_minor, draft.stock, draft.sku, draft.options, variant_id
    )


def _variant(
    product: Product, existing: dict[UUID, Variant], draft: VariantDraft, position: int
) -> Variant:
    if draft.variant_id is None:
        variant = Variant(id=new_id(), held=0)
        variant.sku = draft.sku or f"E67-{str(variant.id)[-12:].upper()}"
    else:
        found = existing.get(draft.variant_id)
        if found is None:
            raise VariantNotFound(product.id, draft.variant_id)
        variant = found
        variant.sku = draft.sku or variant.sku
    variant.position = position
    variant.options = draft.options
    variant.price_minor = draft.price_minor
    variant.on_hand = draft.stock + variant.held
    return variant


def _check_skus(session: Session, product_id: UUID, variants: list[Variant]) -> None:
    skus = [variant.sku for variant in variants]
    twice = sorted({sku for sku in skus if skus.count(sku) > 1})
    with session.no_autoflush:
        owners = repository.sku_owner(session, skus)
    foreign = sorted(sku for sku, owner in owners.items() if owner != product_id)
    if twice or foreign:
        raise SkuTaken("A SKU names one variant only", skus=twice + foreign)


def hold(session: Session, *, variant_id: UUID, quantity: int, order_id: UUID) -> bool:
    """Keep units for an unpaid order; false when there are not that many left.

    Go through variants in id order, so that two orders cannot wait for each other.
    """
    move = repository.move_stock(
        session, variant_id, held=quantity, order_id=order_id, reason=StockReason.HELD
    )
    if move is None:
        return False
    if move.stock == 0:
        promise(session, "search.index_products", ids=move.product_id)
    return True


def release(
    session: Session, *, variant_id: UUID, quantity: int, order_id: UUID
) -> None:
    """Held units can be bought again."""
    move = repository.move_stock(
        session,
        variant_id,
        held=-quantity,
        order_id=order_id,
        reason=StockReason.RELEASED,
    )
    _freed(session, move, quantity)


def sell_held(
    session: Session,
    *,
    variant_id: UUID,
    quantity: int,
    order_id: UUID,
    low_stock: int,
) -> None:
    """Held units leave the stock; the sale that makes it low is told of, no later one."""
    move = repository.move_stock(
        session,
        variant_id,
        on_hand=-quantity,
        held=-quantity,
        order_id=order_id,
        reason=StockReason.SOLD,
    )
    if move is not None and move.on_hand <= low_stock < move.on_hand + quantity:
        promise(
            session,
            "notifications.tell",
            event="stock.low",
            product_id=move.product_id,
            variant_id=variant_id,
        )


def take_back(
    session: Session, *, variant_id: UUID, quantity: int, order_id: UUID
) -> None:
    """Sold units that never left can be bought again."""
    move = repository.move_stock(
        session,
        variant_id,
        on_hand=quantity,
        order_id=order_id,
        reason=StockReason.RETURNED,
    )
    _freed(session, move, quantity)


def _freed(session: Session, move: repository.StockMove | None, quantity: int) -> None:
    # A variant that was deleted since has no stock to move.
    if move is not None and move.stock == quantity:
        promise(session, "search.index_products", ids=move.product_id)
