"""What admins decide about searches: synonyms, redirects, and products pinned or hidden."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.search.port import RuleCache, SearchRules
from webapp.catalog import service as catalog
from webapp.kit import paging
from webapp.kit.ids import new_id
from webapp.kit.paging import Page
from webapp.kit.text import plain_key
from webapp.search.rules import repository
from webapp.search.rules.errors import (
    BadRuleTerm,
    SearchRuleNotFound,
    StaleRule,
    TooManyRules,
    UnknownRuleProducts,
)
from webapp.search.rules.live import build_rules
from webapp.search.rules.models import RuleType, SearchRule
from webapp.search.rules.schemas import RuleBody
from webapp.search.rules.words import is_synonym

MAX_RULES = 5_000
_LIVE = "live"


def load_live_rules(session: Session, cache: RuleCache) -> SearchRules:
    """Those that hold; at most two seconds old. A statement where the cache has none."""
    known = cache.find(_LIVE)
    if known is not None:
        return known
    rules = build_rules(repository.list_live_rules(session))
    cache.store(_LIVE, rules)
    return rules


def create_rule(session: Session, body: RuleBody, *, now: datetime) -> SearchRule:
    """Raises `RuleQueryTaken`, `UnknownRuleProducts`, `BadRuleTerm` and `TooManyRules`."""
    _check_rule(session, body)
    if repository.count_rules(session) >= MAX_RULES:
        raise TooManyRules(MAX_RULES)
    rule = SearchRule(id=new_id(), version=1)
    _fill_rule(rule, body, now)
    with repository.open_savepoint(session, body.query):
        session.add(rule)
    return rule


def change_rule(
    session: Session,
    rule_id: UUID,
    body: RuleBody,
    *,
    version: int | None,
    now: datetime,
) -> SearchRule:
    """Replace all of a rule. Raises what `create_rule` raises, `SearchRuleNotFound`, and
    `StaleRule` for a version that is not the current one."""
    _check_rule(session, body)
    rule = repository.find_rule(session, rule_id, locked=True)
    if rule is None:
        raise SearchRuleNotFound(rule_id)
    if version not in (None, rule.version):
        raise StaleRule(rule_id, sent=version, current=rule.version)
    with repository.open_savepoint(session, body.query):
        _fill_rule(rule, body, now)
        rule.version += 1
    return rule


def require_rule(session: Session, rule_id: UUID) -> SearchRule:
    """Raises `SearchRuleNotFound`."""
    rule = repository.find_rule(session, rule_id)
    if rule is None:
        raise SearchRuleNotFound(rule_id)
    return rule


def list_rules(
    session: Session, *, limit: int, last_key: str | None = None
) -> Page[SearchRule]:
    """Newest first."""
    after = paging.decode_id(last_key) if last_key else None
    rows = repository.list_rules(session, after=after, limit=limit + 1)
    return paging.cut_page(rows, limit=limit, key=lambda row: [str(row.id)])


def delete_rule(session: Session, rule_id: UUID) -> None:
    """Raises `SearchRuleNotFound`."""
    session.delete(require_rule(session, rule_id))


def _check_rule(session: Session, body: RuleBody) -> None:
    known = catalog.find_products_by_id(session, ids=body.product_ids)
    unknown = [each for each in body.product_ids if each not in known]
    if unknown:
        raise UnknownRuleProducts(unknown)
    for term in _list_terms(body):
        if not is_synonym(term):
            raise BadRuleTerm(term)


def _list_terms(body: RuleBody) -> Sequence[str]:
    """What is looked for in the text of a search, and found."""
    typed = [body.query] if body.type is RuleType.ONE_WAY_SYNONYMS else []
    return [*filter(None, typed), *body.terms]


def _fill_rule(rule: SearchRule, body: RuleBody, now: datetime) -> None:
    rule.type = body.type.value
    rule.query = body.query
    rule.query_key = None if body.query is None else plain_key(body.query)
    rule.terms = list(body.terms)
    rule.product_ids = list(body.product_ids)
    rule.target = body.target
    rule.is_live = body.is_live
    rule.updated_at = now
