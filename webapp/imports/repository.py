"""What the imports ask of the database, apart from the merge of order lines."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    any_,
    cast,
    delete,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session, selectinload

from webapp.catalog.models import Product, Variant
from webapp.imports.models import ImportRun, SeenKey, StagedLine


def open_run(
    session: Session, kind: str, fingerprint: str, *, is_dry: bool
) -> ImportRun | None:
    return session.scalars(
        select(ImportRun).where(
            ImportRun.kind == kind,
            ImportRun.fingerprint == fingerprint,
            ImportRun.is_dry.is_(is_dry),
            ImportRun.finished_at.is_(None),
        )
    ).one_or_none()


def locked_run(session: Session, run_id: UUID) -> ImportRun | None:
    return session.get(ImportRun, run_id, with_for_update=True)


def forget_scratch(session: Session, run_id: UUID) -> None:
    session.execute(delete(SeenKey).where(SeenKey.run_id == run_id))
    session.execute(delete(StagedLine).where(StagedLine.run_id == run_id))


def note_seen(
    session: Session, run_id: UUID, lines: Mapping[str, int]
) -> dict[str, int]:
    """Remember keys and the lines they are on; returns those that had come before."""
    # Two arrays and not 1,000 rows of parameters: ten times quicker to send.
    met = (
        func.unnest(_texts(lines), cast(list(lines.values()), ARRAY(BigInteger)))
        .table_valued("key", "line")
        .render_derived()
    )
    fresh = session.scalars(
        insert(SeenKey)
        .from_select(
            ["run_id", "key", "line"],
            select(literal(run_id), met.c.key, met.c.line),
        )
        .on_conflict_do_nothing()
        .returning(SeenKey.key)
    ).all()
    before = lines.keys() - set(fresh)
    if not before:
        return {}
    found = session.execute(
        select(SeenKey.key, SeenKey.line).where(
            SeenKey.run_id == run_id, SeenKey.key == any_(_texts(before))
        )
    )
    return {key: line for key, line in found}  # noqa: C416 rows are no tuples to mypy


def products_by_ref(
    session: Session, references: Iterable[str], *, lock: bool
) -> dict[str, Product]:
    """Products with their variants, these locked in the order that checkout locks them."""
    wanted = Product.external_ref == any_(_texts(references))
    if lock:
        session.execute(
            select(Variant.id)
            .join(Product)
            .where(wanted)
            .order_by(Variant.id)
            .with_for_update(of=Variant)
        )
    products = session.scalars(
        select(Product).where(wanted).options(selectinload(Product.variants))
    )
    return {product.external_ref or "": product for product in products}


def owners_of_skus(session: Session, skus: Sequence[str]) -> dict[str, str | None]:
    """The reference of the product that each SKU belongs to; unknown SKUs are left out."""
    found = session.execute(
        select(Variant.sku, Product.external_ref)
        .join(Variant.product)
        .where(Variant.sku == any_(_texts(skus)))
    )
    return {sku: reference for sku, reference in found}  # noqa: C416


def _texts(values: Iterable[str]) -> ColumnElement[Any]:
    """One array parameter, however many there are."""
    return cast(list(values), ARRAY(Text))
