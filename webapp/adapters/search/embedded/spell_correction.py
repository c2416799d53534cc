"""Spell correction: replaces words that no product has by the likeliest indexed word."""

from webapp.adapters.search.analysis import split_query
from webapp.adapters.search.embedded.lexicon import LexiconCache
from webapp.adapters.search.embedded.query import EmbeddedQuery, is_indexed_word
from webapp.adapters.search.embedded.schema import PLAIN_ANALYZER
from webapp.adapters.search.embedded.store import IndexSnapshot
from webapp.adapters.search.spelling import LETTERS, correct_words


def correct_spelling(query: EmbeddedQuery, lexicons: LexiconCache) -> str | None:
    """The text with its unknown words corrected; `None` when none was. A code is no mistake."""
    snapshot, text = query.snapshot, query.text
    coded = query.found_codes.typed_words
    known = {
        part
        for word in query.query_words
        if is_indexed_word(snapshot.searcher, word)
        for part in word.parts
    }
    unknown = [
        typed
        for typed in LETTERS.findall(" ".join(set(text.split()) - coded))
        if not _is_indexed(snapshot, typed, known)
    ]
    if not unknown:
        return None
    vocabulary = lexicons.get(snapshot).vocabulary
    return correct_words(
        text,
        {
            word: closest
            for word in unknown
            for folded in PLAIN_ANALYZER.analyze(split_query(word)[0].text)
            if (closest := vocabulary.find_closest(folded))
        },
    )


def _is_indexed(snapshot: IndexSnapshot, typed: str, known: set[str]) -> bool:
    return typed in known or all(
        word.text in known or is_indexed_word(snapshot.searcher, word)
        for word in split_query(typed)
    )
