"""Words that mean the same: `tyre` finds tires, `telly` televisions, `hard disc` hard drives. Pure.

Groups are those of the language (`data/same_words.toml`); what only one shop calls so is for its
admins to say.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "same_words.toml"
Words = tuple[str, ...]
Synonyms = Mapping[Words, Sequence[Words]]
"""By each entry, all that mean the same, itself first."""
MAX_LENGTH = 3
"""Words of an entry."""
MAX_FORMS = 12
"""Of one thing: each costs lookups in the index."""


@cache
def load_groups() -> Synonyms:
    tables = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    spellings = [pair.split() for pair in tables["spellings"]]
    return build_groups([*spellings, *tables["synonyms"]])


def build_groups(groups: Iterable[Sequence[str]]) -> Synonyms:
    """An entry of several groups means all of theirs."""
    found: dict[Words, dict[Words, None]] = defaultdict(dict)
    for group in groups:
        entries = [tuple(entry.split()) for entry in group]
        for entry in entries:
            found[entry] |= dict.fromkeys([entry, *entries])
    return {entry: tuple(others) for entry, others in found.items()}


def add_synonyms(more: Iterable[tuple[Words, Sequence[Words]]]) -> Synonyms:
    """Those of the language, and what else an entry finds: what is found need not find it."""
    merged = {entry: tuple(others) for entry, others in load_groups().items()}
    for entry, others in more:
        known = merged.get(entry, (entry,))
        # Those of the shop first: only so many forms of a word are searched.
        merged[entry] = tuple(dict.fromkeys([entry, *others, *known]))
    return merged


def find_same(texts: Sequence[str], groups: Synonyms) -> tuple[int, Sequence[Words]]:
    """How many of the first words are an entry, and what means the same as they do; 0 and nothing
    where they are none. The longest entry counts."""
    for length in range(min(MAX_LENGTH, len(texts)), 0, -1):
        for entry in _iter_singular(texts[:length], groups):
            if entry in groups:
                spelled = _spell_otherwise(groups[entry], groups)
                return length, list(dict.fromkeys([tuple(texts[:length]), *spelled]))[
                    :MAX_FORMS
                ]
    return 0, ()


def _iter_singular(texts: Sequence[str], groups: Synonyms) -> Iterator[Words]:
    """The words as they are, the last one in the singular, and all in other spellings."""
    *first, last = texts
    singulars = [
        last,
        *(last[: -len(end)] for end in ("s", "es") if last.endswith(end)),
    ]
    for word in singulars:
        yield (*first, word)
    spelled = [[each, *_list_spellings(each, groups)] for each in first]
    lasts = [other for word in singulars for other in _list_spellings(word, groups)]
    yield from product(*spelled, [*lasts, *singulars])


def _list_spellings(word: str, groups: Synonyms) -> list[str]:
    return [each[0] for each in groups.get((word,), ()) if len(each) == 1]


def _spell_otherwise(entries: Sequence[Words], groups: Synonyms) -> Iterator[Words]:
    """Each entry, then what means the same as one of a single word: `mice` is `mouse`."""
    yield from entries
    for entry in entries:
        if len(entry) == 1:
            yield from groups.get(entry, ())
