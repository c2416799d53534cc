"""Words that begin a comparison with another time: "vs.", "compared to", "than in"."""

from agents.local.language.grammar import TokenReader

COMPARED = {
    "compared": {"to", "with", "against"},
    "compare": {"to", "with", "against"},
    "compares": {"to", "with", "against"},
    "comparing": {"to", "with", "against"},
    "comparison": {"to", "with"},
    "contrast": {"to", "with"},
    "contrasted": {"to", "with"},
    "opposed": {"to"},
    "relative": {"to"},
    "set": {"against"},
    "measured": {"against"},
    "held": {"against"},
    "next": {"to"},
    "ahead": {"of"},
    "behind": {"that"},
}
"""Verbs and adjectives that compare, with what follows them."""
LEADING = {
    "as": {"against", "opposed"},
    "in": {"comparison", "contrast"},
    "up": {"against", "to"},
}
"""What may stand before: "as against", "in comparison to", "stack up against"."""
STACKING = frozenset({"stack", "stacks", "stacked", "measure", "measures", "measured", "shape",
                      "shapes", "hold", "holds", "held"})  # fmt: skip
PREPOSITIONS = frozenset({"in", "for", "on", "during", "of", "at", "from", "that"})
VERSUS = frozenset({"vs", "versus", "against", "alongside", "beside"})
LINKING = PREPOSITIONS | frozenset({
    "those", "the", "one", "ones", "what", "it", "they", "we", "had", "was", "were", "did", "made",
    "took", "sold", "got", "figure", "figures", "number", "numbers", "result", "results",
})  # fmt: skip
"""Words between a comparison and its time: "with those of", "than it was in"."""
MAX_WORDS_BETWEEN = 6
MAX_WORDS_COMPARED = 12
UNITS = frozenset({"day", "weekday", "date", "week", "month", "quarter", "season"})
NO_COMPARISONS = frozenset({"other", "rather", "longer", "older", "newer", "earlier"})
"""Before "than", say that it is no comparison with a time."""


def read_versus(reader: TokenReader, at: int) -> tuple[str, int] | None:
    """The words that begin a comparison: "vs.", "compared to", "than in"."""
    behind = at + _count_versus(reader, at)
    if behind == at:
        return None
    last = behind + MAX_WORDS_BETWEEN
    while reader.get_word(behind) in LINKING and behind < last:
        is_day = reader.get_word(behind) == "that" and (
            reader.get_word(behind + 1) in UNITS
        )
        if is_day or _begins_time(reader, behind):
            break  # "Than on that day last week".
        behind += 1
    return reader.get_word(at), behind


def _begins_time(reader: TokenReader, at: int) -> bool:
    """ "The one before" and "the month before" are times themselves."""
    return reader.read_category("SHIFT", at) is not None


def _count_versus(reader: TokenReader, at: int) -> int:
    """The number of tokens of "vs.", "compared to", "than"; 0 if none is there."""
    word, following = reader.get_word(at), reader.get_word(at + 1)
    if following in LEADING.get(word, ()):
        return _count_leading(reader, at)
    if word in VERSUS:
        return 2 if following == "." and reader.is_glued(at + 1) else 1
    if word in COMPARED:
        return 2 * (following in COMPARED[word])
    is_second = word in {"with", "to"} and is_comparing(reader, at)
    return int(
        is_second or (word == "than" and reader.get_word(at - 1) not in NO_COMPARISONS)
    )


def _count_leading(reader: TokenReader, at: int) -> int:
    """Of "as against", "in comparison to" and "stack up to"; not of "look up"."""
    if reader.get_word(at) == "up":
        return 2 * (reader.get_word(at - 1) in STACKING)
    rest = _count_versus(reader, at + 1)
    return 1 + rest if rest else 0


def is_comparing(reader: TokenReader, at: int) -> bool:
    """Whether "compare" stands a few words before: "compare revenue in May with June"."""
    before = range(max(at - MAX_WORDS_COMPARED, 0), at)
    return any(reader.get_word(index) in {"compare", "comparing"} for index in before)
