"""Reads a message: its sentences, the questions in them and the names of the shop in these.

Words that are not known are tried again as numbers, and as known words that are written wrongly.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.local.dialogue_state import Json
from agents.local.insights.messages.claims import ask_claims
from agents.local.insights.messages.clauses import split_by_times, split_sentences
from agents.local.insights.messages.links import (
    is_pointed_at,
    join_header,
    join_talk,
    share_times,
)
from agents.local.insights.messages.plans import settle_plans
from agents.local.insights.messages.questions import Reading, name_talk, settle_readings
from agents.local.insights.messages.retractions import find_retraction, take_back
from agents.local.insights.messages.sentence_links import repeats_both
from agents.local.insights.messages.sized_names import complete_sizes
from agents.local.insights.messages.small_talk import find_small_talk
from agents.local.insights.messages.tool_requests import Steps, find_values
from agents.local.insights.queries.follow_ups import Earlier, covers_weeks
from agents.local.insights.question.parser import parse_question
from agents.local.insights.question.question import Question
from agents.local.insights.question.searches import (
    is_about_searches,
    speaks_of_searches,
)
from agents.local.insights.words.mention_finder import find_mentions
from agents.local.insights.words.ordinary_words import is_ordinary
from agents.local.insights.words.rewordings import reword_text
from agents.local.insights.words.spelling import (
    apply_corrections,
    correct_words,
    expand_abbreviations,
)
from agents.local.language.number_phrases import write_numbers
from agents.local.language.today import Today
from webapp.insights.query.values import ValueMatch
from webapp.kit.demonyms import load_demonyms

KINDS = frozenset(
    {
        "model",
        "models",
        "version",
        "versions",
        "type",
        "kind",
        "size",
        "sort",
        "edition",
    }
)
""" "The 14 inch model"."""


NUMBERED = re.compile(r"(?P<before>.*\w )\d+(?P<behind>\b.*)")
""" "Puzzle 500 Pieces"."""


@dataclass(frozen=True)
class MessageReader:
    today: Today
    earlier: Earlier | None = None
    """The figures before the message."""

    def read_message(self, text: str) -> Steps[Sequence[Reading]]:
        """Raises `CannotAnswer`."""
        found: list[Reading] = []
        text = yield from self._take_back(reword_text(text))
        for clauses in split_sentences(ask_claims(text)):
            sentence = yield from self._read_sentence(clauses, found)
            is_repeated = (
                bool(found)
                and len(sentence) == 1
                and repeats_both(found[-1].question, sentence[0].question)
            )
            if not is_repeated:
                found += [
                    replace(each, begins=not n) for n, each in enumerate(sentence)
                ]
        settled = settle_readings(settle_plans(found))
        return settled if self.earlier is not None else join_header(settled)

    def _take_back(self, text: str) -> Steps[str]:
        """ "Orders in May, no wait, June" is a question about June."""
        retraction = find_retraction(text)
        if retraction is None:
            return text
        matches = yield from find_values(text, searches=False)
        mentions = find_mentions(text, today=self.today, matches=matches)
        return take_back(text, retraction, mentions) or text

    def _read_sentence(
        self, clauses: Sequence[str], found: list[Reading]
    ) -> Steps[Sequence[Reading]]:
        """Takes in the last one found before, if it says what this one asks of."""
        sentence: list[Reading] = []
        waiting = [
            each for each in clauses if each.strip() and not find_small_talk(each)
        ]
        while waiting:
            reading = yield from self._read_question(waiting.pop(0))
            is_first = bool(found) and not sentence
            if is_first and is_pointed_at(found[-1], reading, self.today):
                joined = join_talk(found.pop(), reading)
                reading = yield from self._read_question(joined)
            parts = split_by_times(reading.text, reading.question.mentions)
            if len(parts) > 1:
                waiting[:0] = parts
            else:
                sentence.append(reading)
        share_times([each.question.request for each in sentence])
        return sentence

    def _read_question(self, text: str) -> Steps[Reading]:
        text = expand_abbreviations(text)
        matches, question = yield from self._parse(text)
        sized = complete_sizes(text, matches)
        for named in (
            _write_peoples(text, question),
            sized,
            self._name_goods(text, question),
        ):
            if not question.unknown or named == text:
                continue
            found, narrower = yield from self._parse(named)
            if not narrower.unknown:
                text, matches, question = named, found, narrower
        if question.is_talk and question.unknown:
            return Reading(text, question, ())
        if question.unknown and (digits := write_numbers(text)) != text:
            text = digits
            matches, question = yield from self._parse(text)
        corrections = correct_words(question.unknown, matches)
        notes = [f"I read “{each.written}” as {each.meant}." for each in corrections]
        if corrections:
            text = apply_corrections(text, corrections)
            _, question = yield from self._parse(text)
        if question.left_out:
            notes.append(name_talk(question.left_out))
        return Reading(text, question, (*notes, *question.notes))

    def _name_goods(self, text: str, question: Question) -> str:
        """ "Just the 14 inch", of balance bikes before: with their name where that is not known."""
        query = {} if self.earlier is None else self.earlier.query
        filters = query.get("filters", [])
        names = [each["contains"] for each in filters if "contains" in each]
        if len(names) != 1:
            return _name_other_number(text, filters)
        spans = [(each.start, each.end) for each in question.unknown]
        for start, end in reversed(spans):
            word = text[start:end].casefold()
            if word in KINDS:
                text = text[:start] + text[end:]
            elif word[:1].isdigit() or len(spans) == 1:
                text = f"{text[:start]}{names[0]} {text[start:]}"
        # "The 14 inch bike": the word stands there already.
        words = "|".join(map(re.escape, names[0].split()))
        return re.sub(
            rf"(?i)({re.escape(names[0])} \d+ \w+) (?:{words})s?\b", r"\1", text
        )

    def _parse(self, text: str) -> Steps[tuple[Sequence[ValueMatch], Question]]:
        """The names of the shop in a text, and what it asks with them."""
        query = {} if self.earlier is None else self.earlier.query
        is_of_searches = self.earlier is not None and is_about_searches(query)
        words = find_mentions(text, today=self.today, matches=())
        searches = is_of_searches or speaks_of_searches(words)
        matches = yield from find_values(text, searches=searches)
        question = parse_question(
            text,
            today=self.today,
            matches=matches,
            is_of_searches=is_of_searches,
            follows=self.earlier is not None,
            analysis=query.get("analysis"),
            figures=tuple(query.get("metrics", ())),
            is_long=covers_weeks(query),
        )
        return matches, question


def _write_peoples(text: str, question: Question) -> str:
    """ "How many canadian customers": those of a country, which are written with a capital."""
    for each in question.unknown:
        word = each.word.removesuffix("s")
        if word in load_demonyms() and not is_ordinary(word):
            text = f"{text[: each.start]}{each.text.capitalize()}{text[each.end :]}"
    return text


def _name_other_number(text: str, filters: Sequence[Json]) -> str:
    """ "And the one with 2000 pieces?", of Puzzle 500 Pieces: the name of the other product."""
    named = [
        name
        for each in filters
        if each["dimension"] == "product"
        for name in each.get("in", [])
    ]
    known = NUMBERED.fullmatch(named[0]) if len(named) == 1 else None
    if known is None:
        return text
    before, behind = known["before"], known["behind"]
    unit = f"(?: {re.escape(behind.strip())})?" if behind.strip() else ""
    return re.sub(
        rf"(?i)(?:the )?(?:one )?(?:with |of )?(?:the )?\b(\d+)\b{unit}(?: ones?\b)?",
        lambda found: f"{before}{found[1]}{behind}",
        text,
        count=1,
    )
