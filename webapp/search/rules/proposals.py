"""Synonyms that shoppers have shown by what they searched next, and then clicked or bought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from webapp.search.rules import repository
from webapp.search.rules.live import build_rules
from webapp.search.rules.words import may_be_synonyms
from webapp.search_analytics import service as search_analytics
from webapp.search_analytics.query_text import EMAIL_MASK
from webapp.search_analytics.service import RETENTION

MIN_VISITORS = 3
"""What fewer did may be of one person, and chance."""
MAX_GAP = timedelta(minutes=10)
MAX_PAIRS = 500
MAX_PROPOSALS = 50


@dataclass(frozen=True)
class SynonymProposal:
    query: str
    """What was searched in vain."""
    term: str
    """What was searched next, and led to a click, a cart or an order."""
    visitors: int
    share: float
    """Of the visitors who searched `query` in vain and then something else."""


def propose_synonyms(session: Session, *, now: datetime) -> Sequence[SynonymProposal]:
    """Those that most visitors have shown first; none that the shop has already, if only to try."""
    pairs = search_analytics.list_next_queries(
        session,
        since=now - RETENTION,
        max_gap=MAX_GAP,
        min_visitors=MIN_VISITORS,
        limit=MAX_PAIRS,
    )
    known = build_rules(repository.list_synonyms(session)).synonyms
    found = [
        pair
        for pair in pairs
        if may_be_synonyms(pair.query, pair.next_query, known)
        and EMAIL_MASK not in pair.query + pair.next_query
    ]
    return [
        SynonymProposal(
            pair.query, pair.next_query, pair.visitors, pair.visitors / pair.leaving
        )
        for pair in found[:MAX_PROPOSALS]
    ]
