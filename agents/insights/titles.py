"""The queries of a turn in words, and what a reader must know: said once each."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from agents.insights.claims.evidence import fold_saying
from agents.turn_trace import TurnTrace


@dataclass
class ResultTitle:
    text: str
    notes: tuple[str, ...]
    is_said: bool = False


@dataclass
class FoundSayings:
    """The titles and notes that a sentence says."""

    rest: str
    """What it says beside them."""
    titles: list[ResultTitle]
    notes: list[str]


class TitleTracker:
    def __init__(self, trace: TurnTrace) -> None:
        self._trace = trace
        self._titles: list[ResultTitle] = []
        self._said: set[str] = set()
        """Folded notes."""

    @property
    def is_any_due(self) -> bool:
        """Whether results have titles, and none of them has been said."""
        titles = [each for each in self._read_titles() if each.text]
        return bool(titles) and not any(each.is_said for each in titles)

    def begins_title(self, text: str) -> bool:
        """Whether a text is a part of a title that has not been said, and may go on."""
        folded = fold_saying(text)
        return bool(folded) and any(
            len(folded) < len(title := fold_saying(each.text))
            and title.startswith(folded)
            and not each.is_said
            for each in self._read_titles()
        )

    def find_sayings(self, sentence: str) -> FoundSayings:
        rest = sentence
        titles, notes = [], []
        for each in self._read_titles():
            without = _remove_text(rest, each.text)
            if without != rest:
                titles.append(each)
                rest = without
            for note in each.notes:
                without = _remove_text(rest, note)
                if without != rest:
                    notes.append(note)
                    rest = without
        return FoundSayings(rest, titles, notes)

    def mark_said(self, sayings: FoundSayings) -> None:
        for title in sayings.titles:
            title.is_said = True
        self._said.update(map(fold_saying, sayings.notes))

    def write_titles(self, claims: Iterable[frozenset[int]]) -> str:
        """The titles that a sentence needs whose claims these results bear out."""
        titles = self._read_titles()
        text = ""
        for results in claims:
            known = [titles[number] for number in sorted(results)]
            due = [each for each in known if each.text and not each.is_said]
            if due and len(due) == len(known):
                text += self._write_title(due[-1])
        return text

    def write_all(self) -> str:
        due = [each for each in self._read_titles() if each.text and not each.is_said]
        return "".join(map(self._write_title, due))

    def write_notes(self) -> str:
        """Notes on results that the answer speaks of, which it has not said."""
        used = [each for each in self._read_titles() if each.is_said]
        return "".join(f"\n{note}." for each in used for note in self._take_notes(each))

    def _write_title(self, title: ResultTitle) -> str:
        title.is_said = True
        notes = "".join(f"{note}.\n" for note in self._take_notes(title))
        return f"{title.text}\n{notes}\n"

    def _take_notes(self, title: ResultTitle) -> list[str]:
        due = [each for each in title.notes if fold_saying(each) not in self._said]
        self._said.update(map(fold_saying, due))
        return due

    def _read_titles(self) -> list[ResultTitle]:
        for record in self._trace.results[len(self._titles) :]:
            title = str(record.result.get("title", ""))
            notes = tuple(record.result.get("notes", ())) if title else ()
            self._titles.append(ResultTitle(title, notes))
        return self._titles


def _remove_text(sentence: str, text: str) -> str:
    """A sentence without a text, whatever its case, markup and spaces."""
    if not text or text.split(maxsplit=1)[0].casefold() not in sentence.casefold():
        return sentence
    words = r"[\s*_]+".join(map(re.escape, text.split()))
    return re.sub(rf"(?i)[*_]*{words}[*_]*[.:]?", " ", sentence)
