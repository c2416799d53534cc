"""The words of synonyms, split as those of searches are. Pure."""

from collections.abc import Iterable, Sequence

from webapp.adapters.search.analysis import QueryWord, split_query
from webapp.adapters.search.same_words import (
    MAX_LENGTH,
    Synonyms,
    Words,
    add_synonyms,
)


def split_term(term: str) -> Words:
    """Those that are searched: `the` is none."""
    return tuple(word.text for word in split_query(term, {}))


def is_synonym(term: str) -> bool:
    """Whether it has one to three words that are searched."""
    return 0 < len(split_term(term)) <= MAX_LENGTH


def build_synonyms(more: Iterable[tuple[Words, Sequence[Words]]]) -> Synonyms:
    """Those of the language, and what else an entry finds: what is found need not find it."""
    return add_synonyms(more)


def may_be_synonyms(query: str, term: str) -> bool:
    """Whether two texts may be names of one thing: they are not known as such, and neither is the
    other one with more words."""
    if not is_synonym(query) or not is_synonym(term):
        return False
    typed, others = split_query(query), split_query(term)
    parts, other_parts = _list_parts(typed), _list_parts(others)
    is_known = len(typed) == 1 and split_term(term) in typed[0].all_forms
    return not (is_known or parts <= other_parts or other_parts <= parts)


def _list_parts(words: Sequence[QueryWord]) -> set[str]:
    return {part for word in words for part in word.parts}
