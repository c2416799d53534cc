"""Spell correction: replaces words that no product has by the likeliest indexed word."""

import re

from webapp.adapters.search.embedded.lexicon import LexiconCache
from webapp.adapters.search.embedded.query import MAX_WORDS, is_indexed_term
from webapp.adapters.search.embedded.schema import PLAIN_ANALYZER, STEMMED_ANALYZER
from webapp.adapters.search.embedded.store import IndexSnapshot

_WORD = re.compile(r"[^\W\d_]+(?![\w])")


def correct_spelling(
    snapshot: IndexSnapshot, text: str, lexicons: LexiconCache
) -> str | None:
    """The text with its unknown words corrected; `None` when none was."""
    words = list(dict.fromkeys(_WORD.findall(text)))[:MAX_WORDS]
    unknown = [word for word in words if not _is_indexed(snapshot, word)]
    if not unknown:
        return None
    vocabulary = lexicons.get(snapshot).vocabulary
    corrections = {
        word: closest
        for word in unknown
        for folded in PLAIN_ANALYZER.analyze(word)
        if (closest := vocabulary.find_closest(folded))
    }
    corrected = _WORD.sub(lambda match: corrections.get(match[0], match[0]), text)
    return corrected if corrections else None


def _is_indexed(snapshot: IndexSnapshot, word: str) -> bool:
    terms = STEMMED_ANALYZER.analyze(word)
    return all(is_indexed_term(snapshot.searcher, term) for term in terms)
