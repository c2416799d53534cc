"""Spell correction: the known word that a mistyped one most likely was. Pure."""

import re
from collections.abc import Mapping

import numpy as np

from webapp.adapters.search.analysis import FOLDED_MARKS

LETTERS = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{FOLDED_MARKS}])*+(?!\w)")
"""Words of letters only, with their marks, and the ends of others."""
MIN_WORD_LENGTH = 4
LONG_WORD_LENGTH = 6


class Vocabulary:
    """The words of all products, with the number of products that have each.

    A word is compared only with words of similar length and letters: 40,000 candidates
    are narrowed to a few hundred in 0.1 ms.
    """

    def __init__(self, frequencies: Mapping[str, int]) -> None:
        self._words = [word for word in frequencies if len(word) > 2 and word.isalpha()]
        self._frequencies = frequencies
        self._lengths = np.array([len(word) for word in self._words], np.int16)
        self._letters = np.array(
            [_letter_bits(word) for word in self._words], np.uint32
        )

    def find_closest(self, word: str) -> str | None:
        """Find the likeliest word within one edit (two for a long word), or `None`.

        Codes and short words are not corrected. Fewer edits win, then the same first
        letter, then the word that more products have.
        """
        if len(word) < MIN_WORD_LENGTH or not word.isalpha():
            return None
        max_edits = 2 if len(word) >= LONG_WORD_LENGTH else 1
        candidates = (
            (edits, candidate[0] != word[0], -self._frequencies[candidate], candidate)
            for candidate in self._list_similar(word, max_edits)
            if (edits := edit_distance(word, candidate)) <= max_edits
        )
        best = min(candidates, default=None)
        return best[3] if best else None

    def _list_similar(self, word: str, max_edits: int) -> list[str]:
        if not self._words:
            return []
        near = np.abs(self._lengths - len(word)) <= max_edits
        differing = np.bitwise_count(self._letters ^ np.uint32(_letter_bits(word)))
        near &= differing <= 2 * max_edits
        return [self._words[index] for index in np.flatnonzero(near)]


def correct_words(text: str, corrections: Mapping[str, str]) -> str | None:
    """Replace words of a text; `None` when there is nothing to replace."""
    if not corrections:
        return None
    return LETTERS.sub(lambda word: corrections.get(word[0], word[0]), text)


def edit_distance(left: str, right: str) -> int:
    """Damerau-Levenshtein distance (optimal string alignment): insertions, deletions,
    substitutions and swaps of neighboring letters."""
    before: list[int] = []
    above = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and b == left[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]


def _letter_bits(word: str) -> int:
    """Bit set of the letters, whatever their position; code points wrap modulo 32."""
    bits = 0
    for letter in word:
        bits |= 1 << ((ord(letter) - ord("a")) % 32)
    return bits
