"""From text to the words that are indexed and searched, the same for every engine. Pure.

Engines get words separated by spaces, and fold what is left of accents, remove stop words and
stem. Scripts that are written without spaces are cut into pairs of characters.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from unicodedata import category, digit, normalize

from webapp.adapters.search.same_words import Synonyms, find_same, load_groups
from webapp.adapters.search.stop_words import SENTENCE_WORDS, STOP_WORDS
from webapp.kit.text import PLAIN_LETTERS

_MARKS = (
    "\u0300-\u036f"  # accents of Latin, Greek and Cyrillic letters
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # vowel points of Hebrew
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"  # vowel signs, hamza, tatweel
    "\u093c"  # nukta of Devanagari
    "\u0e47-\u0e4e"  # tone marks of Thai
)
_OPTIONAL_MARKS = re.compile(f"[{_MARKS}]")
_INVISIBLE_CHARACTERS = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
_INVISIBLE = re.compile(f"[{_INVISIBLE_CHARACTERS}]")
FOLDED_MARKS = _MARKS + _INVISIBLE_CHARACTERS
"""For a class of a regular expression: what folding drops from within a word."""
_TRADEMARKS = re.compile("[™℠®©]")  # part of no name: LEGO™ is not LEGOTM
_SKIN_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
_SAME_LETTERS = PLAIN_LETTERS | str.maketrans(
    {"\u0629": "\u0647", "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643"}
)
"""Letters of Arabic with several forms, too."""
_HIRAGANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}

# Indic scripts write vowels as marks, which are part of a word.
_LETTER = (
    r"(?:[^\W_]|[\u0900-\u0963\u0966-\u0dff\u0e01-\u0e3a\u0e40-\u0eff"
    r"\u0f00-\u109f\u1780-\u17ff])"
)
_UNSPACED = (
    "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uac00-\ud7af\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\U00020000-\U0003ffff"
)
_RUN = re.compile(f"([{_UNSPACED}]+)")
_SYMBOL_NAMES = {"+": "plus", "#": "sharp"}
_TOKEN = re.compile(
    rf"{_LETTER}++(?:[-\u2010\u2011'\u2019&]{_LETTER}+)*+(?:[+#]+(?!{_LETTER}))?|[^\w\s]"
)
_ASCII_TOKEN = re.compile(r"[a-z0-9]++(?:[-'&][a-z0-9]+)*+(?:[+#]+(?![a-z0-9]))?")
"""What `_TOKEN` finds in a text of ASCII letters, which is most texts, in half the time."""
_WORD = re.compile(rf"{_LETTER}+")
_TRAILING_SYMBOLS = re.compile(r"[+#]+$")
MAX_JOINED_LENGTH = 30
MIN_SAYING_WORDS = 2
"""With as many words that say what is wanted, those of mere sentences are left out."""
MAX_SHORT_LENGTH = 2
"""Of the first of two words that may be one."""
_FIRST_PICTURE = 0x2300
"""Symbols from this code point on are words, such as emoji; those before, such as °, are not."""


@dataclass(frozen=True)
class QueryWord:
    """A word of a query, in the forms in which products may have it."""

    text: str
    forms: tuple[tuple[str, ...], ...]
    """A product has the word if it has all words of one form: `wi-fi` as `wifi`, or as `wi` and
    `fi`."""
    same: tuple[tuple[str, ...], ...] = ()
    """Forms of words that mean the same: a product that has one of these has the word, too."""

    @property
    def all_forms(self) -> tuple[tuple[str, ...], ...]:
        return (*self.forms, *self.same)

    @property
    def same_parts(self) -> tuple[str, ...]:
        """Every word of what means the same, once, without those of its own forms."""
        words = dict.fromkeys(part for form in self.same for part in form)
        return tuple(word for word in words if word not in self.parts)

    @property
    def parts(self) -> tuple[str, ...]:
        """Every word of every form, once."""
        return tuple(dict.fromkeys(part for form in self.forms for part in form))

    @property
    def is_plain(self) -> bool:
        """Whether it is a word of Latin letters, without another form."""
        return len(self.all_forms) == 1 and self.text.isascii() and self.text.isalpha()


def fold_text(text: str) -> str:
    """Fold what people write in several ways: compatible forms of characters, case, accents and
    optional vowel signs, digits of other scripts, invisible characters."""
    if text.isascii():
        return text.lower()
    plain = _SKIN_TONES.sub("", _INVISIBLE.sub("", _TRADEMARKS.sub(" ", text)))
    folded = normalize("NFKC", plain).casefold()
    folded = _OPTIONAL_MARKS.sub("", normalize("NFD", folded))
    folded = normalize("NFC", folded).translate(_SAME_LETTERS).translate(_HIRAGANA)
    return "".join(map(_fold_digit, folded)) if not folded.isascii() else folded


def index_text(text: str) -> str:
    """Build the words under which a text is found: each word, the parts of a compound and the
    compound in one, characters and pairs of them where no spaces are written, emoji."""
    return " ".join(_iter_indexed(text))


def split_query(text: str, synonyms: Synonyms | None = None) -> list[QueryWord]:
    """Split a search text into its words, without stop words and those of mere sentences. Several
    that are one thing, as `hard disk`, are one. Without `synonyms`, those of the language."""
    words: list[QueryWord] = []
    for token in _iter_tokens(text):
        previous = words[-1] if words else None
        found = list(_iter_query_words(token))
        if previous and len(found) == 1 and _is_split_compound(previous, found[0]):
            words[-1] = _join_words(previous, found[0])
        else:
            words += found
    unique = {word.forms: word for word in words}
    kept = [word for word in unique.values() if word.text not in STOP_WORDS]
    saying = [word for word in kept if word.text not in SENTENCE_WORDS]
    if len(saying) >= MIN_SAYING_WORDS:
        kept = saying
    return list(_iter_with_same(kept, load_groups() if synonyms is None else synonyms))


def _iter_with_same(
    words: Sequence[QueryWord], groups: Synonyms
) -> Iterator[QueryWord]:
    at = 0
    while at < len(words):
        length, same = find_same([word.text for word in words[at:]], groups)
        if not length:
            yield _add_same_compound(words[at], groups)
            at += 1
            continue
        found = words[at : at + length]
        forms = found[0].forms
        if length > 1:
            forms = (tuple(part for word in found for part in word.parts),)
        others = tuple(each for each in same if each not in forms)
        yield QueryWord(" ".join(word.text for word in found), forms, others)
        at += length


def _add_same_compound(word: QueryWord, groups: Synonyms) -> QueryWord:
    """`usb-stick` means what `usb stick` does."""
    for form in word.forms[1:]:
        length, same = find_same(form, groups)
        if length == len(form):
            return replace(word, same=tuple(each for each in same if each != form))
    return word


def index_compounds(text: str) -> str:
    """Build the words that neighboring words are in one: `Blu ray` is also found as `bluray`."""
    tokens = _iter_tokens(text)
    return " ".join(a + b for a, b in pairwise(tokens) if _is_pair(a, b))


def join_neighbors(
    words: Sequence[QueryWord], *, is_indexed: Callable[[str], bool]
) -> list[QueryWord]:
    """Make one word of two neighbors if some product has them as one: `blu ray`, `bluray`."""
    joined: list[QueryWord] = []
    for word in words:
        previous = joined[-1] if joined else None
        if previous and _is_plain_pair(previous, word):
            compound = _join_words(previous, word)
            if is_indexed(compound.text):
                joined[-1] = compound
                continue
        joined.append(word)
    return joined


def list_compounds(words: Sequence[QueryWord]) -> list[str]:
    """List the compounds that `join_neighbors` may ask for."""
    return [a.text + b.text for a, b in pairwise(words) if _is_plain_pair(a, b)]


def split_words(text: str) -> list[str]:
    """Split a text into plain words, for completing what is being typed."""
    return [
        part
        for token in _iter_tokens(text)
        for word in _WORD.findall(token)
        for part in _iter_pieces(word, is_query=True)
    ]


def _fold_digit(letter: str) -> str:
    value = digit(letter, None) if letter.isdigit() else None
    return letter if value is None else str(value)


def _iter_tokens(text: str) -> Iterator[str]:
    """Words, compounds with their hyphens, and symbols that stand for something: emoji."""
    folded = fold_text(text)
    if folded.isascii():
        yield from _ASCII_TOKEN.findall(folded)
        return
    for token in _TOKEN.findall(folded):
        if len(token) > 1 or token.isalnum() or _WORD.match(token):
            yield token
        elif ord(token) >= _FIRST_PICTURE and category(token) == "So":
            yield f"u{ord(token):x}"


def _iter_indexed(text: str) -> Iterator[str]:
    previous = ""
    for token in _iter_tokens(text):
        if token.isascii() and token.isalnum():
            yield token
            if len(previous) <= MAX_SHORT_LENGTH and _is_short_pair(previous, token):
                yield previous + token
        else:
            yield from _iter_compound(token)
        previous = token


def _iter_compound(token: str) -> Iterator[str]:
    parts = _WORD.findall(token)
    for part in parts:
        yield from _iter_pieces(part, is_query=False)
    joined = _join_parts(token, parts)
    if joined is not None:
        yield joined


def _iter_query_words(token: str) -> Iterator[QueryWord]:
    parts = _WORD.findall(token)
    joined = _join_parts(token, parts)
    if joined is not None and (len(parts) > 1 or not _RUN.search(token)):
        forms: tuple[tuple[str, ...], ...] = ((joined,),)
        pieces = [p for part in parts for p in _iter_pieces(part, is_query=True)]
        pieces = [piece for piece in pieces if piece not in STOP_WORDS]
        # H&M is not any product with an h and an m.
        if len(parts) > 1 and any(len(piece) > 1 for piece in pieces):
            forms += (tuple(pieces),)
        yield QueryWord(joined, forms)
        return
    for part in parts:
        for piece in _iter_pieces(part, is_query=True):
            yield QueryWord(piece, ((piece,),))


def _join_parts(token: str, parts: list[str]) -> str | None:
    """`wi-fi` → `wifi`, `c++` → `cplusplus`; `None` for a plain word."""
    trailing = _TRAILING_SYMBOLS.search(token)
    names = "".join(_SYMBOL_NAMES[symbol] for symbol in trailing[0]) if trailing else ""
    joined = "".join(parts) + names
    if len(parts) == 1 and not names:
        return None
    # 10-20 is a range.
    return None if joined.isdigit() or len(joined) > MAX_JOINED_LENGTH else joined


def _iter_pieces(word: str, *, is_query: bool) -> Iterator[str]:
    """A word of a script with spaces as it is; of others the pairs of neighboring characters,
    and for the index each character."""
    for piece in filter(None, _RUN.split(word)):
        if not _RUN.match(piece):
            yield piece
            continue
        if not is_query or len(piece) == 1:
            yield from piece
        yield from (piece[i : i + 2] for i in range(len(piece) - 1))


def _is_short_pair(first: str, second: str) -> bool:
    """Whether two words may be one: `t shirt`, `wi fi`."""
    lengths = len(first), len(second)
    is_short = lengths == (MAX_SHORT_LENGTH, MAX_SHORT_LENGTH) or (
        lengths[0] == 1 and lengths[1] > 2
    )
    return is_short and _are_latin_words(first, second)


def _is_pair(first: str, second: str) -> bool:
    is_fitting = len(first) + len(second) <= MAX_JOINED_LENGTH
    return is_fitting and _are_latin_words(first, second)


def _are_latin_words(first: str, second: str) -> bool:
    joined = first + second
    is_latin = joined.isascii() and joined.isalpha()
    return is_latin and STOP_WORDS.isdisjoint((first, second))


def _is_plain_pair(first: QueryWord, second: QueryWord) -> bool:
    return first.is_plain and second.is_plain and _is_pair(first.text, second.text)


def _is_split_compound(first: QueryWord, second: QueryWord) -> bool:
    """`t shirt`, but not `i need`."""
    return (
        first.is_plain
        and second.is_plain
        and second.text not in SENTENCE_WORDS
        and _is_short_pair(first.text, second.text)
    )


def _join_words(first: QueryWord, second: QueryWord) -> QueryWord:
    joined = first.text + second.text
    return QueryWord(joined, ((joined,), (first.text, second.text)))
