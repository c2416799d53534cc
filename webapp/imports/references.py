"""How files name products. Pure."""

from collections.abc import Iterable
from uuid import UUID

OWN = "shop"
"""The source of what comes from this very shop: its ids are our own."""


def of_own(product_id: object) -> str:
    """`shop:ID` names a product by its id, whatever `external_ref` it has."""
    return f"{OWN}:{product_id}"


Names = tuple[str, ...]


def names_of(product_id: UUID, external_ref: str | None) -> Names:
    """What a file may call a product; the name that people know it by comes first."""
    own = of_own(product_id)
    return (own,) if external_ref is None else (external_ref, own)


def own_ids(references: Iterable[str]) -> list[UUID]:
    """The ids in those references that can name a product of this shop by its id."""
    found = []
    for reference in references:
        source, _, given = reference.partition(":")
        if source == OWN:
            try:
                found.append(UUID(given))
            except ValueError:
                continue  # an id of its own making: an external reference like others
    return found
