"""The families of facts that are read for each query, and by what."""

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy.orm import Session

from analytics.facts.family_facts import FactRequest, FamilyFacts
from analytics.facts.searches import load_search_facts

LOADERS: Mapping[str, Callable[[Session, FactRequest], FamilyFacts]] = {
    "searches": load_search_facts,
}


def load_families(
    session: Session, names: Iterable[str], request: FactRequest
) -> Mapping[str, FamilyFacts]:
    """By the name of the family; without that of orders, whose facts are order lines."""
    return {name: LOADERS[name](session, request) for name in names if name in LOADERS}
