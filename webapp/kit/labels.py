"""Counts of labels, such as categories and brands. Spellings with one key are one label."""

from collections.abc import Iterable

from webapp.kit.text import label_key


def merge_counts(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Add up the counts of each label's spellings, under its most frequent one."""
    merged: dict[str, list[tuple[str, int]]] = {}
    for spelling, count in counts:
        merged.setdefault(label_key(spelling), []).append((spelling, count))
    return [
        (max(spellings, key=_by_count)[0], sum(count for _, count in spellings))
        for spellings in merged.values()
    ]


def _by_count(counted: tuple[str, int]) -> int:
    return counted[1]
