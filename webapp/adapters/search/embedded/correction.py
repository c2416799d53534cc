"""Did you mean: words that are in no product, replaced by the likeliest that are."""

import re

from webapp.adapters.search.embedded.lexicon import LexiconShelf
from webapp.adapters.search.embedded.question import MAX_WORDS, is_known
from webapp.adapters.search.embedded.schema import PLAIN_ANALYSER, STEMMED_ANALYSER
from webapp.adapters.search.embedded.store import Reader

_WORD = re.compile(r"[^\W\d_]+(?![\w])")


def correct(reader: Reader, text: str, lexicons: LexiconShelf) -> str | None:
    """The text with its unknown words corrected; `None` when nothing was."""
    words = list(dict.fromkeys(_WORD.findall(text)))[:MAX_WORDS]
    unknown = [word for word in words if not _is_right(reader, word)]
    if not unknown:
        return None
    vocabulary = lexicons.of(reader).vocabulary
    meant = {
        word: nearest
        for word in unknown
        for folded in PLAIN_ANALYSER.analyze(word)
        if (nearest := vocabulary.nearest(folded))
    }
    corrected = _WORD.sub(lambda found: meant.get(found[0], found[0]), text)
    return corrected if meant else None


def _is_right(reader: Reader, word: str) -> bool:
    terms = STEMMED_ANALYSER.analyze(word)
    return all(is_known(reader.searcher, term) for term in terms)
