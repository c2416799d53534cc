"""Nothing leaves the insights agent that its tools do not support.

Text is held back until its sentence is whole; a sentence with a number that no tool
returned in this turn is left out, and the answer says that something was.
"""

import re

from agents.insights.numbers import KnownFigures, collect_figures, is_supported
from agents.turn_trace import TurnTrace

LIST_MARK = r"\s*(?:\d+[.)]|[-*])\s"
# A list's line is left out whole. Elsewhere the point of "3.5" ends no sentence.
SENTENCE = re.compile(
    rf"{LIST_MARK}[^\n]*\n"
    rf"|(?!{LIST_MARK}).*?(?:\n|(?<!\d)[.!?](?=\s)\s?|(?<=\d)[.!?](?=\s+[A-Z])\s?)",
    re.DOTALL,
)
WITHHELD_NOTICE = "\n(I left out what the figures do not support.)"


class NumberGrounding:
    def __init__(self, ledger: TurnTrace) -> None:
        self._ledger = ledger
        self._held = ""
        self._known: KnownFigures | None = None
        self._read = 0
        self.withheld = 0

    def feed(self, text: str) -> str:
        self._held += text
        shown = []
        while found := SENTENCE.match(self._held):
            shown.append(self._checked(found[0]))
            self._held = self._held[found.end() :]
        return "".join(shown)

    def flush(self) -> str:
        rest, self._held = self._checked(self._held), ""
        return f"{rest}{WITHHELD_NOTICE}" if self.withheld else rest

    def _checked(self, sentence: str) -> str:
        if is_supported(sentence, self._figures()):
            return sentence
        self.withheld += 1
        return ""

    def _figures(self) -> KnownFigures:
        """Of every tool so far; made anew only when another has answered."""
        if self._known is None or self._read != len(self._ledger.results):
            self._read = len(self._ledger.results)
            self._known = collect_figures(done.result for done in self._ledger.results)
        return self._known
