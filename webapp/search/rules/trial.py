"""What search rules would change, before they hold for shoppers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from webapp.adapters.search.port import SearchEngine, SearchRequest, SearchRules
from webapp.catalog import service as catalog
from webapp.kit.text import label_key
from webapp.search import service as search
from webapp.search.evaluation.scores import score_ranking
from webapp.search.meaning import MeaningSearch
from webapp.search.rules import repository
from webapp.search.rules.errors import SearchRuleNotFound
from webapp.search.rules.live import build_rules
from webapp.search.rules.models import SearchRule
from webapp.search_analytics import service as search_analytics
from webapp.search_analytics.read_models import QueryOrder

FIRST = 10
"""Products of an answer that are compared."""
WINDOW = timedelta(days=30)
MAX_TRIED = 50
"""Rules at once."""

Ratings = dict[str, dict[str, int]]
"""By query and product id."""


@dataclass(frozen=True)
class TrialPlan:
    rule_ids: Sequence[UUID]
    """Empty: all that do not hold yet."""
    max_queries: int
    """Of the most frequent ones."""
    ratings: Ratings


@dataclass(frozen=True)
class NamedProduct:
    product_id: UUID
    name: str


@dataclass(frozen=True)
class QueryChange:
    query: str
    searches: int
    """In the last 30 days; 0 for one that only a rule names."""
    total_before: int
    total_after: int
    entered: Sequence[NamedProduct]
    """Now among the first ten."""
    left: Sequence[NamedProduct]
    moved: int
    """Products of both whose place is another one."""
    redirect: str | None
    """A new one."""


@dataclass(frozen=True)
class JudgedChange:
    """Means of nDCG@10, with products that nobody judged as 0."""

    queries: int
    before: float
    after: float


@dataclass(frozen=True)
class TrialOutcome:
    rule_ids: Sequence[UUID]
    tried: int
    """Queries."""
    changes: Sequence[QueryChange]
    judged: JudgedChange | None


@dataclass(frozen=True)
class _Answer:
    ids: Sequence[UUID]
    total: int
    redirect: str | None


@dataclass(frozen=True)
class _Answers:
    session: Session
    engine: SearchEngine
    meaning: MeaningSearch

    def answer(self, query: str, rules: SearchRules) -> _Answer:
        found = search.search_products(
            self.session,
            engine=self.engine,
            request=SearchRequest(query, limit=FIRST),
            meaning=self.meaning,
            rules=rules,
        )
        ids = [hit.product.id for hit in found.hits]
        return _Answer(ids, found.results.total, found.redirect)


def try_rules(
    session: Session,
    *,
    engine: SearchEngine,
    meaning: MeaningSearch,
    plan: TrialPlan,
    zone: ZoneInfo,
    now: datetime,
) -> TrialOutcome:
    """Answer queries with the rules that hold, and with the tried ones besides. Raises
    `SearchRuleNotFound`."""
    rule_ids = plan.rule_ids or repository.list_drafts(session, limit=MAX_TRIED)
    for rule_id in rule_ids:
        if repository.find_rule(session, rule_id) is None:
            raise SearchRuleNotFound(rule_id)
    both = repository.list_live_rules(session, besides=rule_ids)
    tried = [rule for rule in both if rule.id in set(rule_ids)]
    before = build_rules(
        [rule for rule in both if rule.is_live and rule.id not in set(rule_ids)]
    )
    after = build_rules(both)
    answers = _Answers(session, engine, meaning)
    queries = _list_queries(session, tried, plan.max_queries, zone=zone, now=now)
    changes = [
        change
        for query, searches in queries.items()
        if (change := _compare_answers(answers, query, searches, before, after))
    ]
    judged = (
        _score_change(answers, plan.ratings, before, after) if plan.ratings else None
    )
    return TrialOutcome(rule_ids, len(queries), changes, judged)


def _list_queries(
    session: Session,
    tried: Iterable[SearchRule],
    max_queries: int,
    *,
    zone: ZoneInfo,
    now: datetime,
) -> dict[str, int]:
    """The most frequent ones, with their searches, and those that the rules name."""
    today = now.astimezone(zone).date()
    frequent = search_analytics.summarize_queries(
        session,
        first_day=today - WINDOW,
        last_day=today,
        zone=zone,
        order=QueryOrder(limit=max_queries),
    )
    queries = {each.query: each.searches for each in frequent.queries if each.query}
    for rule in tried:
        for text in (rule.query, *rule.terms):
            if text is not None:
                queries.setdefault(label_key(text), 0)
    return queries


def _compare_answers(
    answers: _Answers,
    query: str,
    searches: int,
    before: SearchRules,
    after: SearchRules,
) -> QueryChange | None:
    """None where nothing is different."""
    old, new = answers.answer(query, before), answers.answer(query, after)
    if old == new:
        return None
    moved = [
        each
        for place, each in enumerate(new.ids)
        if each in old.ids and old.ids.index(each) != place
    ]
    return QueryChange(
        query,
        searches,
        old.total,
        new.total,
        _name_products(answers.session, [x for x in new.ids if x not in old.ids]),
        _name_products(answers.session, [x for x in old.ids if x not in new.ids]),
        len(moved),
        new.redirect if new.redirect != old.redirect else None,
    )


def _name_products(session: Session, ids: Sequence[UUID]) -> Sequence[NamedProduct]:
    products = catalog.find_products_by_id(session, ids=ids)
    return [NamedProduct(each, products[each].name) for each in ids if each in products]


def _score_change(
    answers: _Answers, ratings: Ratings, before: SearchRules, after: SearchRules
) -> JudgedChange:
    def score_answer(query: str, rules: SearchRules) -> float:
        ids = [str(each) for each in answers.answer(query, rules).ids]
        return score_ranking(ids, ratings[query]).unjudged_as_zero

    return JudgedChange(
        len(ratings),
        mean(score_answer(query, before) for query in ratings),
        mean(score_answer(query, after) for query in ratings),
    )
