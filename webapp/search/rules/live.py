"""The rules that hold for a search, as they are looked up for each. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from webapp.adapters.search.port import SearchRules
from webapp.search.rules.models import RuleType, SearchRule
from webapp.search.rules.words import build_synonyms, split_term


def build_rules(rules: Iterable[SearchRule]) -> SearchRules:
    """Redirects, pins and hides by the key of their text, and synonyms by their words."""
    found = list(rules)
    synonyms = list(_iter_synonyms(found))
    return SearchRules(
        synonyms=build_synonyms(synonyms) if synonyms else None,
        pins={
            rule.query_key: tuple(rule.product_ids)
            for rule in found
            if rule.type == RuleType.PIN and rule.query_key is not None
        },
        hides={
            rule.query_key: tuple(rule.product_ids)
            for rule in found
            if rule.type == RuleType.HIDE and rule.query_key is not None
        },
        redirects={
            rule.query_key: rule.target
            for rule in found
            if rule.type == RuleType.REDIRECT
            and rule.query_key is not None
            and rule.target is not None
        },
    )


def _iter_synonyms(
    rules: Iterable[SearchRule],
) -> Iterator[tuple[tuple[str, ...], Sequence[tuple[str, ...]]]]:
    for rule in rules:
        terms = [split_term(term) for term in rule.terms]
        if rule.type == RuleType.SYNONYMS:
            yield from ((term, terms) for term in terms)
        elif rule.type == RuleType.ONE_WAY_SYNONYMS and rule.query is not None:
            yield split_term(rule.query), terms
