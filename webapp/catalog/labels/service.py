"""One spelling of each category, brand and tag: "mugs" and " Mugs" are one category.

The first spelling that is written stays, whatever later products and files have, until an admin
renames it. Products have that spelling, so that elsewhere equal texts are equal labels.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.catalog.errors import LabelNotFound
from webapp.catalog.indexing import enqueue_indexing
from webapp.catalog.labels import repository
from webapp.catalog.labels.models import LabelKind
from webapp.catalog.labels.repository import LabelId
from webapp.kit.text import label_key


class LabeledProduct(Protocol):
    @property
    def category(self) -> str: ...
    @property
    def brand(self) -> str | None: ...
    @property
    def tags(self) -> list[str]: ...


class Spellings:
    """The spellings of the labels of some drafts."""

    def __init__(self, spellings: Mapping[LabelId, str]) -> None:
        self._spellings = spellings

    def respell(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Return columns of a product with the spellings that the shop has; each tag once."""
        brand = columns["brand"]
        tags = [self._find(LabelKind.TAG, tag) for tag in columns["tags"]]
        return {
            **columns,
            "category": self._find(LabelKind.CATEGORY, columns["category"]),
            "brand": None if brand is None else self._find(LabelKind.BRAND, brand),
            "tags": list(dict.fromkeys(tags)),
        }

    def _find(self, kind: LabelKind, spelling: str) -> str:
        return self._spellings[kind, label_key(spelling)]


def unify_spellings(
    session: Session, drafts: Iterable[LabeledProduct], *, is_dry_run: bool = False
) -> Spellings:
    """Find or set the spellings of the labels of drafts.

    Called before products are locked: that order avoids deadlocks.
    """
    wanted = _collect_labels(drafts)
    found = repository.find_spellings(session, wanted, lock=not is_dry_run)
    missing = {label: wanted[label] for label in wanted.keys() - found.keys()}
    if missing and not is_dry_run:
        repository.insert_spellings(session, missing)
        found |= repository.find_spellings(session, missing)
    return Spellings({**wanted, **found})


def respell_unshared(
    session: Session, details: LabeledProduct, *, product_id: UUID
) -> None:
    """Take the spellings of `details` for labels that no other product has."""
    wanted = _collect_labels([details])
    current = repository.find_spellings(session, wanted, lock=False)
    for label in sorted(current):
        if current[label] != wanted[label]:
            _respell_if_unshared(session, label, wanted[label], product_id)


def _respell_if_unshared(
    session: Session, label: LabelId, spelling: str, product_id: UUID
) -> None:
    current = repository.lock_spelling(session, label)
    kind = label[0]
    if current is not None and not repository.is_shared(
        session, kind, current, product_id=product_id
    ):
        repository.set_spelling(session, label, spelling)


def rename_label(session: Session, *, kind: LabelKind, name: str, new_name: str) -> int:
    """Rename a label on all products, withdrawn ones too; return how many were changed.

    A label that is renamed to an existing one becomes that one, in the spelling of `new_name`.
    Raises `LabelNotFound`.
    """
    old, new = (kind, label_key(name)), (kind, label_key(new_name))
    spellings = {
        label: repository.lock_spelling(session, label) for label in sorted({old, new})
    }
    if spellings[old] is None:
        raise LabelNotFound(kind, name)
    changed: set[UUID] = set()
    for spelling in spellings.values():
        if spelling not in (None, new_name):
            changed.update(
                repository.replace_label(session, kind, old=spelling, new=new_name)
            )
    repository.delete_label(session, old)
    repository.set_spelling(session, new, new_name)
    enqueue_indexing(session, sorted(changed))
    return len(changed)


def _collect_labels(drafts: Iterable[LabeledProduct]) -> dict[LabelId, str]:
    """Collect the labels of drafts with the first spelling of each."""
    labels: dict[LabelId, str] = {}
    for draft in drafts:
        for kind, spelling in _iter_labels(draft):
            labels.setdefault((kind, label_key(spelling)), spelling)
    return labels


def _iter_labels(draft: LabeledProduct) -> Iterator[tuple[LabelKind, str]]:
    yield LabelKind.CATEGORY, draft.category
    if draft.brand is not None:
        yield LabelKind.BRAND, draft.brand
    for tag in draft.tags:
        yield LabelKind.TAG, tag
