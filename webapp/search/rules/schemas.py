import re
from collections.abc import Sequence
from typing import Annotated, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field, model_validator

from webapp.kit.json import (
    OmittedIfNone,
    RequestBody,
    ResponseBody,
    Timestamp,
    example_config,
)
from webapp.kit.text import LABEL
from webapp.search.rules.models import RuleType, SearchRule
from webapp.search.rules.proposals import SynonymProposal
from webapp.search.rules.trial import QueryChange, Ratings, TrialOutcome, TrialPlan
from webapp.search.service import MAX_TEXT_LENGTH

MAX_TERMS = 10
"""A search looks for twelve forms of a word."""
MAX_PRODUCTS = 50
MAX_TARGET_LENGTH = 500
MAX_JUDGED = 100
"""Queries of a trial."""

RuleText = Annotated[str, Field(min_length=1, max_length=MAX_TEXT_LENGTH), LABEL]
_TARGET = re.compile(r"(?:/(?![/\\])|https?://[^/\s])[^\s\\]*", re.IGNORECASE)


def _is_page(target: str) -> bool:
    """Whether browsers take it for a page of the shop or of a web server, without a password."""
    if not _TARGET.fullmatch(target):
        return False
    try:
        return urlsplit(target).username is None
    except ValueError:
        return False


FIELDS = {
    RuleType.SYNONYMS: {"terms"},
    RuleType.ONE_WAY_SYNONYMS: {"query", "terms"},
    RuleType.REDIRECT: {"query", "target"},
    RuleType.PIN: {"query", "product_ids"},
    RuleType.HIDE: {"query", "product_ids"},
}
"""What a rule of each type has, all of it."""
_NAMES = {
    "query": "query",
    "terms": "terms",
    "target": "target",
    "product_ids": "productIds",
}


class RuleBody(RequestBody):
    model_config = example_config(
        {"type": "synonyms", "terms": ["sofa", "davenport"], "isLive": False}
    )

    type: RuleType
    query: RuleText | None = None
    """The whole text of a search, without regard to case, blanks and accents."""
    terms: Annotated[list[RuleText], Field(max_length=MAX_TERMS)] = []
    """Of up to three words each."""
    product_ids: Annotated[list[UUID], Field(max_length=MAX_PRODUCTS)] = []
    target: Annotated[str, Field(max_length=MAX_TARGET_LENGTH)] | None = None
    """A path of the shop, such as `/pages/returns`, or an `http` or `https` address."""
    is_live: bool = False
    """Whether it holds for shoppers; one that does not can be tried."""

    @model_validator(mode="after")
    def _check_fields(self) -> Self:
        given = {
            "query": self.query is not None,
            "terms": bool(self.terms),
            "target": self.target is not None,
            "product_ids": bool(self.product_ids),
        }
        wanted = FIELDS[self.type]
        wrong = [
            f"needs {_NAMES[name]}" if name in wanted else f"has no {_NAMES[name]}"
            for name, is_given in given.items()
            if is_given is not (name in wanted)
        ]
        if wrong:
            msg = f"a rule of type {self.type.value} {', '.join(wrong)}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _check_values(self) -> Self:
        if self.target is not None and not _is_page(self.target):
            msg = "target is to be a path such as /pages/returns, or an http address"
            raise ValueError(msg)
        if len(set(self.product_ids)) < len(self.product_ids):
            msg = "productIds names a product twice"
            raise ValueError(msg)
        if self.type is RuleType.SYNONYMS and len(self.terms) < 2:
            msg = "terms are to be two or more"
            raise ValueError(msg)
        return self


class RuleChangeBody(RuleBody):
    model_config = example_config(
        {"type": "redirect", "query": "returns", "target": "/pages/returns"}
        | {"isLive": True, "version": 1}
    )

    version: int | None = None
    """Of the rule as it was read: it is changed only if nobody else has changed it since."""


class SearchRuleView(ResponseBody):
    example_values = {
        "rule_id": "019d01c5-6e5d-7c3a-8f4b-6a5c4d3e2f10",
        "type": RuleType.SYNONYMS,
        "query": None,
        "terms": ["sofa", "davenport"],
        "product_ids": [],
        "target": None,
        "is_live": True,
        "version": 1,
        "created_at": "2026-03-01T09:30:00Z",
        "updated_at": "2026-03-01T09:30:00Z",
    }

    rule_id: UUID
    type: RuleType
    query: OmittedIfNone[str] = None
    terms: list[str]
    product_ids: list[UUID]
    target: OmittedIfNone[str] = None
    is_live: bool
    version: int
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def from_rule(cls, rule: SearchRule) -> Self:
        return cls(
            rule_id=rule.id,
            type=RuleType(rule.type),
            query=rule.query,
            terms=rule.terms,
            product_ids=rule.product_ids,
            target=rule.target,
            is_live=rule.is_live,
            version=rule.version,
            created_at=rule.created_at,
            updated_at=rule.updated_at,
        )


class TrialJudgment(RequestBody):
    query: RuleText
    product_id: UUID
    rating: Annotated[int, Field(ge=0, le=3)]
    """0: wrong, 3: just what is meant."""


class TrialBody(RequestBody):
    model_config = example_config(
        {"ruleIds": ["019d01c5-6e5d-7c3a-8f4b-6a5c4d3e2f10"], "queries": 50}
    )

    rule_ids: Annotated[list[UUID], Field(max_length=50)] = []
    """Without any: all that are not live, up to 50."""
    queries: Annotated[int, Field(ge=0, le=100)] = 50
    """How many of the most frequent ones are answered."""
    judgments: Annotated[list[TrialJudgment], Field(max_length=1_000)] = []
    """Of up to 100 queries, each with a product that is rated above 0."""

    @model_validator(mode="after")
    def _check_judgments(self) -> Self:
        ratings = self._list_ratings()
        if len(ratings) > MAX_JUDGED:
            msg = f"judgments are of more than {MAX_JUDGED} queries"
            raise ValueError(msg)
        wrong = [query for query, rated in ratings.items() if not max(rated.values())]
        if wrong:
            msg = f"judgments have no product rated above 0 for {wrong[0]!r}"
            raise ValueError(msg)
        return self

    def to_plan(self) -> TrialPlan:
        return TrialPlan(self.rule_ids, self.queries, self._list_ratings())

    def _list_ratings(self) -> Ratings:
        ratings: Ratings = {}
        for each in self.judgments:
            ratings.setdefault(each.query, {})[str(each.product_id)] = each.rating
        return ratings


class NamedProductView(ResponseBody):
    example_values = {
        "product_id": "0190c5a2-7d3e-7b6a-9f10-3c2b1a0d9e8f",
        "name": "Linen sofa",
    }

    product_id: UUID
    name: str


class QueryChangeView(ResponseBody):
    example_values = {
        "query": "davenport",
        "searches": 14,
        "total_before": 0,
        "total_after": 3,
        "left": [],
        "moved": 0,
        "redirect": "/pages/sofas",
    }

    query: str
    searches: int
    """In the last 30 days; 0 for one that only a rule names."""
    total_before: int
    total_after: int
    entered: list[NamedProductView]
    """Now among the first ten products."""
    left: list[NamedProductView]
    moved: int
    """Products of both whose place is another one."""
    redirect: OmittedIfNone[str] = None

    @classmethod
    def from_change(cls, change: QueryChange) -> Self:
        return cls(
            query=change.query,
            searches=change.searches,
            total_before=change.total_before,
            total_after=change.total_after,
            entered=[NamedProductView(**vars(each)) for each in change.entered],
            left=[NamedProductView(**vars(each)) for each in change.left],
            moved=change.moved,
            redirect=change.redirect,
        )


class JudgedChangeView(ResponseBody):
    """Means of nDCG@10, with products that nobody judged as 0."""

    example_values = {"queries": 20, "before": 0.71, "after": 0.78}

    queries: int
    before: float
    after: float


class TrialView(ResponseBody):
    example_values = {
        "rule_ids": ["019d01c5-6e5d-7c3a-8f4b-6a5c4d3e2f10"],
        "tried": 52,
        "is_complete": True,
    }

    rule_ids: list[UUID]
    """Those that were tried."""
    tried: int
    """Queries that were answered with and without them: 200 at most."""
    is_complete: bool
    """Whether the time, 20 seconds, was enough for all."""
    changes: list[QueryChangeView]
    """Of those whose answer is another one, the most frequent first."""
    judged: OmittedIfNone[JudgedChangeView] = None

    @classmethod
    def from_outcome(cls, outcome: TrialOutcome) -> Self:
        judged = outcome.judged
        return cls(
            rule_ids=list(outcome.rule_ids),
            tried=outcome.tried,
            is_complete=outcome.tried == outcome.planned,
            changes=[QueryChangeView.from_change(each) for each in outcome.changes],
            judged=None if judged is None else JudgedChangeView(**vars(judged)),
        )


class SynonymProposalView(ResponseBody):
    example_values = {
        "query": "davenport",
        "term": "sofa",
        "visitors": 6,
        "share": 0.55,
    }

    query: str
    """What was searched in vain."""
    term: str
    """What was searched next, and led to a click, a cart or an order."""
    visitors: int
    share: float
    """Of the visitors who searched `query` in vain and then something else."""


class SynonymProposalsView(ResponseBody):
    proposals: list[SynonymProposalView]

    @classmethod
    def from_proposals(cls, proposals: Sequence[SynonymProposal]) -> Self:
        return cls(proposals=[SynonymProposalView(**vars(each)) for each in proposals])
