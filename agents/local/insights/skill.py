"""The insights agent's skill for the local model: words to queries, results to words.

A message is split into questions; each is parsed with the names of the shop that it contains, and
becomes one query or several. Words that were not understood are named, and nothing is computed
without them.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import pairwise

from agents.local.dialogue_state import (
    CompletedToolCall,
    DialogueState,
    DialogueTurn,
    Json,
)
from agents.local.insights.analysis_builder import build_analyses, is_analysis
from agents.local.insights.analysis_rendering import render_analysis
from agents.local.insights.analysis_scopes import to_query
from agents.local.insights.asides import (
    lacks_time,
    names_figure,
    names_window,
    points_back,
    says_for_when,
)
from agents.local.insights.claims import ask_claims
from agents.local.insights.clauses import (
    points_at_before,
    split_by_times,
    split_sentences,
)
from agents.local.insights.draft import Request
from agents.local.insights.forecast_steps import forecast_by_day
from agents.local.insights.lexicon import Role, load_analysis_tools
from agents.local.insights.mentions import find_mentions
from agents.local.insights.query_builder import (
    Earlier,
    NeedsAnswer,
    build_queries,
    is_fragment,
    restates_question,
)
from agents.local.insights.query_pairs import compare_last, join_last, join_queries
from agents.local.insights.question import Question
from agents.local.insights.question_pairs import Pair
from agents.local.insights.question_parser import parse_question
from agents.local.insights.question_searches import (
    is_about_searches,
    speaks_of_searches,
)
from agents.local.insights.rendering import render_result
from agents.local.insights.sentence_links import (
    adds_condition,
    ask_alone,
    asks_for_other,
    bounds_rows,
    is_scope,
    join_sentence,
    repeats_both,
    take_scope,
)
from agents.local.insights.shown_asides import is_shown
from agents.local.insights.small_talk import (
    find_foreign_answer,
    find_small_talk,
    is_agreeing,
    is_choice,
    is_first,
    is_of_both,
)
from agents.local.insights.spelling import (
    apply_corrections,
    correct_words,
    expand_abbreviations,
)
from agents.local.insights.statements import is_claimed
from agents.local.insights.times_in_years import place_in_years
from agents.local.insights.undoing import is_undoing
from agents.local.insights.value_filters import SUMMED
from agents.local.language.number_phrases import write_numbers
from agents.local.plan import ToolCall, ToolCallFailed, ToolPlan, call_tool
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.query.errors import BadWindow, ImpossibleQuery
from webapp.insights.query.values import ValueMatch, ValueMatches

QUERY_TOOL = "query_analytics"
VALUES_TOOL = "find_values"
MAX_MESSAGE = 2000
"""Characters; nobody asks for figures in more."""
MAX_QUERIES = 6
MAX_REPLY_WORDS = 6
"""Of an answer to what the agent asked back; more is a question of its own."""
REFUSED = (ImpossibleQuery.code, BadWindow.code, NotEnoughData.code)
"""Errors whose message says what is possible instead."""
TOO_LONG = (
    "That is too long for a question about figures; please ask in one or two sentences."
)
PERSONAL = "I tell figures of the shop, never who a customer is or how to reach them."
WHICH_TWO = (
    "Both of what? There is no pair of figures before that differs in one thing."
)
OFFER = "Or shall I answer without it?"
NOTHING_BEFORE = "There are no figures before these to go back to."
NOTHING = "I found no question about figures there. For example: “revenue by month this year”."

Steps = Generator[ToolCall, CompletedToolCall, str]


class CannotAnswer(Exception):
    """The message says to the user why, and what to do."""


class TooLittleData(CannotAnswer):
    """Of another request there may be enough."""


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


@dataclass(frozen=True)
class DialogueContext:
    """What was there before a message."""

    is_of_searches: bool = False
    """Whether the query before was about searches."""
    follows: bool = False
    """Whether there are figures before."""
    analysis: str | None = None
    """The name of the analysis that these are of."""
    figures: tuple[str, ...] = ()
    """Their metrics."""


ALONE = DialogueContext()


class InsightsSkill:
    def __init__(self, *, today: Callable[[], date]) -> None:
        self._today = today

    def plan(self, state: DialogueState) -> ToolPlan:
        text = state.utterance
        known = find_small_talk(text)
        if state.last_reply.endswith(OFFER) and is_agreeing(text):
            answer = self._answer_rest(state)
        elif known or len(text) > MAX_MESSAGE:
            answer = _answer_at_once(known or TOO_LONG)
        elif is_undoing(text):
            answer = _answer_again(state)
        elif is_choice(text) and find_open_question(state) is None:
            answer = self._answer_choice(state)
        else:
            answer = self._answer_questions(state)
        return (yield from answer)

    def _answer_questions(self, state: DialogueState) -> Steps:
        try:
            readings = yield from self._read_reply(state)
        except HasUnknownWords as problem:
            return self._offer_rest(state, problem)
        except CannotAnswer as problem:
            return str(problem)
        if len(readings) == 1 and (pair := readings[0].question.pair) is not None:
            answer = yield from self._answer_several(state, pair)
            if answer is not None:
                return answer
        return (yield from self._answer_readings(state, readings))

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

    def _answer_rest(self, state: DialogueState) -> Steps:
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

    def _answer_several(
        self, state: DialogueState, pair: Pair
    ) -> Generator[ToolCall, CompletedToolCall, str | None]:
        """ "The two combined", "both side by side"; None where that is of the rows before."""
        kept = [call for call in _list_kept_calls(state) if call.tool == QUERY_TOOL]
        queries = [call.arguments for call in kept]
        if pair.sums and queries and queries[-1].get("groupBy"):
            return None
        if pair.differs:
            joined = compare_last(queries)
            if not joined and pair.count is None:
                return None
        else:
            joined = join_last(queries, count=pair.count, sums=pair.sums)
        if not joined:
            return WHICH_TWO
        answers = []
        for query in joined:
            result = yield from self._run_request(query)
            answers.append(render_result(result))
        return "\n\n".join(answers)

    def _answer_readings(
        self, state: DialogueState, readings: Sequence[Reading]
    ) -> Steps:
        earlier = find_earlier_query(state)
        answers: list[str] = []
        try:
            readings = merge_scopes(readings)
            share_refinements(readings)
            continues, joined = False, 0
            for index, reading in enumerate(readings):
                if joined:
                    joined -= 1
                    continue
                queries = self._build(
                    reading.question,
                    earlier,
                    continues=continues,
                    may_imply=is_settled(state),
                )
                continues = is_continued(readings, index)
                if continues and not is_other_answer(readings, index):
                    # "What were the sales? By month, please" is one question.
                    earlier = Earlier(queries[-1], {})
                    continue
                joined, queries = self._join_sentence(readings[index + 1 :], queries)
                for query in queries:
                    if earlier is not None and answers and query == earlier.query:
                        continue  # "What do they search for, and what not find?"
                    result = yield from self._run_request(query)
                    answer = _render_answer(result, reading.question.request)
                    answers.append("\n".join([*reading.notes, answer]))
                    earlier = _keep_result(query, result)
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

    def _answer_choice(self, state: DialogueState) -> Steps:
        """ "Both", "the other one": of what a name in the message before may mean, else of the two
        queries before."""
        if state.previous_turns:
            said = state.previous_turns[-1].utterance.rstrip(" ?.!")
            try:
                readings = yield from self._read_message(f"{said} {state.utterance}")
            except CannotAnswer:
                readings = []
            if any(each.question.has_choice for each in readings):
                return (yield from self._answer_readings(state, readings))
        return (yield from self._answer_pair(state))

    def _answer_pair(self, state: DialogueState) -> Steps:
        kept = [call for call in _list_kept_calls(state) if call.tool == QUERY_TOOL]
        if is_first(state.utterance):
            kept = [*kept[:1], *kept[-1:]]
        queries = [call.arguments for call in kept[-2:]]
        sums = not SUMMED.isdisjoint(state.utterance.casefold().rstrip(" ?.!").split())
        both = join_queries(*queries, sums=sums) if len(queries) == 2 else ()
        if not both:
            return WHICH_TWO
        answers = []
        for query in both if is_of_both(state.utterance) else queries[:1]:
            result = yield from self._run_request(query)
            answers.append(render_result(result))
        return "\n\n".join(answers)

    def _run_request(self, query: Json) -> Generator[ToolCall, CompletedToolCall, Json]:
        """A young shop has too few months to forecast one, but days enough."""
        try:
            return (yield from _run_query(query))
        except TooLittleData:
            by_day = forecast_by_day(query, today=self._today())
            if by_day is None:
                raise
        return (yield from _run_query(by_day))

    def _read_reply(
        self, state: DialogueState
    ) -> Generator[ToolCall, CompletedToolCall, Sequence[Reading]]:
        """Reads a message with the one before, if it answers what was asked back of that.

        Raises `CannotAnswer`.
        """
        asked = find_open_question(state)
        if asked is not None and len(state.utterance.split()) <= MAX_REPLY_WORDS:
            try:
                readings = yield from self._read_message(f"{asked} {state.utterance}")
                for reading in readings:
                    self._build(reading.question, None)
            except CannotAnswer:
                pass  # It is another question.
            else:
                return readings
        earlier = find_earlier_query(state)
        is_of_searches = earlier is not None and is_about_searches(earlier.query)
        query = {} if earlier is None else earlier.query
        context = DialogueContext(
            is_of_searches,
            follows=earlier is not None,
            analysis=query.get("analysis"),
            figures=tuple(query.get("metrics", ())),
        )
        return (yield from self._read_message(state.utterance, context))

    def _read_message(
        self, text: str, context: DialogueContext = ALONE
    ) -> Generator[ToolCall, CompletedToolCall, Sequence[Reading]]:
        """Raises `CannotAnswer`."""
        found: list[Reading] = []
        for clauses in split_sentences(ask_claims(text)):
            sentence: list[Reading] = []
            waiting = [
                each for each in clauses if each.strip() and not find_small_talk(each)
            ]
            while waiting:
                reading = yield from self._read_question(waiting.pop(0), context)
                if (
                    not sentence
                    and found
                    and _is_pointed_at(found[-1], reading, self._today())
                ):
                    # "We had a sale in May. What were the orders of that month?"
                    said = found.pop().text.rstrip(" .!?")
                    reading = yield from self._read_question(
                        f"{said}, {_lower_first(reading)}", context
                    )
                parts = split_by_times(reading.text, reading.question.mentions)
                if len(parts) > 1:
                    waiting[:0] = parts
                else:
                    sentence.append(reading)
            share_times([each.question.request for each in sentence])
            if (
                found
                and len(sentence) == 1
                and repeats_both(found[-1].question, sentence[0].question)
            ):
                continue
            found += [replace(each, begins=not n) for n, each in enumerate(sentence)]
        settled = settle_readings(found)
        return settled if context.follows else join_header(settled)

    def _read_question(
        self, text: str, context: DialogueContext
    ) -> Generator[ToolCall, CompletedToolCall, Reading]:
        """Raises `CannotAnswer`."""
        text = expand_abbreviations(text)
        parse = partial(self._parse, context=context)
        matches, question = yield from parse(text)
        if question.is_talk and question.unknown:
            return Reading(text, question, ())
        if question.unknown and (digits := write_numbers(text)) != text:
            text = digits
            matches, question = yield from parse(text)
        corrections = correct_words(question.unknown, matches)
        notes = [f"I read “{each.written}” as {each.meant}." for each in corrections]
        if corrections:
            text = apply_corrections(text, corrections)
            _, question = yield from parse(text)
        if question.left_out:
            notes.append(name_talk(question.left_out))
        return Reading(text, question, (*notes, *question.notes))

    def _parse(
        self, text: str, *, context: DialogueContext
    ) -> Generator[ToolCall, CompletedToolCall, tuple[Sequence[ValueMatch], Question]]:
        """The names of the shop in a text, and what it asks with them."""
        today = self._today()
        words = find_mentions(text, today=today, matches=())
        searches = context.is_of_searches or speaks_of_searches(words)
        matches = yield from _find_values(text, searches=searches)
        question = parse_question(
            text,
            today=today,
            matches=matches,
            is_of_searches=context.is_of_searches,
            follows=context.follows,
            analysis=context.analysis,
            figures=context.figures,
        )
        return matches, question

    def _build(
        self, question: Question, earlier: Earlier | None, **how: bool
    ) -> Sequence[Json]:
        """Raises `CannotAnswer`."""
        try:
            queries = self._build_requests(question, earlier, **how)
        except NeedsAnswer as missing:
            raise CannotAnswer(str(missing)) from missing
        except BadWindow as error:
            raise CannotAnswer(f"{error.message}.") from error
        except OverflowError as error:
            raise CannotAnswer("That time is beyond the calendar.") from error
        if len(queries) > MAX_QUERIES:
            raise CannotAnswer("These are too many questions at once.")
        return queries

    def _build_requests(
        self,
        question: Question,
        earlier: Earlier | None,
        *,
        continues: bool = False,
        may_imply: bool = True,
    ) -> Sequence[Json]:
        """Raises `NeedsAnswer`, `BadWindow`, `OverflowError`."""
        today = self._today()
        if is_analysis(question, earlier, continues=continues):
            return build_analyses(question, today=today, earlier=earlier)
        if earlier is not None and "analysis" in earlier.query:
            earlier = Earlier(to_query(earlier.query), {})
        return build_queries(
            question,
            today=today,
            earlier=earlier,
            continues=continues,
            may_imply=may_imply,
        )


def _is_pointed_at(talk: Reading, reading: Reading, today: date) -> bool:
    """Whether a sentence asks of what talk before it names, says no figure where talk does, has no
    time that talk says, or one that is of the year of the talk."""
    said, asked = talk.question.said, reading.question
    lacks_figure = _asks_something(reading) and not _is_complete(asked.request)
    is_of_any_time = _is_complete(asked.request) and not asked.request.window
    takes_time = lacks_time(asked.mentions) and any(map(names_window, said))
    return (talk.question.is_talk or (takes_time and _is_claim(talk))) and (
        takes_time
        or points_back(asked.mentions, said)
        or (is_of_any_time and says_for_when(said))
        or place_in_years(asked.mentions, said, today) != list(asked.mentions)
        or (lacks_figure and any(map(names_figure, said)))
    )


def _lower_first(reading: Reading) -> str:
    """A sentence as it goes on behind a comma, where it does not begin with a name."""
    text, first = reading.text.lstrip(), reading.question.mentions[:1]
    is_name = any(each.values for each in first) or text[:2].isupper()
    return text if is_name else f"{text[:1].lower()}{text[1:]}"


def settle_readings(readings: Sequence[Reading]) -> Sequence[Reading]:
    """The questions of a message, without the sentences that only talk; the first says what these
    are, unless all their words are known to ask for nothing.

    Raises `CannotAnswer`.
    """
    said = [
        each for each in readings if len(readings) == 1 or not is_idle(each.question)
    ]
    asks = any(_names_its_figure(each) for each in said)
    talk = [
        each for each in said if each.question.is_talk or (asks and _is_claim(each))
    ]
    asked = [each for each in said if each not in talk]
    if not any(map(_asks_something, asked)):
        asked, talk = said, []
    if not asked:
        raise CannotAnswer(NOTHING)
    for each in asked:
        refuse_unanswerable(each.question, each.text)
    named = [
        each.text.strip(" .!?,")
        for each in talk
        if any(
            not any(
                is_shown(mention, other.question.request, other.question.mentions)
                for other in asked
            )
            for mention in each.question.telling
        )
    ]
    first, *others = asked
    notes = (name_talk(named), *first.notes) if named else first.notes
    unknown = [quote_unknown(each.question) for each in asked if each.question.unknown]
    if unknown:
        words = ", ".join(unknown)
        first = replace(first, notes=(f"I left out {words}.", *notes))
        raise HasUnknownWords(words, [first, *others])
    return [replace(first, notes=notes), *others]


def join_header(readings: Sequence[Reading]) -> Sequence[Reading]:
    """ "Could you look into September? Our revenue dropped, and I want to know why", "let's talk
    about Germany. How many orders this year?": a first sentence without a figure says what the next
    one is about."""
    if len(readings) < 2:
        return readings
    header, first, *others = readings
    of, request = header.question.request, first.question.request
    is_question = bool(of.filters) and header.text.rstrip().endswith("?")
    is_mere = not of.is_empty and of == Request(window=of.window, filters=of.filters)
    has_own = (of.window and (request.window or request.windows)) or (
        of.filters and request.filters
    )
    if is_question or not is_mere or has_own or not _is_complete(request):
        return readings
    request.window = request.window or of.window
    request.filters = [*of.filters, *request.filters]
    return [replace(first, notes=(*header.notes, *first.notes)), *others]


def _is_claim(reading: Reading) -> bool:
    is_question = reading.text.rstrip().endswith("?")
    return not is_question and is_claimed(reading.question.mentions)


def _names_its_figure(reading: Reading) -> bool:
    """Whether a sentence is a question by itself, whatever stands before it."""
    question = reading.question
    return bool(question.request.metrics) and not (
        question.is_talk or question.has(Role.ANALYSIS) or _is_claim(reading)
    )


def _asks_something(reading: Reading) -> bool:
    return not reading.question.request.is_empty or bool(reading.question.gaps)


def _is_complete(request: Request) -> bool:
    """Whether a question says what figures it is about."""
    ranks = request.descending is not None
    return bool(request.metrics or request.analysis or ranks)


def name_talk(texts: Sequence[str]) -> str:
    words = ", ".join(f"“{text}”" for text in texts)
    return f"I left out {words}, which I took for talk around the question."


def is_settled(state: DialogueState) -> bool:
    """Whether the message before was answered with figures, if there was one: else it is not known
    what a fragment is about."""
    turns = state.previous_turns
    return not turns or _has_queried(turns[-1])


def _has_queried(turn: DialogueTurn) -> bool:
    return any(
        call.tool in _list_tools() and not call.error_code for call in turn.calls
    )


def _list_tools() -> Sequence[str]:
    """Those that answer with figures."""
    return (QUERY_TOOL, *load_analysis_tools().values())


def merge_scopes(readings: Sequence[Reading]) -> Sequence[Reading]:
    """The questions without the sentences that only say of what the next one is."""
    merged: list[Reading] = []
    for reading in readings:
        before = merged[-1] if merged else None
        if before is not None and is_scope(before.question, reading.question):
            take_scope(before.question.request, reading.question.request)
            notes = (*before.notes, *reading.notes)
            merged[-1] = replace(reading, notes=notes, begins=before.begins)
        elif before is not None and bounds_rows(
            before.question.request, reading.question
        ):
            request = before.question.request
            request.bounds += reading.question.request.bounds
            request.metrics = list(reading.question.request.metrics)
        elif before is not None and _asks_for_other(before, reading):
            alone = ask_alone(reading.question)
            merged.append(replace(reading, question=alone, is_other=True))
        else:
            merged.append(reading)
    return merged


def _asks_for_other(before: Reading, reading: Reading) -> bool:
    is_asked = reading.text.rstrip().endswith("?")
    return asks_for_other(before.question, reading.question, is_asked=is_asked)


def is_continued(readings: Sequence[Reading], index: int) -> bool:
    """Whether the next sentence only says more of what one asks, or asks it in other words."""
    return any(
        each.begins and _says_more(readings[index], each)
        for each in readings[index + 1 : index + 2]
    )


def _says_more(before: Reading, reading: Reading) -> bool:
    following = reading.question
    if reading.is_other:
        return False
    is_added = adds_condition(following) and not reading.text.rstrip().endswith("?")
    return (
        is_added
        or is_fragment(following)
        or restates_question(following, before.question)
    )


def is_other_answer(readings: Sequence[Reading], index: int) -> bool:
    """ "What happened with refunds? Refunds by month": an analysis, and figures of the same."""
    first, second = (each.question for each in readings[index : index + 2])
    is_analyzed = first.request.analysis is not None
    return is_analyzed and second.request.analysis is None and not is_fragment(second)


def share_refinements(readings: Sequence[Reading]) -> None:
    """ "Why did revenue change? Take October": the first sentence lacks what the second says."""
    for before, after in pairwise(readings):
        if _is_of_these_orders(
            before.question.request, after.question.request
        ) or _is_narrower(before.question, after.question):
            after.question.request.metrics.clear()
        if after.begins and _is_mere_time(after.question, before.question.request):
            after.question.request.analysis = None
        if after.begins and is_fragment(after.question):
            _take_window(before.question.request, after.question.request)


def _is_mere_time(question: Question, before: Request) -> bool:
    """ "What runs out? In the next 30 days" asks for no forecast of its own."""
    window = question.request.window
    is_mere = question.request == Request(analysis="forecast", window=window)
    names_it = question.has(Role.ANALYSIS)
    return (
        before.analysis is not None
        and before.window is None
        and is_mere
        and not names_it
    )


def _is_of_these_orders(before: Request, after: Request) -> bool:
    """ "What is bought together? Last year's orders": those that are looked at are no figure."""
    named = Request(metrics=["orders"], window=after.window, windows=after.windows)
    return before.analysis == "basket_pairs" and after == named


def _is_narrower(before: Question, after: Question) -> bool:
    """ "What did we earn in May? Only the orders paid in GBP, please": no number of orders."""
    request = after.request
    named = Request(
        metrics=["orders"], filters=request.filters, currency=request.currency
    )
    limits = bool(request.filters or request.currency) and request == named
    return limits and after.has(Role.ONLY, Role.EXCLUDE) and not before.request.is_empty


def is_idle(question: Question) -> bool:
    """Whether a sentence asks for nothing: "many thanks in advance"."""
    words = (Role.FILLER, Role.JOIN, Role.ALSO, Role.YES, Role.HIGH)
    return question.request.is_empty and all(
        each.has(*words) for each in question.mentions
    )


def find_earlier_query(state: DialogueState) -> Earlier | None:
    """The last query or analysis of the turns before that has a result."""
    call = state.last_successful_call(*_list_tools())
    return None if call is None else _keep_result(call.arguments, call.result)


def _keep_result(query: Json, result: Json) -> Earlier:
    return Earlier(query, _find_first_row(result), result.get("rowCount", 0))


def _answer_again(state: DialogueState) -> Steps:
    """ "Undo that": the figures before the last ones that were not taken back yet."""
    kept = _list_kept_calls(state)
    if len(kept) < 2:
        return NOTHING_BEFORE
    try:
        result = yield from _run_query(kept[-2].arguments)
    except CannotAnswer as problem:
        return str(problem)
    return _render_answer(result, Request())


def _list_kept_calls(state: DialogueState) -> Sequence[CompletedToolCall]:
    """Those with figures, the oldest first; what was taken back, and what showed the ones before
    again, is none of them."""
    kept: list[CompletedToolCall] = []
    for turn in state.previous_turns:
        found = [
            call
            for call in turn.calls
            if call.tool in _list_tools() and not call.error_code
        ]
        if is_undoing(turn.utterance):
            del kept[len(kept) - len(found) :]
        else:
            kept += found
    return kept


def _find_first_row(result: Json) -> Json:
    """Of an analysis there is none."""
    rows: Sequence[Json] = result.get("rows") or [{}]
    return rows[0]


def _render_answer(result: Json, request: Request) -> str:
    if "findings" in result:
        return render_analysis(result, assumes_rise=request.assumes_rise)
    return render_result(result)


def share_times(requests: Sequence[Request]) -> None:
    """The questions of a sentence have the time of one of them, where they say none."""
    for before, after in pairwise(requests):
        _take_window(after, before)
    for before, after in reversed(list(pairwise(requests))):
        _take_window(before, after)


def _take_window(request: Request, other: Request) -> None:
    has_time = (
        request.window or request.windows or request.shift or request.compare_shift
    )
    if not has_time:
        request.window = other.window


def _run_query(query: Json) -> Generator[ToolCall, CompletedToolCall, Json]:
    """Raises `CannotAnswer` with what is possible, and `ToolCallFailed`."""
    name = query.get("analysis")
    tool = QUERY_TOOL if name is None else load_analysis_tools()[name]
    call = yield ToolCall(tool, query)
    if call.error_code in REFUSED:
        problem = f"{call.result['message'].rstrip('.')}."
        if call.error_code == NotEnoughData.code:
            raise TooLittleData(problem)
        is_choice = name is not None and call.error_code == ImpossibleQuery.code
        raise CannotAnswer(f"{problem} Which do you want?" if is_choice else problem)
    if call.error_code:
        raise ToolCallFailed(call)
    return call.result


def find_open_question(state: DialogueState) -> str | None:
    """The message before, if it was answered with a question and with no figures."""
    if not state.previous_turns:
        return None
    turn = state.previous_turns[-1]
    is_open = turn.reply.rstrip().endswith("?") and not _has_queried(turn)
    return turn.utterance.rstrip(" ?.!") if is_open else None


def _answer_at_once(text: str) -> Steps:
    yield from ()
    return text


def _find_values(
    text: str, *, searches: bool
) -> Generator[ToolCall, CompletedToolCall, Sequence[ValueMatch]]:
    also = {"searches": True} if searches else {}
    result = yield from call_tool(VALUES_TOOL, text=text, **also)
    return ValueMatches.model_validate(result, by_alias=True, by_name=False).matches


def quote_unknown(question: Question) -> str:
    return ", ".join(f"“{mention.text}”" for mention in question.unknown)


def refuse_unanswerable(question: Question, text: str) -> None:
    """Raises `CannotAnswer` for whatever could make the answer another one than was asked for, but
    for words that are not known."""
    known = len(question.mentions) - len(question.unknown)
    if question.unknown and (foreign := find_foreign_answer(text, known=known)):
        raise CannotAnswer(foreign)
    if question.is_personal:
        raise CannotAnswer(PERSONAL)
    problems = [
        *(
            f"I cannot answer “{gap.text}”: {gap.reason.rstrip('.')}."
            for gap in question.gaps
        ),
        *question.questions,
    ]
    if problems and question.unknown:
        problems.append(str(HasUnknownWords(quote_unknown(question), ())))
    if problems:
        raise CannotAnswer("\n".join(problems))
    if question.request.is_empty and not question.mentions:
        raise CannotAnswer(NOTHING)
