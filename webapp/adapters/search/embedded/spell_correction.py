"""Did you mean: words that are in no product, replaced by the likeliest that are."""

import re

from webapp.adapters.search.embedded.lexicon import LexiconCache
from webapp.adapters.search.embedded.query import MAX_WORDS, is_indexed_term
from webapp.adapters.search.embedded.schema import PLAIN_ANALYZER, STEMMED_ANALYZER
from webapp.adapters.search.embedded.store import IndexSnapshot

_WORD = re.compile(r"[^\W\d_]+(?![\w])")


def correct_spelling(
    reader: IndexSnapshot, text: str, lexicons: LexiconCache
) -> str | None:
    """The text with its unknown words corrected; `None` when nothing was."""
    words = list(dict.fromkeys(_WORD.findall(text)))[:MAX_WORDS]
    unknown = [word for word in words if not _is_right(reader, word)]
    if not unknown:
        return None
    vocabulary = lexicons.get(reader).vocabulary
    meant = {
        word: nearest
        for word in unknown
        for folded in PLAIN_ANALYZER.analyze(word)
        if (nearest := vocabulary.find_closest(folded))
    }
    corrected = _WORD.sub(lambda found: meant.get(found[0], found[0]), text)
    return corrected if meant else None


def _is_right(reader: IndexSnapshot, word: str) -> bool:
    terms = STEMMED_ANALYZER.analyze(word)
    return all(is_indexed_term(reader.searcher, term) for term in terms)
