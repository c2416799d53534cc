"""Database access of the imports, apart from the merge of order lines."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    Uuid,
    any_,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session, selectinload

from webapp.catalog.errors import SkuTaken
from webapp.catalog.models import Product, Variant
from webapp.catalog.repository import translate_sku_conflict
from webapp.imports.models import ImportRun, SeenKey, StagedLine
from webapp.imports.references import ProductReferences, list_references, parse_own_ids


def find_unfinished_run(
    session: Session, kind: str, fingerprint: str, *, is_dry_run: bool
) -> ImportRun | None:
    return session.scalars(
        select(ImportRun).where(
            ImportRun.kind == kind,
            ImportRun.fingerprint == fingerprint,
            ImportRun.is_dry_run.is_(is_dry_run),
            ImportRun.finished_at.is_(None),
        )
    ).one_or_none()


def find_run_for_update(session: Session, run_id: UUID) -> ImportRun | None:
    return session.get(ImportRun, run_id, with_for_update=True)


def delete_scratch_rows(session: Session, run_id: UUID) -> None:
    session.execute(delete(SeenKey).where(SeenKey.run_id == run_id))
    session.execute(delete(StagedLine).where(StagedLine.run_id == run_id))


def insert_seen_keys(
    session: Session, run_id: UUID, lines: Mapping[str, int]
) -> dict[str, int]:
    """Insert keys with the lines they are on; returns those seen before, with their lines."""
    # Two array parameters instead of 1,000 rows of parameters: ten times faster to send.
    incoming = (
        func.unnest(_texts(lines), cast(list(lines.values()), ARRAY(BigInteger)))
        .table_valued("key", "line")
        .render_derived()
    )
    inserted = session.scalars(
        insert(SeenKey)
        .from_select(
            ["run_id", "key", "line"],
            select(literal(run_id), incoming.c.key, incoming.c.line),
        )
        .on_conflict_do_nothing()
        .returning(SeenKey.key)
    ).all()
    repeated = lines.keys() - set(inserted)
    if not repeated:
        return {}
    rows = session.execute(
        select(SeenKey.key, SeenKey.line).where(
            SeenKey.run_id == run_id, SeenKey.key == any_(_texts(repeated))
        )
    )
    return {key: line for key, line in rows}  # noqa: C416 rows are no tuples to mypy


def find_products_by_ref(
    session: Session, references: Collection[str], *, for_update: bool
) -> dict[str, Product]:
    """Find products with their variants, which are locked in the order checkout locks them."""
    wanted = or_(
        Product.external_ref == any_(_texts(references)),
        Product.id == any_(_ids(parse_own_ids(references))),
    )
    if for_update:
        session.execute(
            select(Variant.id)
            .join(Product)
            .where(wanted)
            .order_by(Variant.id)
            .with_for_update(of=Variant, key_share=True)
        )
    statement = select(Product).where(wanted).options(selectinload(Product.variants))
    if for_update:
        statement = statement.order_by(Product.id).with_for_update(
            of=Product, key_share=True
        )
    return {
        name: product
        for product in session.scalars(statement)
        for name in list_references(product.id, product.external_ref)
    }


def find_sku_owners(
    session: Session, skus: Iterable[str]
) -> dict[str, ProductReferences]:
    """Find the references of each SKU's product; unknown SKUs are left out."""
    rows = session.execute(
        select(Variant.sku, Product.id, Product.external_ref)
        .join(Variant.product)
        .where(Variant.sku == any_(_texts(skus)))
    )
    return {sku: list_references(own_id, reference) for sku, own_id, reference in rows}


@contextmanager
def open_savepoint(session: Session, skus: Sequence[str]) -> Iterator[None]:
    """Roll the block back and raise `SkuTaken` if another transaction took a SKU first."""
    try:
        with translate_sku_conflict(skus), session.begin_nested():
            yield
    except SkuTaken:
        session.expire_all()  # its locks are released: others may change what was read
        raise


def list_products_after(
    session: Session, last_id: UUID | None, *, limit: int
) -> Sequence[Product]:
    """List all products with their variants in id order, withdrawn ones too."""
    statement = select(Product).options(selectinload(Product.variants))
    if last_id is not None:
        statement = statement.where(Product.id > last_id)
    return session.scalars(statement.order_by(Product.id).limit(limit)).all()


def _texts(values: Iterable[str]) -> ColumnElement[Any]:
    """Bind all values as one array parameter."""
    return cast(list(values), ARRAY(Text))


def _ids(values: Iterable[UUID]) -> ColumnElement[Any]:
    return cast(list(values), ARRAY(Uuid))
