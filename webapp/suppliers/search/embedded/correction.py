"""Did you mean: words that are in no product, replaced by the likeliest that are."""

import re

from webapp.suppliers.search.embedded.lexicon import LexiconShelf
from webapp.suppliers.search.embedded.question import ANYWHERE, MAX_WORDS
from webapp.suppliers.search.embedded.schema import PLAIN_ANALYSER, STEMMED_ANALYSER
from webapp.suppliers.search.embedded.store import Reader

_WORD = re.compile(r"[^\W\d_]+(?![\w])")


def correct(reader: Reader, text: str, lexicons: LexiconShelf) -> str | None:
    """The text with its unknown words corrected; `None` when nothing was."""
    words = list(dict.fromkeys(_WORD.findall(text)))[:MAX_WORDS]
    unknown = [word for word in words if not _is_known(reader, word)]
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


def _is_known(reader: Reader, word: str) -> bool:
    return all(
        any(reader.searcher.doc_freq(field, term) for field in ANYWHERE)
        for term in STEMMED_ANALYSER.analyze(word)
    )
