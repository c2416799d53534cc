"""Grounding of the insights agent's answers: only what its tools' results support is sent.

Text is buffered until its sentence is complete. A sentence with a claim (a number, a name, a time,
a direction, a ranking, a totality, a cause) that no result of this turn bears out is withheld, and
the answer ends with a notice of that.

The answer begins with the query in words: the title of a result, with what a reader must know about
it, is put before the first sentence that speaks of it, unless the model has written the title.

An answer of which nothing is left is not sent as a notice alone: the results are shown as they are,
else what the tools said that could not do it, else that there is nothing to show.
"""

from agents.insights.claims.evidence import Evidence, build_evidence
from agents.insights.claims.own_renderings import render_own_text
from agents.insights.claims.verification import NO_CONTEXT, verify_sentence
from agents.insights.sentences import SentenceSplitter, split_sentences
from agents.insights.titles import TitleTracker
from agents.turn_trace import TurnTrace
from webapp.kit.clock import utc_now

WITHHELD_NOTICE = "\n(I left out what the figures do not support.)"
NOTHING_SHOWN = (
    "I have no answer that figures of the shop bear out; please ask in other words."
)
MAX_HELD = 10
"""Sentences without claims that wait for the title of what follows."""


class AnswerGrounding:
    def __init__(self, trace: TurnTrace) -> None:
        self._trace = trace
        self._splitter = SentenceSplitter()
        self._titles = TitleTracker(trace)
        self._seen = 0
        """Results and errors that the evidence is built of."""
        self._evidence = self._build_evidence()
        self._context = NO_CONTEXT
        self._held: list[str] = []
        self._begun = ""
        """Sentences that may be the beginning of a title."""
        self._last_sent = ""
        self._has_withheld = False
        self._has_spoken = False
        self._has_claimed = False
        """Whether something was said of the results."""

    def feed(self, text: str) -> str:
        return "".join(map(self._filter, self._splitter.feed(text)))

    def flush(self) -> str:
        rest, self._begun = self._begun + self._splitter.flush(), ""
        shown = self._verify(rest) if rest else ""
        if self._has_withheld:
            shown += self._replace_empty()
        if self._titles.is_any_due and (self._held or self._has_withheld):
            shown += self._send("", self._titles.write_all())
        if shown or self._last_sent:
            shown += self._titles.write_notes()
        notice = WITHHELD_NOTICE if self._has_withheld else ""
        self._has_withheld = False
        return f"{shown}{notice}"

    def _replace_empty(self) -> str:
        """What stands for an answer of which nothing is left; empty where something is."""
        results = "" if self._has_claimed else self._show_results()
        if results or self._has_claimed or self._has_spoken:
            return results
        said = [f"{each.rstrip('.')}." for each in self._trace.errors]
        return self._send("\n".join(said or [NOTHING_SHOWN]), "")

    def _show_results(self) -> str:
        shown = ""
        for number, record in enumerate(self._trace.results):
            sentences = split_sentences(render_own_text(record.result))
            rows = [each for each in sentences if self._says_more(each)]
            if rows:
                title = self._titles.write_titles([frozenset({number})])
                shown += self._send("".join([*rows, "\n"]), title)
        return shown

    def _says_more(self, sentence: str) -> bool:
        """More than titles and notes."""
        return any(map(str.isalnum, self._titles.find_sayings(sentence).rest))

    def _filter(self, sentence: str) -> str:
        self._begun += sentence
        if self._titles.begins_title(self._begun):
            return ""
        sentence, self._begun = self._begun, ""
        return self._verify(sentence)

    def _verify(self, sentence: str) -> str:
        """What may be sent of a sentence now."""
        sayings = self._titles.find_sayings(sentence)
        found = verify_sentence(sayings.rest, self._read_evidence(), self._context)
        if not found.is_supported:
            self._has_withheld = True
            return ""
        self._titles.mark_said(sayings)
        self._has_claimed |= bool(found.claims)
        self._has_spoken |= any(map(str.isalnum, sayings.rest))
        self._context = found.context
        titles = self._titles.write_titles(found.claims)
        if not titles and self._titles.is_any_due:
            self._held.append(sentence)
            if len(self._held) <= MAX_HELD:
                return ""
            sentence, titles = "", self._titles.write_all()
        return self._send(sentence, titles)

    def _send(self, sentence: str, titles: str) -> str:
        """Titles come first, on lines of their own."""
        if titles and self._last_sent and not self._last_sent.endswith("\n"):
            titles = f"\n\n{titles}"
        shown = "".join([titles, *self._held, sentence])
        self._held = []
        self._last_sent = shown or self._last_sent
        return shown

    def _read_evidence(self) -> Evidence:
        """Of all that tools have said so far; built anew only when more has been added."""
        if self._seen != len(self._trace.results) + len(self._trace.errors):
            self._evidence = self._build_evidence()
        return self._evidence

    def _build_evidence(self) -> Evidence:
        results = [record.result for record in self._trace.results]
        self._seen = len(results) + len(self._trace.errors)
        return build_evidence(
            results,
            today=utc_now().date(),
            message=self._trace.message,
            errors=self._trace.errors,
        )
