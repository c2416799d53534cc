"""What search rules would change, before they hold for shoppers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean
from time import monotonic
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
MAX_QUERIES = 200
"""Of the rules and of the most frequent ones together."""
TIMEOUT_S = 20.0
"""Then the answer is of the queries that were tried by then: a web process is stopped after 60."""

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
    planned: int
    """More than were tried where the time was over."""
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
        return _read_answer(self._search(query, rules, self.meaning))

    def answer_twice(
        self, query: str, before: SearchRules, after: SearchRules
    ) -> tuple[_Answer, _Answer]:
        """Where the vector of the text does not come in time for one of them, both are answered by
        words alone: what meaning finds is no effect of a rule."""
        old, new = (self._search(query, each, self.meaning) for each in (before, after))
        if search.MeaningUse.MISSED in (old.meaning_use, new.meaning_use):
            old, new = (self._search(query, each, None) for each in (before, after))
        return _read_answer(old), _read_answer(new)

    def _search(
        self, query: str, rules: SearchRules, meaning: MeaningSearch | None
    ) -> search.FoundProducts:
        return search.search_products(
            self.session,
            engine=self.engine,
            request=SearchRequest(query, limit=FIRST),
            meaning=meaning,
            rules=rules,
        )


def _read_answer(found: search.FoundProducts) -> _Answer:
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
    clock: Callable[[], float] = monotonic,
) -> TrialOutcome:
    """Answer queries with the rules that hold, and with the tried ones besides. Raises
    `SearchRuleNotFound`."""
    started = clock()
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
    changes: list[QueryChange] = []
    compared = 0
    for query, searches in queries.items():
        if clock() - started > TIMEOUT_S:
            break
        compared += 1
        if change := _compare_answers(answers, query, searches, before, after):
            changes.append(change)
    judged = (
        _score_change(answers, plan.ratings, before, after) if plan.ratings else None
    )
    return TrialOutcome(rule_ids, compared, len(queries), changes, judged)


def _list_queries(
    session: Session,
    tried: Iterable[SearchRule],
    max_queries: int,
    *,
    zone: ZoneInfo,
    now: datetime,
) -> dict[str, int]:
    """The most frequent ones, with their searches, and those that the rules name; without those
    that nobody can search, as a text that is longer once its case is folded."""
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
    fitting = [
        each for each in queries.items() if len(each[0]) <= search.MAX_TEXT_LENGTH
    ]
    return dict(fitting[:MAX_QUERIES])


def _compare_answers(
    answers: _Answers,
    query: str,
    searches: int,
    before: SearchRules,
    after: SearchRules,
) -> QueryChange | None:
    """None where nothing is different."""
    old, new = answers.answer_twice(query, before, after)
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
