"""Measures how good the answers of this shop's search are, by judgments of people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from webapp.adapters.search.port import SearchEngine, SearchFilters, SearchRequest
from webapp.db.session import Database
from webapp.search import repository, service
from webapp.search.evaluation.judgments import Judgments
from webapp.search.evaluation.scores import RankingScore, score_ranking
from webapp.search.meaning import MeaningSearch

DEPTH = 400
"""Products read of each answer: judged ones may rank far below unjudged ones."""

Ranking = Callable[[str], "RankedAnswer"]


class RankingKind(StrEnum):
    WORDS = "words"
    MEANING = "meaning"
    BOTH = "words and meaning"


@dataclass(frozen=True)
class RankedAnswer:
    products: Sequence[str]
    """As the judgments call them, the best first; an id where they do not know it."""
    total: int


@dataclass(frozen=True)
class JudgedResult:
    score: RankingScore
    total: int


@dataclass(frozen=True)
class Evaluation:
    results: Mapping[RankingKind, Mapping[str, JudgedResult]]
    """By query."""
    unknown: int
    """Judged products that this shop does not have."""


@dataclass(frozen=True)
class JudgedProducts:
    names: Mapping[UUID, str]
    """What the judgments call each product."""

    @classmethod
    def load(cls, db: Database, judgments: Judgments) -> "JudgedProducts":
        """A product is called by its id, one of its SKUs, or the id that it had where it was
        imported from, with or without the name of that place."""
        judged = {name for rated in judgments.ratings.values() for name in rated}
        with db.unit_of_work() as session:
            known = repository.list_product_codes(session)
        names = {}
        for product_id, codes in known.items():
            called = next((code for code in codes if code in judged), None)
            if called is not None:
                names[product_id] = called
        return cls(names)

    def name_products(self, ids: Sequence[UUID]) -> Sequence[str]:
        return [self.names.get(each, str(each)) for each in ids]


def evaluate_search(
    db: Database,
    engine: SearchEngine,
    meaning: MeaningSearch | None,
    judgments: Judgments,
    *,
    report_progress: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Answer each query by words, and with `meaning` by that alone and by both. `report_progress`
    is called after each query."""
    products = JudgedProducts.load(db, judgments)
    results: dict[RankingKind, dict[str, JudgedResult]] = {}
    rankings = _build_rankings(db, engine, meaning, products)
    for kind, rank in rankings.items():
        results[kind] = {}
        for query, ratings in judgments.ratings.items():
            answer = rank(query)
            score = score_ranking(answer.products, ratings)
            results[kind][query] = JudgedResult(score, answer.total)
            report_progress()
    judged = {name for rated in judgments.ratings.values() for name in rated}
    return Evaluation(results, len(judged - set(products.names.values())))


def list_kinds(meaning: MeaningSearch | None) -> Sequence[RankingKind]:
    return [RankingKind.WORDS] if meaning is None else list(RankingKind)


def _build_rankings(
    db: Database,
    engine: SearchEngine,
    meaning: MeaningSearch | None,
    products: JudgedProducts,
) -> Mapping[RankingKind, Ranking]:
    def rank_by_search(query: str, used: MeaningSearch | None) -> RankedAnswer:
        request = SearchRequest(query, limit=DEPTH)
        with db.unit_of_work() as session:
            found = service.search_products(
                session, engine=engine, request=request, meaning=used
            ).results
        ids = [hit.product_id for hit in found.hits]
        return RankedAnswer(products.name_products(ids), found.total)

    def rank_by_meaning(query: str) -> RankedAnswer:
        near = meaning.find_near(query, SearchFilters()) if meaning else None
        ids = [product_id for product_id, _ in near or ()]
        return RankedAnswer(products.name_products(ids), len(ids))

    rankings: dict[RankingKind, Ranking] = {
        RankingKind.WORDS: lambda query: rank_by_search(query, None),
        RankingKind.MEANING: rank_by_meaning,
        RankingKind.BOTH: lambda query: rank_by_search(query, meaning),
    }
    return {kind: rankings[kind] for kind in list_kinds(meaning)}
