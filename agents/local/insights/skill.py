"""The insights agent's skill for the local model: words to queries, results to words.

A message is split into questions; each is parsed with the names of the shop that it contains, and
becomes one query or several. Words that were not understood are named, and nothing is computed
without them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from agents.local.dialogue_state import DialogueState, Json
from agents.local.insights.answers.analysis_rendering import render_analysis
from agents.local.insights.answers.chart_kinds import (
    choose_chart,
    describe_chart,
    find_chart_kind,
)
from agents.local.insights.answers.rendering import render_result
from agents.local.insights.edits.resets import is_reset
from agents.local.insights.edits.undoing import is_undoing
from agents.local.insights.messages.clauses import points_at_before
from agents.local.insights.messages.earlier_figures import (
    find_earlier_query,
    find_open_question,
    forget_before_reset,
    is_settled,
    keep_result,
    list_kept_calls,
    list_kept_queries,
    name_unanswered,
)
from agents.local.insights.messages.links import (
    has_other_answer,
    is_continued,
    merge_scopes,
    share_refinements,
)
from agents.local.insights.messages.questions import (
    CannotAnswer,
    HasUnknownWords,
    Reading,
)
from agents.local.insights.messages.reader import MessageReader
from agents.local.insights.messages.replies import (
    is_agreeing,
    is_choice,
    is_first,
    is_of_both,
    is_sum,
)
from agents.local.insights.messages.sentence_links import join_sentence
from agents.local.insights.messages.small_talk import find_small_talk
from agents.local.insights.messages.tool_requests import (
    Steps,
    build_requests,
    run_request,
)
from agents.local.insights.queries.follow_ups import Earlier
from agents.local.insights.queries.pairs import compare_last, join_last, join_queries
from agents.local.insights.question.draft import Request
from agents.local.insights.question.pairs import Pair
from agents.local.insights.question.question import Question
from agents.local.language.today import Today
from agents.local.plan import ToolPlan, answer_with

MAX_MESSAGE = 2000
"""Characters; nobody asks for figures in more."""
MAX_REPLY_WORDS = 6
"""Of an answer to what the agent asked back; more is a question of its own."""
TOO_LONG = (
    "That is too long for a question about figures; please ask in one or two sentences."
)
WHICH_TWO = (
    "Both of what? There is no pair of figures before that differs in one thing."
)
OFFER = "Or shall I answer without it?"
STARTED_ANEW = (
    "I have put aside what you asked before. Your next question stands by itself."
)
NOTHING_BEFORE = "There are no figures before these to go back to."


class InsightsSkill:
    def __init__(self, *, today: Callable[[], Today]) -> None:
        self._today = today

    def plan(self, state: DialogueState) -> ToolPlan:
        state = forget_before_reset(state)
        text = state.utterance
        known = find_small_talk(text)
        if state.last_reply.endswith(OFFER) and is_agreeing(text):
            answer = self._answer_rest(state)
        elif known or len(text) > MAX_MESSAGE:
            answer = answer_with(known or TOO_LONG)
        elif is_reset(text):
            answer = answer_with(STARTED_ANEW)
        elif is_undoing(text):
            answer = self._answer_again(state)
        elif is_choice(text) and find_open_question(state) is None:
            answer = self._answer_choice(state)
        else:
            answer = self._answer_questions(state)
        return (yield from answer)

    def _answer_questions(self, state: DialogueState) -> ToolPlan:
        try:
            readings = yield from self._read_reply(state)
        except HasUnknownWords as problem:
            return self._offer_rest(state, problem)
        except CannotAnswer as problem:
            return str(problem)
        pair = readings[0].question.pair if len(readings) == 1 else None
        queries = None if pair is None else self._choose_queries(state, pair)
        if queries is not None:
            return (yield from self._show_pair(queries))
        return (yield from self._answer_readings(state, readings))

    def _read_reply(self, state: DialogueState) -> Steps[Sequence[Reading]]:
        """Reads a message with the one before, if it answers what was asked back of that.

        Raises `CannotAnswer`.
        """
        asked = find_open_question(state)
        if asked is not None and len(state.utterance.split()) <= MAX_REPLY_WORDS:
            try:
                readings = yield from self._read_with(asked, state)
                for reading in readings:
                    self._build(reading.question, None)
            except CannotAnswer:
                pass  # It is another question.
            else:
                return readings
        reader = MessageReader(self._today(), find_earlier_query(state))
        return (yield from reader.read_message(state.utterance))

    def _read_with(self, said: str, state: DialogueState) -> Steps[Sequence[Reading]]:
        """The message before and this one, as if both were one."""
        reader = MessageReader(self._today())
        return (yield from reader.read_message(f"{said} {state.utterance}"))

    def _offer_rest(self, state: DialogueState, problem: HasUnknownWords) -> str:
        """Asks whether to answer without the words, if the others are a question."""
        earlier, may_imply = find_earlier_query(state), is_settled(state)
        try:
            for reading in problem.rest:
                self._build(reading.question, earlier, may_imply=may_imply)
        except CannotAnswer:
            return str(problem)
        return (
            f"I do not know {problem.words} here. Please say it in other words. {OFFER}"
        )

    def _answer_rest(self, state: DialogueState) -> ToolPlan:
        """ "Yes": the message before, as if it was asked now, without what is not known."""
        *before, asked = state.previous_turns
        turn = replace(asked, calls=state.calls, reply="")
        again = DialogueState(turn, tuple(before))
        try:
            readings = yield from self._read_reply(again)
        except HasUnknownWords as problem:
            readings = problem.rest
        except CannotAnswer as problem:
            return str(problem)
        return (yield from self._answer_readings(again, readings))

    def _answer_readings(
        self, state: DialogueState, readings: Sequence[Reading]
    ) -> ToolPlan:
        earlier, may_imply = find_earlier_query(state), is_settled(state)
        answers: list[str] = []
        unanswered = name_unanswered(state)
        waiting = merge_scopes(readings)
        share_refinements(waiting)
        continues = False
        try:
            while waiting:
                reading, *waiting = waiting
                queries = self._build(
                    reading.question, earlier, continues=continues, may_imply=may_imply
                )
                if unanswered and self._uses_earlier(reading.question, queries):
                    reading = replace(reading, notes=(unanswered, *reading.notes))
                unanswered = None
                following = waiting[:1]
                continues = any(is_continued(reading, each) for each in following)
                if continues and not has_other_answer(reading, following[0]):
                    # "What were the sales? By month, please" is one question.
                    earlier = Earlier(queries[-1], {})
                    continue
                joined, queries = self._join_sentence(waiting, queries)
                waiting = waiting[joined:]
                for query in queries:
                    if earlier is not None and answers and query == earlier.query:
                        continue  # "What do they search for, and what not find?"
                    drawn = find_chart_kind(reading.question)
                    result = yield from run_request(
                        choose_chart(query, drawn), today=self._today()
                    )
                    answers.append(_join_answer(result, reading, drawn))
                    earlier = keep_result(query, result)
        except CannotAnswer as problem:
            answers.append(str(problem))
        return "\n\n".join(answers)

    def _join_sentence(
        self, following: Sequence[Reading], queries: Sequence[Json]
    ) -> tuple[int, Sequence[Json]]:
        """How many of the parts of the same sentence that follow are of the same table, and the
        query of all of them."""
        count = 0
        for reading in following:
            if reading.begins or reading.notes:
                break
            try:
                others = self._build(reading.question, Earlier(queries[-1], {}))
            except CannotAnswer:
                break
            both = join_sentence(
                queries, others, points_back=points_at_before(reading.text)
            )
            if not both:
                break
            count, queries = count + 1, both
        return count, queries

    def _answer_choice(self, state: DialogueState) -> ToolPlan:
        """ "Both", "the other one": of what a name in the message before may mean, else of the two
        queries before."""
        if state.previous_turns:
            said = state.previous_turns[-1].utterance.rstrip(" ?.!")
            try:
                readings = yield from self._read_with(said, state)
            except CannotAnswer:
                readings = []
            if any(each.question.has_choice for each in readings):
                return (yield from self._answer_readings(state, readings))
        return (yield from self._show_pair(_choose_of_two(state)))

    def _choose_queries(
        self, state: DialogueState, pair: Pair
    ) -> Sequence[Json] | None:
        """ "The two combined", "both side by side"; None where that is of the rows before."""
        queries = list_kept_queries(state)
        if pair.sums and queries and queries[-1].get("groupBy"):
            return None
        if pair.differs:
            compared = compare_last(queries, today=self._today())
            return None if not compared and pair.count is None else compared
        return join_last(queries, count=pair.count, sums=pair.sums)

    def _show_pair(self, queries: Sequence[Json]) -> ToolPlan:
        return (yield from self._show_requests(queries)) if queries else WHICH_TWO

    def _answer_again(self, state: DialogueState) -> ToolPlan:
        """ "Undo that": the figures before the last ones that were not taken back yet."""
        kept = list_kept_calls(state)
        if len(kept) < 2:
            return NOTHING_BEFORE
        return (yield from self._show_requests([kept[-2].arguments]))

    def _show_requests(self, requests: Sequence[Json]) -> ToolPlan:
        answers = []
        try:
            for request in requests:
                result = yield from run_request(request, today=self._today())
                answers.append(_render_answer(result, Request()))
        except CannotAnswer as problem:
            answers.append(str(problem))
        return "\n\n".join(answers)

    def _uses_earlier(self, question: Question, queries: Sequence[Json]) -> bool:
        """Whether the queries are others than those of the question by itself."""
        try:
            return self._build(question, None) != queries
        except CannotAnswer:
            return True

    def _build(
        self, question: Question, earlier: Earlier | None, **how: bool
    ) -> Sequence[Json]:
        """Raises `CannotAnswer`."""
        return build_requests(question, today=self._today(), earlier=earlier, **how)


def _choose_of_two(state: DialogueState) -> Sequence[Json]:
    """Both of the last two queries, or the other one."""
    kept = list_kept_queries(state)
    if is_first(state.utterance):
        kept = [*kept[:1], *kept[-1:]]
    queries = kept[-2:]
    if len(queries) < 2:
        return ()
    both = join_queries(*queries, sums=is_sum(state.utterance))
    return both if not both or is_of_both(state.utterance) else queries[:1]


def _join_answer(result: Json, reading: Reading, drawn: str | None) -> str:
    """The answer with the notes before it, and with what is said of another chart than asked."""
    said = None if drawn is None else describe_chart(result, drawn)
    answer = _render_answer(result, reading.question.request)
    return "\n".join([*reading.notes, *([said] if said else []), answer])


def _render_answer(result: Json, request: Request) -> str:
    if "findings" in result:
        return render_analysis(result, assumes_rise=request.assumes_rise)
    return render_result(result)
