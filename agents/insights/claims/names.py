"""Names in sentences: values that tools returned, and capitalized or quoted words that none did.

A name is found where it stands whole. What a name says ("Half Moon Lamp") is no claim. A name that
reads like a claim ("Revenue doubled") counts as a name only in quotation marks, as a cell of a
table, or as the label of a list item: elsewhere it would be read as what it says. Pure.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from agents.insights.claims.lexicon import (
    METRIC_WORD,
    WORDS,
    compile_terms,
    compile_words,
    is_common_word,
)
from agents.insights.claims.mentions import NameMention
from agents.insights.claims.tables import fold_value
from webapp.kit.countries import country_name
from webapp.kit.country_names import OTHER_NAMES

MASK = "\u00a4"
"""Stands for each character of what has been read already."""
WORD = re.compile(r"\w+")
QUOTED = re.compile(
    r"\u201c(?P<a>[^\u201d\n]{1,200})\u201d|\"(?P<b>[^\"\n]{1,200})\"|`(?P<c>[^`\n]{1,200})`"
    r"|\u00ab(?P<d>[^\u00bb\n]{1,200})\u00bb|\u2018(?P<e>[^\u2019\n]{1,200})\u2019(?!\w)"
    r"|(?<!\w)'(?P<f>[^'\n]{1,200})'(?!\w)"
)
QUOTATION_MARKS = "\u201c\"`\u00ab\u2018'"
CELL = re.compile(r"(?<=\|)[^|\n]+(?=\|)")
LABEL = re.compile(
    r"^\s*(?:[-*\u2022]|\d+[.)])\s+(?P<label>.+?)(?=\s*(?::\s|\s[\u2013\u2014-]\s"
    r"|$))"
)
LABEL_END = re.compile(r"\s*(?::\s|\s[\u2013\u2014-]\s|$)")
MEASURE = re.compile(r"%|percent|[$\u20ac\u00a3]\s?\d|\d,\d{3}|\d{5,}")
STATEMENT = compile_words([
    "is", "are", "was", "were", "has", "had", "have", "say", "says", "said", "ignore", "fell",
    "grew",
    "increased", "declined", "dropped", "decreased", "doubled", "tripled", "halved", "sold",
    "led", "beat", "leads",
    "jumped", "surged", "improved", "write", "tell", "report", "because", "made", "brought",
])  # fmt: skip
LOWER_ROSE = re.compile(r"\w\W+rose\b")
CLAIM_WORD = compile_words([
    *(word for name in ("up", "down", "flat", "better",
    "worse") for word in WORDS["directions"][name]),
    *(word for name in ("high", "low", "best", "worst") for word in WORDS["rankings"][name]),
    *(word for words in WORDS["totality"].values() for word in words),
    r"doubl\w*", r"tripl\w*", r"half", r"halv\w*", r"twice", r"third", r"majority", r"\d+",
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "dozen", "hundred",
    "thousand",
])  # fmt: skip
RANKED = compile_terms("rankings", "high", "low", "best", "worst")
CAPITALIZED = re.compile(r"(?<![\w'\u2019])[^\W\d_a-z\u00df-\u00ff][\w'\u2019]*")
NAMED_KIND = re.compile(
    r"\b(?P<name>[a-z][\w-]+) (?:category|product|brand|country|department|state)\b"
)
ACRONYM = re.compile(r"[A-Z]{2,4}")
COUNTRY_ALIASES = {
    "US": ("the US", "USA", "U.S.", "U.S.A.", "the States"),
    "GB": ("U.K.",),
}
WEEKDAYS = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip


@dataclass(frozen=True)
class KnownName:
    text: str
    target: tuple[str, str]
    needs_case: bool = False
    needs_capital: bool = False
    """Whether it is one only where each of its words begins with a capital."""
    needs_marks: bool = False
    """Whether it is a name in quotation marks, a cell or a label only."""


@dataclass(frozen=True)
class FoundValue:
    """What a search for the names in a question found."""

    dimension: str
    value: str
    is_whole: bool
    """Whether it is a value, and no word of some, or one that is spelled alike."""

    @property
    def is_of_language(self) -> bool:
        """Whether all its words are of the language: "running", of a running shoe, or a brand Last
        Month."""
        return all(map(is_common_word, WORD.findall(self.value)))


@dataclass
class NameIndex:
    """Names by their first word."""

    by_word: dict[str, list[KnownName]] = field(
        default_factory=lambda: defaultdict(list)
    )
    by_text: dict[str, set[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    by_part: dict[str, set[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    words: set[str] = field(default_factory=set)
    """Of all names, and of what the person wrote."""
    message: str = ""
    column_labels: re.Pattern[str] | None = None
    """What results call their columns."""

    def find_targets(self, text: str) -> frozenset[tuple[str, str]]:
        return frozenset(self.by_text.get(fold_value(text), ()))


def build_name_index(
    labels: Iterable[tuple[str, str]],
    message: str = "",
    *,
    found: Iterable[FoundValue] = (),
    column_labels: Sequence[str] = (),
) -> NameIndex:
    """`labels` are values of rows and filters. A value that was `found` in the question, and has
    only words of the language, is a name where it is written as one."""
    index = NameIndex(message=fold_value(message))
    if column_labels:
        index.column_labels = compile_words(map(re.escape, column_labels))
    index.words.update(map(str.casefold, WORD.findall(message)))
    known = dict.fromkeys(labels)
    for dimension, value in known:
        _add_name(index, dimension, value)
    for each in found:
        if (each.dimension, each.value) not in known:
            _add_name(
                index, each.dimension, each.value, needs_capital=each.is_of_language
            )
    for names in index.by_word.values():
        names.sort(key=lambda each: len(each.text), reverse=True)
    return index


def _add_name(
    index: NameIndex, dimension: str, value: str, *, needs_capital: bool = False
) -> None:
    target = (dimension, fold_value(value))
    for alias in iterate_aliases(dimension, value):
        index.by_text[fold_value(alias)].add(target)
        if first := WORD.search(alias):
            name = _build_name(dimension, alias, target)
            if needs_capital:
                name = replace(name, needs_capital=True)
            index.by_word[first[0].casefold()].append(name)
            for word in map(str.casefold, WORD.findall(alias)):
                index.words.add(word)
                index.by_part[word].add(target)


def iterate_aliases(dimension: str, value: str) -> Iterator[str]:
    """What a value is called in prose."""
    yield value
    match dimension:
        case "country":
            yield from _name_country(value)
        case "weekday" if value in "1234567":
            yield from (WEEKDAYS[int(value) - 1], f"{WEEKDAYS[int(value) - 1]}s")
        case "hour_of_day":
            yield from _name_hour(int(value))
        case "order_status" | "payment_status":
            yield value.replace("_", " ")
        case "customer_type" | "customer_status":
            yield f"{value}s"


def _name_country(code: str) -> Iterator[str]:
    if country_name(code) != code:
        yield country_name(code)
    yield from COUNTRY_ALIASES.get(code, ())
    for line in OTHER_NAMES.strip().splitlines():
        if line.startswith(f"{code} "):
            yield from line[3:].split("|")


def _name_hour(hour: int) -> Iterator[str]:
    half = "am" if hour < 12 else "pm"
    yield from (f"{hour:02}:00", f"{hour}:00", f"hour {hour}")
    yield from (f"{hour % 12 or 12} {half}", f"{hour % 12 or 12}{half}")


def _build_name(dimension: str, alias: str, target: tuple[str, str]) -> KnownName:
    is_word = WORD.fullmatch(alias) is not None
    is_claim = is_word and (
        CLAIM_WORD.fullmatch(alias) is not None
        or METRIC_WORD.fullmatch(alias) is not None
    )
    if dimension in {"hour_of_day", "weekday"}:
        return KnownName(alias, target, needs_marks=alias.isdigit())
    return KnownName(
        alias,
        target,
        needs_case=is_word
        and (ACRONYM.fullmatch(alias) is not None or is_common_word(alias)),
        needs_marks=is_claim or is_claim_like(alias),
    )


def is_claim_like(name: str) -> bool:
    """Whether a name would be read as a statement, where nothing marks it as a name."""
    if MEASURE.search(name) or LOWER_ROSE.search(name):
        return True
    if len(WORD.findall(name)) < 2:
        return False
    if STATEMENT.search(name):
        return True
    return bool(METRIC_WORD.search(name) and CLAIM_WORD.search(name))


def find_names(text: str, index: NameIndex) -> list[NameMention]:
    """The known names in a sentence, in its order; the longest where several begin."""
    marked = list(_iterate_marked(text, index))
    taken = [(each.start, each.end) for each in marked]
    labels = list(_iterate_labels(text, index))
    found = list(marked)
    at = 0
    for match in WORD.finditer(text):
        start = match.start()
        if start < at or any(first <= start < last for first, last in taken):
            continue
        mention = _match_name(text, start, match[0], index)
        mention = mention or _match_part(match, index)
        if mention and not any(
            first <= start and mention.end <= last for first, last in labels
        ):
            found.append(mention)
            at = mention.end
    return sorted(found, key=lambda each: each.start)


def _iterate_labels(text: str, index: NameIndex) -> Iterator[tuple[int, int]]:
    """Where a sentence calls a column as its result does, which is no name of a row."""
    if index.column_labels is not None:
        yield from (match.span() for match in index.column_labels.finditer(text))


def _iterate_marked(text: str, index: NameIndex) -> Iterator[NameMention]:
    """Names that are quoted, cells of a table or labels of list items."""
    spans = [match.span(match.lastgroup or 0) for match in QUOTED.finditer(text)]
    label = LABEL.match(text)
    if text.lstrip().startswith("|"):
        spans.extend(match.span() for match in CELL.finditer(text))
    elif label:
        parts = list(_split_label(*label.span("label"), text, index))
        if len(parts) > 1:
            yield from _settle_row(list(_read_marked(parts, text, index)))
            spans = [each for each in spans if each[0] >= label.end("label")]
        else:
            known = _find_label(text, label.start("label"), index)
            spans.extend([known] if known else parts)
    yield from _read_marked(spans, text, index)


def _find_label(text: str, start: int, index: NameIndex) -> tuple[int, int] | None:
    """The longest known name that a list item begins with, whatever marks it has inside."""
    first = WORD.search(text, start)
    for name in index.by_word.get(first[0].casefold() if first else "", ()):
        end = start + len(name.text)
        is_same = text[start:end].casefold() == name.text.casefold()
        if is_same and LABEL_END.match(text, end):
            return start, end
    return None


def _read_marked(
    spans: Sequence[tuple[int, int]], text: str, index: NameIndex
) -> Iterator[NameMention]:
    end = 0
    for first, last in sorted(spans):
        inner = text[first:last]
        start = first + len(inner) - len(inner.lstrip())
        stop = start + len(inner.strip())
        targets = index.find_targets(text[start:stop])
        if start >= end and (targets or _is_echo(text, start, stop, index)):
            yield NameMention(start, stop, text[start:stop], targets)
            end = stop


def _split_label(
    start: int, end: int, text: str, index: NameIndex
) -> Iterator[tuple[int, int]]:
    """The label of a list item, or the values of its row: "Monday, 9"."""
    parts = list(re.finditer(r"[^,]+", text[start:end]))
    if len(parts) > 1 and all(index.find_targets(each[0].strip()) for each in parts):
        yield from ((start + each.start(), start + each.end()) for each in parts)
    else:
        yield start, end


def _settle_row(names: Sequence[NameMention]) -> list[NameMention]:
    """The values of one row are each of another dimension: of "Crime, Cold Harbour", Crime is no
    product, though one is called so."""
    choices = product(*(sorted(each.targets) for each in names))
    rows = (each for each in choices if len({name for name, _ in each}) == len(names))
    row = next(rows, None)
    if row is None:
        return list(names)
    return [
        replace(each, targets=frozenset({target}))
        for each, target in zip(names, row, strict=True)
    ]


def _is_echo(text: str, start: int, end: int, index: NameIndex) -> bool:
    """Whether it quotes what the person wrote, other than figures, or how to ask."""
    inner = text[start:end]
    is_quoted = start > 0 and text[start - 1] in QUOTATION_MARKS
    is_refused = text.lstrip().startswith(("I cannot", "I do not know"))
    is_figure = MEASURE.search(inner) is not None and not is_refused
    is_written = fold_value(inner) in index.message and not is_figure
    words = WORD.findall(inner)
    is_phrase = all(map(is_common_word, words)) and not CLAIM_WORD.search(inner)
    is_unknown = text.lstrip().startswith("I do not know") and not is_figure
    return is_quoted and (is_written or is_phrase or is_unknown)


def _match_name(
    text: str, start: int, word: str, index: NameIndex
) -> NameMention | None:
    for name in index.by_word.get(word.casefold(), ()):
        first = WORD.search(name.text)
        begin = start - (first.start() if first else 0)
        end = begin + len(name.text)
        written = text[begin:end]
        if begin < 0 or name.needs_marks:
            continue
        if name.needs_capital and not _is_capitalized(written):
            continue
        same = written if name.needs_case else written.casefold()
        if same != (name.text if name.needs_case else name.text.casefold()):
            continue
        if end_of_name := _find_end(text, end, name.text):
            targets = index.find_targets(name.text)
            return NameMention(begin, end_of_name, written, targets)
    return None


def _is_capitalized(written: str) -> bool:
    return all(word[0].isupper() for word in WORD.findall(written))


def _find_end(text: str, end: int, name: str) -> int | None:
    """Where a name ends with its possessive or plural; None if a word goes on there."""
    if not (name[-1].isalnum() and end < len(text)):
        return end
    plural = "" if CLAIM_WORD.search(name) else "s|"
    match = re.compile(rf"(?:['\u2019]s|{plural}['\u2019])?(?![\w])(?!-\w)").match(
        text, end
    )
    return match.end() if match else None


def hide_matches(pattern: re.Pattern[str], text: str) -> str:
    """A text with what a pattern matches masked."""
    return pattern.sub(lambda match: MASK * len(match[0]), text)


def _match_part(match: re.Match[str], index: NameIndex) -> NameMention | None:
    """A name in short: "the Kettle" for the Glass Kettle."""
    word = match[0]
    if not word[0].isupper() or is_common_word(word) or CLAIM_WORD.fullmatch(word):
        return None
    targets = index.by_part.get(word.casefold())
    return NameMention(*match.span(), word, frozenset(targets)) if targets else None


def mask_parts(text: str, spans: Sequence[tuple[int, int]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if start >= at:
            parts += [text[at:start], MASK * (end - start)]
            at = end
    return "".join([*parts, text[at:]])


def find_unknown_names(rest: str, index: NameIndex) -> Iterator[str]:
    """Names in the rest of a sentence, with what is known of it masked, that nothing returned."""
    for match in QUOTED.finditer(rest):
        inner = match[match.lastgroup or 0]
        if not _is_known_text(inner, index):
            yield inner
    for match in CAPITALIZED.finditer(rest):
        if not _is_known_word(match[0], index):
            yield match[0]
    for match in NAMED_KIND.finditer(rest):
        if not _is_known_word(match["name"], index):
            yield match["name"]


def _is_known_text(inner: str, index: NameIndex) -> bool:
    folded = fold_value(inner)
    if folded in index.message:
        return True
    return all(_is_known_word(word, index) for word in WORD.findall(inner))


def _is_known_word(word: str, index: NameIndex) -> bool:
    if "-" in word:
        return all(_is_known_word(each, index) for each in word.split("-") if each)
    return (
        is_common_word(word)
        or word.casefold() in index.words
        or CLAIM_WORD.fullmatch(word) is not None
    )
