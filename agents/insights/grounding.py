"""Grounding of the insights agent's answers: only numbers that its tools support are sent.

Text is buffered until its sentence is complete. A sentence with a number that no tool
returned in this turn is withheld, and the answer ends with a notice of that.
"""

import re

from agents.insights.numbers import KnownFigures, collect_figures, is_supported
from agents.turn_trace import TurnTrace

LIST_MARKER = r"\s*(?:\d+[.)]|[-*])\s"
# A list item is withheld whole. Elsewhere the point of "3.5" does not end a sentence.
SENTENCE = re.compile(
    rf"{LIST_MARKER}[^\n]*\n"
    rf"|(?!{LIST_MARKER}).*?(?:\n|(?<!\d)[.!?](?=\s)\s?|(?<=\d)[.!?](?=\s+[A-Z])\s?)",
    re.DOTALL,
)
WITHHELD_NOTICE = "\n(I left out what the figures do not support.)"


class NumberGrounding:
    def __init__(self, trace: TurnTrace) -> None:
        self._trace = trace
        self._buffer = ""
        self._figures = collect_figures([])
        self._results_seen = 0
        self._has_withheld = False

    def feed(self, text: str) -> str:
        self._buffer += text
        shown = []
        while match := SENTENCE.match(self._buffer):
            shown.append(self._filter(match[0]))
            self._buffer = self._buffer[match.end() :]
        return "".join(shown)

    def flush(self) -> str:
        rest, self._buffer = self._filter(self._buffer), ""
        return f"{rest}{WITHHELD_NOTICE}" if self._has_withheld else rest

    def _filter(self, sentence: str) -> str:
        if is_supported(sentence, self._collect_figures()):
            return sentence
        self._has_withheld = True
        return ""

    def _collect_figures(self) -> KnownFigures:
        """Figures of all tool results so far; rebuilt only when another has been added."""
        results = self._trace.results
        if self._results_seen != len(results):
            self._results_seen = len(results)
            self._figures = collect_figures(record.result for record in results)
        return self._figures
