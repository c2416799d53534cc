"""Which known word a mistyped one was meant to be. Pure: words in, a word out."""

from collections.abc import Mapping

import numpy as np

MIN_WORD_LENGTH = 4
LONG_WORD = 6


class Vocabulary:
    """The words of all products, with how many products have each.

    A word is compared only with those of like length and letters: 40,000 words are
    narrowed to a few hundred in a tenth of a millisecond.
    """

    def __init__(self, frequencies: Mapping[str, int]) -> None:
        self._words = [word for word in frequencies if len(word) > 2 and word.isalpha()]
        self._frequencies = frequencies
        self._lengths = np.array([len(word) for word in self._words], np.int16)
        self._letters = np.array([_letters(word) for word in self._words], np.uint32)

    def find_closest(self, word: str) -> str | None:
        """The likeliest word within one slip (two in a long word), or `None`.

        Codes and short words are left alone. Fewer slips win, then the same first
        letter, then the word that more products have.
        """
        if len(word) < MIN_WORD_LENGTH or not word.isalpha():
            return None
        reach = 2 if len(word) >= LONG_WORD else 1
        found = (
            (slips, known[0] != word[0], -self._frequencies[known], known)
            for known in self._like(word, reach)
            if (slips := edit_distance(word, known)) <= reach
        )
        best = min(found, default=None)
        return best[3] if best else None

    def _like(self, word: str, reach: int) -> list[str]:
        if not self._words:
            return []
        near = np.abs(self._lengths - len(word)) <= reach
        differing = np.bitwise_count(self._letters ^ np.uint32(_letters(word)))
        near &= differing <= 2 * reach
        return [self._words[place] for place in np.flatnonzero(near)]


def edit_distance(left: str, right: str) -> int:
    """Letters added, left out, replaced or swapped with their neighbour."""
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


def _letters(word: str) -> int:
    """One bit a letter, whatever its place; letters beyond a to z share the rest."""
    bits = 0
    for letter in word:
        bits |= 1 << ((ord(letter) - ord("a")) % 32)
    return bits
