from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    ScalarSelect,
    Uuid,
    and_,
    any_,
    case,
    cast,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.catalog.labels.models import LabelKind, ProductLabel
from webapp.catalog.models import Product

LabelId = tuple[LabelKind, str]
"""Kind and key."""

LABEL_ID = tuple_(ProductLabel.kind, ProductLabel.key)


def build_spelling_query(label: LabelId) -> ScalarSelect[str]:
    return select(ProductLabel.spelling).where(_is_label(label)).scalar_subquery()


def find_spellings(
    session: Session, labels: Collection[LabelId], *, lock: bool = True
) -> dict[LabelId, str]:
    """Find the spellings of labels, which by `lock` cannot be renamed until the commit."""
    statement = (
        select(ProductLabel)
        .where(LABEL_ID.in_(sorted(labels)))
        .order_by(ProductLabel.kind, ProductLabel.key)
        .execution_options(populate_existing=True)
    )
    if lock:
        statement = statement.with_for_update(read=True)
    return {
        (LabelKind(row.kind), row.key): row.spelling
        for row in session.scalars(statement)
    }


def lock_spelling(session: Session, label: LabelId) -> str | None:
    """Lock a label against all other use, and return its spelling; `None` if there is none."""
    kind, key = label
    row = session.get(ProductLabel, (kind.value, key), with_for_update=True)
    return row.spelling if row is not None else None


def insert_spellings(session: Session, spellings: Mapping[LabelId, str]) -> None:
    """Insert labels, but for those that another transaction has inserted in the meantime."""
    rows = [
        {"kind": kind.value, "key": key, "spelling": spelling}
        for (kind, key), spelling in sorted(spellings.items())
    ]
    session.execute(insert(ProductLabel).on_conflict_do_nothing(), rows)


def set_spelling(session: Session, label: LabelId, spelling: str) -> None:
    kind, key = label
    session.execute(
        insert(ProductLabel)
        .values(kind=kind.value, key=key, spelling=spelling)
        .on_conflict_do_update(
            index_elements=[ProductLabel.kind, ProductLabel.key],
            set_={"spelling": spelling},
        )
    )


def delete_label(session: Session, label: LabelId) -> None:
    session.execute(delete(ProductLabel).where(_is_label(label)))


def is_shared(
    session: Session, kind: LabelKind, spelling: str, *, product_id: UUID
) -> bool:
    """Whether another product than this one has the label."""
    others = exists().where(_has_label(kind, spelling), Product.id != product_id)
    return bool(session.scalar(select(others)))


def replace_label(
    session: Session, kind: LabelKind, *, old: str, new: str
) -> Sequence[UUID]:
    """Give all products with the label `old` the label `new`; return their ids."""
    ids = session.scalars(
        select(Product.id)
        .where(_has_label(kind, old))
        .order_by(Product.id)
        .with_for_update(key_share=True)
    ).all()
    session.execute(
        update(Product)
        .where(Product.id == any_(cast(ids, ARRAY(Uuid))))
        .values(
            {
                **_set_label(kind, old=old, new=new),
                "version": Product.version + 1,
                "updated_at": func.now(),
            }
        )
        .execution_options(synchronize_session=False)
    )
    return ids


def _is_label(label: LabelId) -> ColumnElement[bool]:
    kind, key = label
    return and_(ProductLabel.kind == kind.value, ProductLabel.key == key)


def _has_label(kind: LabelKind, spelling: str) -> ColumnElement[bool]:
    if kind is LabelKind.TAG:
        return Product.tags.contains([spelling])
    column = Product.category if kind is LabelKind.CATEGORY else Product.brand
    return column == spelling


def _set_label(kind: LabelKind, *, old: str, new: str) -> dict[str, Any]:
    if kind is LabelKind.TAG:
        has_both = Product.tags.contains([new])
        return {
            "tags": case(
                (has_both, func.array_remove(Product.tags, old)),
                else_=func.array_replace(Product.tags, old, new),
            )
        }
    return {kind.value: new}
