"""Splits a message into the questions that it asks. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.readings import DaySpan, PeriodSpan, TimeShift

DOTTED = (
    "vs", "no", "nr", "incl", "excl", "approx", "ca", "resp", "dept", "est", "avg", "min",
    "max", "mr", "mrs", "ms", "dr", "st", "vol",
)  # fmt: skip
"""Abbreviations that end with a dot, and no sentence."""
DOTTED_WORDS = (
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "mon",
    "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun", "qtr", "yr", "yrs",
    "wk", "wks", "inc", "ltd", "cat", "prod", "rev", "ord",
)  # fmt: skip
"""Others, which may end a sentence, too, if a capital follows."""


def _exclude_words(words: Sequence[str]) -> str:
    return "".join(rf"(?<!\b(?i:{word})\.)" for word in words)


BEHIND_NO_DATE = r"(?<!\b[0-9][0-9]\.[0-9][0-9]\.)(?<!\b[0-9]\.[0-9][0-9]\.)"
""" "10.06. by country" goes on."""
SENTENCE_END = re.compile(
    rf"(?<=[?!;])\s+|\n+|(?<=['\u2019]\w\.)\s+(?=[A-Z])|(?<=\w\w\.){_exclude_words(DOTTED)}"
    rf"(?:\s+(?=[A-Z])|{_exclude_words(DOTTED_WORDS)}{BEHIND_NO_DATE}\s+(?=[a-z]))"
)
MEANT_THAN = re.compile(
    r"(?i)(\b(?:better|worse|more|less|fewer|higher|lower|bigger|smaller|stronger|weaker|busier)\b"
    r"[^,;]*\s)then(?=\s)"
)
"""As it sounds: "better then last week"."""
THEN = re.compile(r"(?i)(?:,\s*|\s+)(?:and\s+)?then\s+")
FURTHER_QUESTION = re.compile(
    r"(?i)(?:,\s*|\s+)and\s+(?=(?:the\s+)?"
    r"(?:which|what|how many|how much|how did|how was|where|top|best|worst)\b)"
)
POINTS_BACK = re.compile(r"(?i)\b(?:it|there|them|those|that|these)\b")
LIST_NUMBER = re.compile(r"(?:^|(?<=[\s,;:]))\(?(?P<number>[1-9])[.)]\s+(?=\S)")
""" "(1) revenue of May, (2) the best product": questions with numbers."""
SCOPING = re.compile(
    r"(?i)(?:please\s+)?(?:exclud|ignor|leav|skip|drop|remov|filter|limit|restrict|tak(?:e|ing) out"
    r"|without|except|disregard|omit|only\b|start with)"
)
""" "Exclude Vinyl, then show me the best 5": the first part says of what the second is."""
COMPARING = (
    Role.COMPARE, Role.CHANGE, Role.RISE, Role.FALL, Role.BETWEEN, Role.TREND, Role.ANALYSIS,
)  # fmt: skip
FIRST_ALSO = re.compile(r"(?i)^(?:also|then|plus|as well as|and)\s+")
COUNTS = re.compile(r"(?i)(?:how many|(?:the )?number of)\b")
OF_THEM = re.compile(
    r"(?i)(?:what|how much)\b[^,;]*\b(?:did|do|have|were) (?:they|those|these)\b"
)
""" "How many orders were paid in USD, and what revenue did they bring" is one question."""
AND_HOW_MUCH = re.compile(
    r"(?i)(?<=\s)and how (?:much|many) (?=(?:with|from|by|to|in|for|through)\b)"
)
""" "How much with new customers and how much with returning ones": the figure is the same."""
COST = re.compile(
    r"(?i)what (?:does|do|did|is|has|have) (?:it|that|this|they|those|these) cost"
)
""" "And what does that cost us" is of the same question: nothing else says what costs."""
HEADED = re.compile(r"(?i)(?:per|by|for (?:each|every)|broken down by) [^:]*:")
AMOUNT = re.compile(r"(?i)(?:how much|how many|what)\b(?!.*\b(?:per|by|which)\b)")
""" "Per category: how much we sold, and how much we refunded": both are by category."""
WORTH = re.compile(
    r"(?i)(?:what|how much) (?:were|was|are|is) (?:they|those|these|that|it|the \w+) worth\b"
)
""" "How many came back, and what were they worth": of the same ones."""
NOUN_ASKED = re.compile(r"(?i)(?:of\s+)?(?:which|what)(?:\s+of\s+(?:our|the))?\s+\w+")
""" "Which products and which countries drove it": the first asks for nothing without the rest."""
COMPLETE = re.compile(
    r"(?i)\b(?:which|best|worst|most|least|highest|lowest|top|last|this|in|since|yesterday|today)\b"
)


def split_sentences(text: str) -> list[list[str]]:
    """The sentences, each as the questions that it asks: "which category fell most, and which
    products in it?". "How many orders and how much revenue" is one."""
    numbered = [list(_split_further(each)) for each in _split_numbered(text.strip())]
    if len(numbered) > 1:
        return [[question for questions in numbered for question in questions]]
    return [
        list(_split_further(sentence.strip()))
        for sentence in SENTENCE_END.split(text.strip())
        if sentence.strip(" .?!;")
    ]


def _split_numbered(text: str) -> list[str]:
    """Questions with the numbers 1, 2 and so on before them."""
    marks = list(LIST_NUMBER.finditer(text))
    numbers = [int(each["number"]) for each in marks]
    if len(marks) < 2 or numbers != [*range(1, len(marks) + 1)]:
        return [text]
    ends = [*(each.start() for each in marks[1:]), len(text)]
    questions = [text[each.end() : end] for each, end in zip(marks, ends, strict=True)]
    # What stands before the first is of all: "for Germany: 1) orders, 2) revenue".
    of_all = text[: marks[0].start()].strip(" ,;:.")
    return [f"{of_all}: {each.strip(' ,;.')}".lstrip(": ") for each in questions]


def points_at_before(question: str) -> bool:
    """ "How many orders was that": of the figures before."""
    return POINTS_BACK.search(question) is not None


def _split_further(sentence: str) -> Iterator[str]:
    sentence = AND_HOW_MUCH.sub("and ", sentence)
    sentence = MEANT_THAN.sub(r"\1than", sentence)
    if SCOPING.match(sentence):
        sentence = THEN.sub(", ", sentence, count=1)
    first, *rest = THEN.split(sentence, maxsplit=1)
    match = FURTHER_QUESTION.search(first)
    if match is not None and _is_further(first[: match.start()], first[match.end() :]):
        yield first[: match.start()]
        second = first[match.end() :]
        yield f"and {second}" if POINTS_BACK.search(second) else second
    else:
        yield first
    for each in rest:
        yield f"then {each}"


def _is_further(first: str, second: str) -> bool:
    is_begun = first.casefold().rstrip().endswith(("how many", "how much"))
    is_counted = COUNTS.match(first) and OF_THEM.match(second)
    if HEADED.match(first) and AMOUNT.match(second):
        return False
    if (
        COST.match(second)
        or WORTH.match(second)
        or NOUN_ASKED.fullmatch(first)
        or is_counted
    ):
        return False
    return not is_begun and bool(POINTS_BACK.search(second) or COMPLETE.search(first))


def split_by_times(text: str, mentions: Sequence[Mention]) -> list[str]:
    """Figures that each have a time of their own: "revenue in June and units in July", "yesterday's
    orders and last week's top 3 products"."""
    at = _find_second_figure(mentions)
    if at is None:
        return [text]
    first, second = text[: mentions[at - 1].start], text[mentions[at].start :]
    others = split_by_times(second, _shift_mentions(mentions, at))
    return [first.rstrip(" ,"), *(FIRST_ALSO.sub("", each) for each in others)]


def _find_second_figure(mentions: Sequence[Mention]) -> int | None:
    """The place of what follows a figure and its time, and has another time itself."""
    compares = any(each.has(*COMPARING) for each in mentions)
    for index in range(1, len(mentions)):
        before, after = mentions[:index], mentions[index:]
        if not before[-1].has(Role.JOIN):
            continue
        if _has_time_behind(before) and _has_own_time(after):
            return index
        # "Yesterday's revenue and the 3 products that sold best last week".
        is_whole = _asks_with_time(before) and _asks_with_time(after)
        if is_whole and not compares:
            return index
    return None


def _has_time_behind(mentions: Sequence[Mention]) -> bool:
    """Whether a time stands somewhere behind a subject."""
    subjects = [index for index, each in enumerate(mentions) if _is_subject(each)]
    return bool(subjects) and any(map(_is_window, mentions[subjects[0] :]))


def _has_own_time(mentions: Sequence[Mention]) -> bool:
    """Whether a subject stands before a time, with nothing but fillers between."""
    subjects = [index for index, each in enumerate(mentions) if _is_subject(each)]
    times = [index for index, each in enumerate(mentions) if _is_window(each)]
    return bool(subjects and times) and subjects[0] < times[0]


def _asks_with_time(mentions: Sequence[Mention]) -> bool:
    """Whether words ask for a figure, or for the best rows, and say a time."""
    asks = (Role.METRIC, Role.SUPERLATIVE, Role.HOW_MUCH)
    return any(each.has(*asks) for each in mentions) and any(map(_is_window, mentions))


def _is_subject(mention: Mention) -> bool:
    return mention.has(Role.METRIC) or bool(mention.values)


def _is_window(mention: Mention) -> bool:
    return isinstance(mention.time, DaySpan | PeriodSpan | TimeShift)


def _shift_mentions(mentions: Sequence[Mention], at: int) -> list[Mention]:
    """Those from a place on, with offsets from its beginning."""
    start = mentions[at].start
    return [
        replace(each, start=each.start - start, end=each.end - start)
        for each in mentions[at:]
    ]
