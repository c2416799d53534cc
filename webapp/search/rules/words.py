"""The words of synonyms, split as those of searches are. Pure."""

from collections.abc import Iterable, Sequence

from webapp.adapters.search.analysis import QueryWord, split_query
from webapp.adapters.search.same_words import (
    MAX_LENGTH,
    Synonyms,
    Words,
    add_synonyms,
)
from webapp.adapters.search.spelling import (
    LONG_WORD_LENGTH,
    MIN_WORD_LENGTH,
    edit_distance,
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


def may_be_synonyms(query: str, term: str, synonyms: Synonyms | None = None) -> bool:
    """Whether two texts may be names of one thing: they are not known as such, by the language or
    by `synonyms`, and neither is the other one with more words, in the plural or with a typing
    error."""
    if not is_synonym(query) or not is_synonym(term):
        return False
    words = split_query(query, synonyms), split_query(term, synonyms)
    return not any(
        _is_said_by(own, others) or _is_one_word_for(own, others)
        for own, others in (words, words[::-1])
    )


def _is_said_by(words: Sequence[QueryWord], others: Sequence[QueryWord]) -> bool:
    return all(any(_is_same_word(word, other) for other in others) for word in words)


def _is_one_word_for(words: Sequence[QueryWord], others: Sequence[QueryWord]) -> bool:
    """Whether the one word means the same as all the others together."""
    phrase = tuple(part for word in others for part in word.forms[0])
    return len(words) == 1 and not _list_singulars(words[0].all_forms).isdisjoint(
        _list_singulars([phrase])
    )


def _is_same_word(first: QueryWord, second: QueryWord) -> bool:
    forms = [_list_singulars(word.all_forms) for word in (first, second)]
    if not forms[0].isdisjoint(forms[1]):
        return True
    shorter = min(len(first.text), len(second.text))
    if shorter < MIN_WORD_LENGTH:
        return False
    max_edits = 2 if shorter >= LONG_WORD_LENGTH else 1
    return edit_distance(first.text, second.text) <= max_edits


def _list_singulars(forms: Iterable[Words]) -> set[Words]:
    """Each form, and without the ending of a plural."""
    return {
        (*form[:-1], each)
        for form in forms
        if form
        for each in (form[-1], form[-1].removesuffix("s"), form[-1].removesuffix("es"))
    }
