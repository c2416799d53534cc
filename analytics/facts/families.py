"""The families of facts that are read for each query, and by what."""

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy.orm import Session

from analytics.facts.family_facts import FactRequest, FamilyFacts
from analytics.facts.searches import load_search_facts
from analytics.facts.stock import load_stock_facts
from analytics.facts.stock_facts import StockFacts

OtherFacts = FamilyFacts | StockFacts
LOADERS: Mapping[str, Callable[[Session, FactRequest], OtherFacts]] = {
    "searches": load_search_facts,
    "stock": load_stock_facts,
}


def load_families(
    session: Session, names: Iterable[str], request: FactRequest
) -> Mapping[str, OtherFacts]:
    """By the name of the family; without that of orders, whose facts are order lines."""
    return {name: LOADERS[name](session, request) for name in names if name in LOADERS}
