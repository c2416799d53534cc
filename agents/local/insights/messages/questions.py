"""Which of the sentences of a message ask for figures, and which only talk. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.local.insights.messages.small_talk import find_foreign_answer
from agents.local.insights.question.draft import Request
from agents.local.insights.question.question import Question
from agents.local.insights.question.shown_asides import is_shown
from agents.local.insights.talk.statements import is_claimed
from agents.local.insights.words.lexicon import Role

PERSONAL = "I tell figures of the shop, never who a customer is or how to reach them."
NOTHING = "I found no question about figures there. For example: “revenue by month this year”."


class CannotAnswer(Exception):
    """The message says to the user why, and what to do."""


class HasUnknownWords(CannotAnswer):
    """Nothing but these words is in the way of an answer."""

    def __init__(self, words: str, rest: "Sequence[Reading]") -> None:
        super().__init__(
            f"I do not know {words} here. Please say it in other words, or ask without it."
        )
        self.words = words
        self.rest = rest
        """What was read without them, with a note that says so."""


@dataclass(frozen=True)
class Reading:
    text: str
    """With what was corrected."""
    question: Question
    notes: tuple[str, ...]
    """What was corrected or chosen."""
    begins: bool = True
    """Whether it is the first of its sentence."""
    is_other: bool = False
    """Whether it is another question like the one before."""

    @property
    def is_asked(self) -> bool:
        return self.text.rstrip().endswith("?")


def settle_readings(readings: Sequence[Reading]) -> Sequence[Reading]:
    """The questions of a message, without the sentences that only talk; the first says what these
    are, unless all their words are known to ask for nothing.

    Raises `CannotAnswer`.
    """
    said = [
        each for each in readings if len(readings) == 1 or not is_idle(each.question)
    ]
    asks = any(_names_its_figure(each) for each in said)
    talk = [each for each in said if each.question.is_talk or (asks and is_claim(each))]
    asked = [each for each in said if each not in talk]
    if not any(map(asks_something, asked)):
        asked, talk = said, []
    if not asked:
        raise CannotAnswer(NOTHING)
    for each in asked:
        refuse_unanswerable(each.question, each.text)
    named = [each.text.strip(" .!?,") for each in talk if _is_lost(each, asked)]
    first, *others = asked
    notes = (name_talk(named), *first.notes) if named else first.notes
    unknown = [quote_unknown(each.question) for each in asked if each.question.unknown]
    if unknown:
        words = ", ".join(unknown)
        first = replace(first, notes=(f"I left out {words}.", *notes))
        raise HasUnknownWords(words, [first, *others])
    return [replace(first, notes=notes), *others]


def _is_lost(talk: Reading, asked: Sequence[Reading]) -> bool:
    """Whether it names what none of the questions shows."""
    questions = [each.question for each in asked]
    return any(
        not any(is_shown(mention, each.request, each.mentions) for each in questions)
        for mention in talk.question.telling
    )


def refuse_unanswerable(question: Question, text: str) -> None:
    """Raises `CannotAnswer` for whatever could make the answer another one than was asked for, but
    for words that are not known."""
    known = len(question.mentions) - len(question.unknown)
    if question.unknown and (foreign := find_foreign_answer(text, known=known)):
        raise CannotAnswer(foreign)
    problems = [
        *([PERSONAL] if question.is_personal else []),
        *(
            f"I cannot answer “{gap.text}”: {gap.reason.rstrip('.')}."
            for gap in question.gaps
        ),
        *question.questions,
    ]
    if problems and question.unknown and not question.is_personal:
        problems.append(str(HasUnknownWords(quote_unknown(question), ())))
    if problems:
        raise CannotAnswer("\n".join(problems))
    if question.request.is_empty and not question.mentions:
        raise CannotAnswer(NOTHING)


def is_idle(question: Question) -> bool:
    """Whether a sentence asks for nothing: "many thanks in advance"."""
    words = (Role.FILLER, Role.JOIN, Role.ALSO, Role.YES, Role.HIGH)
    return question.request.is_empty and all(
        each.has(*words) for each in question.mentions
    )


def asks_something(reading: Reading) -> bool:
    return not reading.question.request.is_empty or bool(reading.question.gaps)


def _names_its_figure(reading: Reading) -> bool:
    """Whether a sentence is a question by itself, whatever stands before it."""
    question = reading.question
    return bool(question.request.metrics) and not (
        question.is_talk or question.has(Role.ANALYSIS) or is_claim(reading)
    )


def is_claim(reading: Reading) -> bool:
    return not reading.is_asked and is_claimed(reading.question.mentions)


def is_complete(request: Request) -> bool:
    """Whether a question says what figures it is about."""
    ranks = request.descending is not None
    return bool(request.metrics or request.analysis or ranks)


def name_talk(texts: Sequence[str]) -> str:
    words = ", ".join(f"“{text}”" for text in texts)
    return f"I left out {words}, which I took for talk around the question."


def quote_unknown(question: Question) -> str:
    return ", ".join(f"“{mention.text}”" for mention in question.unknown)
