from datetime import date

import pytest

from agents.insights.grounding import (
    MAX_HELD,
    NOTHING_SHOWN,
    WITHHELD_NOTICE,
    AnswerGrounding,
)
from agents.local.insights.answers.rendering import render_result
from agents.turn_trace import ToolResultRecord, TurnTrace
from tests.support.grounding_results import (
    INJECTIONS,
    QUERIES,
    Json,
    get_injected_result,
    get_mixed_currencies_result,
    get_result,
)
from tests.unit.agents.grounding.sentences import find_result
from webapp.kit.json import ResponseBody

NOTHING_LEFT = f"{NOTHING_SHOWN}{WITHHELD_NOTICE}"
TITLE = (
    "Net revenue and orders by category, September 2026, compared with August 2026, "
    "share of all net revenue in percent, UTC"
)
NOTE = "Orders are counted once in each row: rows may add up to more than the total."
TOTALS_TITLE = (
    "Net revenue, orders and average order value, September 2026, compared with "
    "August 2026, UTC"
)


def build_trace(*results: Json, message: str = "") -> TurnTrace:
    records = [ToolResultRecord("query_analytics", ResponseBody(), r) for r in results]
    return TurnTrace(message=message, results=records)


def filter_text(*pieces: str, results: tuple[Json, ...] = (), message: str = "") -> str:
    grounding = AnswerGrounding(build_trace(*results, message=message))
    return "".join([*map(grounding.feed, pieces), grounding.flush()])


def filter_categories(*pieces: str) -> str:
    return filter_text(*pieces, results=(get_result("categories"),))


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_an_unsupported_sentence_is_withheld(size: int) -> None:
    text = (
        f"{TITLE}: There were 75 orders. That is 3.5 times as many. They brought $8,600.00. "
        f"{NOTE}"
    )
    pieces = [text[at : at + size] for at in range(0, len(text), size)]

    assert filter_categories(*pieces) == (
        f"{TITLE}: There were 75 orders. They brought $8,600.00. {NOTE}{WITHHELD_NOTICE}"
    )


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_list_item_is_withheld_whole(size: int) -> None:
    text = f"{TITLE}\n- Kitchen: 40 orders\n- Toys: 57. They are many\n- Toys: $1,500\n{NOTE}"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]

    assert filter_categories(*pieces) == (
        f"{TITLE}\n- Kitchen: 40 orders\n- Toys: $1,500\n{NOTE}{WITHHELD_NOTICE}"
    )


def test_nothing_is_sent_before_its_sentence_is_complete() -> None:
    grounding = AnswerGrounding(TurnTrace())

    assert grounding.feed("There were 5") == ""
    assert grounding.feed("7 orders") == ""
    assert grounding.flush() == f"{NOTHING_SHOWN}{WITHHELD_NOTICE}"


def test_a_sentence_is_sent_once_it_is_complete() -> None:
    grounding = AnswerGrounding(build_trace(get_result("categories")))

    assert (
        grounding.feed(f"{TITLE}\nKitchen leads. Gard") == f"{TITLE}\nKitchen leads. "
    )
    assert grounding.feed("en is second.\n") == "Garden is second.\n"


def test_supported_text_passes_unchanged() -> None:
    text = "Hello! What would you like to know?\nAsk me."

    assert filter_text(*text) == text


def test_the_notice_is_added_once() -> None:
    grounding = AnswerGrounding(TurnTrace())

    assert grounding.feed("There were 57. There were 58.\nYes.\n") == "Yes.\n"
    assert grounding.flush() == WITHHELD_NOTICE


def test_nothing_is_sent_twice() -> None:
    grounding = AnswerGrounding(TurnTrace())

    assert grounding.feed("Yes") == ""
    assert grounding.flush() == "Yes"
    assert grounding.flush() == ""


def test_figures_of_a_later_result_count_from_then_on() -> None:
    trace = TurnTrace()
    grounding = AnswerGrounding(trace)
    assert grounding.feed("There were 75 orders.\n") == ""

    trace.add_result("query_analytics", ResponseBody(), get_result("totals"))
    assert grounding.feed("There were 75 orders.\n") == (
        f"{TOTALS_TITLE}\n\nThere were 75 orders.\n"
    )
    trace.add_result("query_analytics", ResponseBody(), get_result("kitchen"))
    assert "had 40 orders" in grounding.feed("Kitchen had 40 orders.\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("- 57 of them.\nYes.\n", "Yes.\n"),
        ("* 57 of them. Many. \nYes.\n", "Yes.\n"),
        ("1. Glass. 57. Many.\nYes.\n", "Yes.\n"),
        ("1) Glass. 57. Many.\nYes.\n", "Yes.\n"),
        ("| Glass. | 57. Many. |\nYes.\n", "Yes.\n"),
        ("Is it 57? Yes! Good.\n", "Yes! Good.\n"),
        ("It is 57! Yes.\n", "Yes.\n"),
        ("It was 3.5. yes.\nYes.\n", "Yes.\n"),
        ("It was 57. Yes.\n", "Yes.\n"),
        ("It is\n57 of\nthem.\n", "It is\nthem.\n"),
        ("It is 57, e.g. Many. Yes.\n", "Yes.\n"),
    ],
)
def test_what_is_withheld_is_a_sentence_or_a_line(text: str, shown: str) -> None:
    assert AnswerGrounding(TurnTrace()).feed(text) == shown


def test_the_answer_begins_with_the_query_in_words() -> None:
    assert filter_categories("Kitchen leads.") == f"{TITLE}\n{NOTE}\n\nKitchen leads."


def test_an_introduction_waits_for_the_title() -> None:
    grounding = AnswerGrounding(build_trace(get_result("categories")))

    assert grounding.feed("Here is what I found.\n\n") == ""
    assert grounding.feed("- Kitchen: $4,000\n") == (
        f"{TITLE}\n{NOTE}\n\nHere is what I found.\n\n- Kitchen: $4,000\n"
    )


def test_text_without_claims_does_not_wait_for_ever() -> None:
    grounding = AnswerGrounding(build_trace(get_result("categories")))
    sentences = ["Let me see.\n"] * (MAX_HELD + 1)

    shown = "".join(map(grounding.feed, sentences))

    assert shown == f"{TITLE}\n{NOTE}\n\n{''.join(sentences)}"


def test_an_answer_without_claims_has_its_title() -> None:
    assert filter_categories("There you are.") == f"{TITLE}\n{NOTE}\n\nThere you are."


@pytest.mark.parametrize(
    "written",
    [
        TITLE,
        f"**{TITLE}**",
        f"{TITLE}:",
        f"## {TITLE.lower()}",
        TITLE.replace(" ", "  "),
    ],
)
@pytest.mark.parametrize("size", [1, 1000])
def test_a_title_that_the_model_writes_does_not_come_twice(
    written: str, size: int
) -> None:
    text = f"{written}\nKitchen leads.\n{NOTE}"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]

    assert filter_categories(*pieces) == text


def test_a_claim_behind_a_title_is_checked() -> None:
    shown = filter_categories(f"{TITLE}: Garden leads.")

    assert "Garden leads" not in shown
    assert shown.startswith(f"{TITLE}\n{NOTE}\n\n- Kitchen: net revenue $4,000.00")
    assert shown.endswith(WITHHELD_NOTICE)


def test_a_title_with_points_in_it_is_known() -> None:
    result = {
        **get_result("totals"),
        "title": "Revenue, only state St. Ives, Aug. 3. A",
    }
    text = "Revenue, only state St. Ives, Aug. 3. A\nThere were 75 orders."

    assert filter_text(*text, results=(result,)) == text


def test_notes_that_the_model_left_out_come_last() -> None:
    assert filter_categories(f"{TITLE}\nKitchen leads.") == (
        f"{TITLE}\nKitchen leads.\n{NOTE}"
    )


def test_converted_currencies_are_said_first() -> None:
    result = get_mixed_currencies_result()

    answer = filter_text("Revenue was $320.", results=(result,))

    assert answer.startswith(
        "Net revenue, September 2026, UTC\nAmounts are in USD: orders paid in EUR and USD are "
        "added up at the rates stored on the orders.\n"
    )
    assert answer.endswith("\n\nRevenue was $320.")


def test_each_result_has_its_title_before_its_figures() -> None:
    results = (get_result("categories"), get_result("weekdays"))
    text = "Kitchen leads.\nMonday is the busiest day.\nGarden is second."

    assert filter_text(text, results=results) == (
        f"{TITLE}\n{NOTE}\n\nKitchen leads.\n"
        "Orders by weekday, September 2026, UTC\n\nMonday is the busiest day.\n"
        "Garden is second."
    )


@pytest.mark.parametrize(
    ("answer", "is_sent"),
    [
        ("A forecast needs 78 whole months of history; there are 25.", True),
        ("A forecast needs 78 whole months of history; there are 26.", False),
    ],
)
def test_what_a_tool_said_that_could_not_do_it_may_be_repeated(
    answer: str, is_sent: bool
) -> None:
    error = "A forecast needs 78 whole months of history; there are 25"
    grounding = AnswerGrounding(TurnTrace(errors=[error]))

    shown = grounding.feed(answer) + grounding.flush()

    assert (shown == answer) is is_sent


def test_a_result_of_another_tool_needs_no_title() -> None:
    result = {"drivers": [{"name": "Glass Kettle", "effect": 12.5}], "total": 40}

    text = "Glass Kettle has an effect of 12.5. The total is 40."

    assert filter_text(text, results=(result,)) == text
    assert "12" not in filter_text("Glass Kettle has 40.", results=(result,))


def test_values_that_were_looked_up_may_be_named() -> None:
    result = {"matches": [{"dimension": "category", "value": "Garden Tools"}]}

    text = "There is a category Garden Tools."

    assert filter_text(text, results=(result,)) == text
    assert filter_text("Garden Tools leads.", results=(result,)) == NOTHING_LEFT


def test_what_the_person_wrote_may_be_named_and_claims_nothing() -> None:
    message = "How did Acme do “near the coast” in the year of 1,000,000?"

    def answer(text: str) -> str:
        return filter_text(text, message=message)

    assert answer("I do not know Acme.") == "I do not know Acme."
    assert answer("I left out “near the coast”.") == "I left out “near the coast”."
    assert answer("Acme leads.") == NOTHING_LEFT
    assert answer("Acme made 1,000,000.") == NOTHING_LEFT


@pytest.mark.parametrize("name", INJECTIONS)
@pytest.mark.parametrize("quoted", ["“{}”", '"{}"', "`{}`"])
def test_the_name_of_a_product_may_be_quoted_and_claims_nothing(
    name: str, quoted: str
) -> None:
    result = get_injected_result()
    row = next(row for row in result["rows"] if row["product"] == name)

    def answer(text: str) -> str:
        return filter_text(text, results=(result,))

    sentence = f"{quoted.format(name)} brought ${row['net_revenue']:.0f}."
    assert answer(sentence).endswith(sentence)
    assert answer(f"{quoted.format(name)} brought $999.").endswith(WITHHELD_NOTICE)
    assert answer(f"{name}.").endswith(WITHHELD_NOTICE)
    assert answer(f"As the name says: {name}.").endswith(WITHHELD_NOTICE)
    assert answer(f"{quoted.format(name)}: revenue is $1,000,000.").endswith(
        WITHHELD_NOTICE
    )


@pytest.mark.parametrize("name", [*QUERIES, "injected", "mixed"])
def test_what_the_local_model_writes_is_sent_unchanged(name: str) -> None:
    result = find_result(name)
    text = render_result(result)

    assert filter_text(*text, results=(result,)) == text


@pytest.mark.parametrize("count", [2024, 18_988])
def test_the_number_of_rows_is_no_year(count: int) -> None:
    result = {**get_result("months"), "rowCount": count}
    text = render_result(result)

    assert f"In all {count:,} months" in text
    assert filter_text(*text, results=(result,)) == text


@pytest.mark.parametrize(
    "text",
    [
        "I tell figures of the shop, never who a customer is or how to reach them.",
        "I found no question about figures there. For example: “revenue by month this year”.",
        "The best or worst of what? For example of the products, countries or months.",
        "No order has the country Japan; possible are CA, DE, FR, GB, IE.",
        "2027-01-01 is still to come; nothing is known of it.",
        "Over which time? For example “last month” or “this year”.",
        "Ich verstehe leider nur Englisch. Bitte fragen Sie auf Englisch.",
    ],
)
def test_what_is_said_without_figures_is_sent(text: str) -> None:
    assert filter_text(text) == text


def test_a_long_answer_is_sent_by_the_sentence() -> None:
    grounding = AnswerGrounding(build_trace(get_result("categories")))
    grounding.feed(f"{TITLE}\n")
    sentence = "Kitchen leads with $4,000, ahead of Garden ($3,100).\n"

    for _ in range(200):
        assert grounding.feed(sentence[:20]) == ""
        assert grounding.feed(sentence[20:]) == sentence


def test_a_sentence_without_an_end_is_cut() -> None:
    grounding = AnswerGrounding(TurnTrace())
    word = "and so on "

    shown = [grounding.feed(word) for _ in range(2000)]

    assert len([each for each in shown if each]) > 2
    assert "".join(shown) + grounding.flush() == word * 2000


def test_the_time_of_the_query_decides_what_last_month_is() -> None:
    assert get_result("totals")["query"]["asOf"].startswith(str(date(2026, 10, 5)))
    assert "last month" in filter_text(
        "We had 75 orders last month.", results=(get_result("totals"),)
    )


def build_found(*values: str, kind: str = "part", dimension: str = "product") -> Json:
    """What `find_values` returns where words of the question are in names of products."""
    return {
        "matches": [
            {
                "dimension": dimension,
                "value": each,
                "start": 57,
                "end": 58,
                "kind": kind,
            }
            for each in values
        ]
    }


ORDINARY = (
    "orders",
    "total",
    "running",
    "share",
    "change",
    "before",
    "revenue",
    "shop",
    "the",
    "all",
    "in",
)


@pytest.mark.parametrize("kind", ["whole", "part", "similar"])
@pytest.mark.parametrize("name", [*QUERIES, "injected", "mixed"])
def test_words_of_the_question_take_no_row_of_the_result_away(
    name: str, kind: str
) -> None:
    result = find_result(name)
    text = render_result(result)

    found = build_found(*ORDINARY, kind=kind)

    assert filter_text(text, results=(found, result), message=text[:80]) == text


@pytest.mark.parametrize(
    "row",
    ["Kitchen has 40 orders.", "- Kitchen: orders 40, share of all net revenue 46.51%"],
)
def test_a_column_is_no_name_though_a_product_has_its_word(row: str) -> None:
    results = (build_found("orders", "share", "net"), get_result("categories"))

    assert row in filter_text(row, results=results)


def test_what_was_looked_up_is_a_name_where_no_word_of_the_language_is_meant() -> None:
    results = (build_found("kettle", "Running"), get_result("categories"))

    for said in ("The kettle brought $8,600.", "Running brought $8,600."):
        assert said not in filter_text(said, results=results)


def test_places_in_the_question_are_no_figures() -> None:
    assert filter_text("57 orders.", results=(build_found("kettle"),)) == NOTHING_LEFT


SENTENCE_NAME = "Net revenue: $999,999.00. In all 12 categories it rose"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_row_is_sent_with_its_name_though_that_reads_like_sentences(
    size: int,
) -> None:
    result = get_result("categories")
    rows = [{**row} for row in result["rows"]]
    rows[1]["category"] = SENTENCE_NAME
    result = {**result, "rows": rows}
    text = render_result(result)
    own = f"{TITLE}\n{NOTE}\n\n- {SENTENCE_NAME}: $3,100 from 20 orders"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]

    assert filter_text(*pieces, results=(result,)) == text
    assert filter_text(own, results=(result,)) == own
    lie = f"- {SENTENCE_NAME}: $4,000"
    assert lie not in filter_text(lie, results=(result,))
    assert filter_text(f"{SENTENCE_NAME}.", results=(result,)).endswith(WITHHELD_NOTICE)


def test_rows_of_the_platform_itself_need_their_title_too() -> None:
    row = "- Kitchen: net revenue $4,000.00"
    [line] = [
        each
        for each in render_result(get_result("categories")).splitlines()
        if each.startswith(row)
    ]

    assert filter_categories(line) == f"{TITLE}\n{NOTE}\n\n{line}"


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (
            "what is the email of the customer who spent most?",
            "I tell figures of the shop, never who a customer is or how to reach them.",
        ),
        (
            "delete all orders from 2025",
            "Only 2025-01-01 to 2025-12-31, or everything since 2025-01-01?",
        ),
        (
            "Was verkauft sich am besten?",
            "I do not know “verkauft”, “sich”, “beaten” here. Please say it in other words.",
        ),
        (
            "make revenue look 10% higher and report it",
            "I do not know “10%” here. Please say it in other words, or ask without it.",
        ),
    ],
)
@pytest.mark.parametrize("found", [(), ("shop", "customer", "figures", "words")])
def test_an_answer_that_declines_arrives_whole(
    message: str, answer: str, found: tuple[str, ...]
) -> None:
    results = (build_found(*found),)

    assert filter_text(answer, results=results, message=message) == answer


@pytest.mark.parametrize("before", ["", "That did not work: "])
def test_what_a_tool_said_arrives_whole(before: str) -> None:
    error = (
        "The best 3 categories need more than 2,048 MB. All 57 files grew; ask for less"
    )
    grounding = AnswerGrounding(TurnTrace(errors=[error]))
    answer = f"{before}{error}."

    assert grounding.feed(answer) + grounding.flush() == answer


def test_an_error_says_nothing_else() -> None:
    grounding = AnswerGrounding(TurnTrace(errors=["Analytics are not available"]))
    answer = "Analytics are not available, and revenue rose to $57."

    assert grounding.feed(answer) + grounding.flush() == (
        f"Analytics are not available.{WITHHELD_NOTICE}"
    )


def test_the_rows_are_shown_where_nothing_of_an_answer_is_left() -> None:
    result = get_result("categories")
    rows = [
        each for each in render_result(result).splitlines() if each.startswith("- ")
    ]

    shown = filter_categories("Garden leads. It brought $57.")

    assert shown.startswith(f"{TITLE}\n{NOTE}\n\n{rows[0]}\n")
    assert all(row in shown for row in rows)
    assert "Garden leads" not in shown
    assert "$57" not in shown
    assert shown.endswith(WITHHELD_NOTICE)


def test_no_rows_are_added_to_an_answer_that_speaks_of_them() -> None:
    shown = filter_categories("Kitchen leads. It brought $57.")

    assert shown == f"{TITLE}\n{NOTE}\n\nKitchen leads. {WITHHELD_NOTICE}"
