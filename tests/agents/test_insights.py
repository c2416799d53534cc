"""The analyst: figures import json
from its tools, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from strands.models import Model

from agents.insights.grounding import WITHHELD_NOTICE
from agents.insights.runner import build_prompt, build_runner
from agents.tools import analytics
from agents.tools.tool import ToolServices
from tests.support.conversations import AgentConversation, SeededShop
from tests.support.factories import RowFactory
from tests.support.scripted_model import ScriptedModel
from tests.support.trading_history import ANALYSES, AS_OF, insert_history
from webapp.chat.service import AgentName
from webapp.insights.query.definitions import DIMENSIONS, METRICS
from webapp.kit.clock import utc_now
from webapp.kit.weeks import WeekStart
from webapp.orders.models import OrderItem

SALES = [
    ("2026-03-05", "Glass Kettle", 2, 2900),
    ("2026-03-20", "Desk Lamp", 5, 1000),
    ("2026-04-02", "Glass Kettle", 1, 2900),
]


@pytest.fixture
def sold(shop: SeededShop) -> SeededShop:
    for day, name, quantity, price in SALES:
        add_order(shop, day=day, name=name, quantity=quantity, price=price)
    return shop


def add_order(
    shop: SeededShop, *, day: str, name: str, quantity: int = 1, price: int = 1
) -> None:
    total = quantity * price
    item = OrderItem(
        position=0,
        product_id=shop.products[name],
        name=name,
        sku=name,
        category="Kitchen",
        quantity=quantity,
        unit_price_minor=price,
        line_total_minor=total,
    )
    with shop.db.unit_of_work() as session:
        RowFactory(session).order(
            customer_id=shop.ada,
            subtotal_minor=total,
            total_minor=total,
            placed_at=datetime.fromisoformat(day).replace(tzinfo=UTC),
            items=[item],
        )


def analyst(
    shop: SeededShop, model: Model | None, *, admin: bool = True
) -> AgentConversation:
    return AgentConversation(
        build_runner(shop.runtime, model=model),
        shop.db,
        shop.ada,
        agent=AgentName.INSIGHTS,
        groups=("admin",) if admin else (),
    )


def test_a_hosted_model_is_given_the_definitions_and_the_tools_of_the_analyst(
    shop: SeededShop,
) -> None:
    model = ScriptedModel("Hello.")

    analyst(shop, model).send("hello")

    assert model.system_prompt is not None
    assert model.system_prompt.startswith(f"{build_prompt()}\n\nToday is ")
    for name in (*METRICS, *DIMENSIONS):
        assert f"\n- {name} (" in model.system_prompt
    tools = analytics.build_tools(ToolServices.from_runtime(shop.runtime))
    assert sorted(model.tool_names) == sorted(tool.name for tool in tools)
    assert {"find_values", "query_analytics", "explain_change"} < set(model.tool_names)


def test_an_analysis_is_answered_with_its_figures_and_what_it_cannot_know(
    shop: SeededShop,
) -> None:
    with shop.db.unit_of_work() as session:
        insert_history(session)
    asked = {**ANALYSES["explain_change"], "asOf": AS_OF}
    model = ScriptedModel(
        ("explain_change", asked),
        "Net revenue rose by $68.00. It fell by $68.00. A campaign caused it.",
    )

    answer = analyst(shop, model).get_answer("why did revenue change?")

    [found] = answer.data["analytics"]["analyses"]
    assert found["findings"]["change"] == 68.0
    assert answer.message.startswith(found["title"])
    assert "Net revenue rose by $68.00." in answer.message
    assert "fell" not in answer.message
    assert "A campaign" not in answer.message
    assert "not why" in answer.message
    assert answer.message.endswith(WITHHELD_NOTICE)


def test_charts_are_sent_and_models_read_the_rows_alone(shop: SeededShop) -> None:
    with shop.db.unit_of_work() as session:
        insert_history(session)
    model = ScriptedModel(
        ("query_analytics", {"metrics": ["orders"], "groupBy": ["month"]}),
        ("explain_change", {**ANALYSES["explain_change"], "asOf": AS_OF}),
        "Here they are.",
    )

    answer = analyst(shop, model).get_answer("orders by month, and why?")

    sent = answer.data["analytics"]
    tables = [*sent["results"], *sent["analyses"][0]["tables"]]
    charts = [table["chart"] for table in tables if "chart" in table]
    assert len(charts) > 1
    assert {each["data"]["name"] for each in charts} == {"rows"}
    read = str(model.requests)
    assert "net_revenue" in read
    assert "vega" not in read


def test_revenue_by_month_with_its_receipt(
    sold: SeededShop, insights_model: Model
) -> None:
    answer = analyst(sold, insights_model).get_answer(
        "revenue by month from March 2026 to April 2026"
    )

    [result] = answer.data["analytics"]["results"]
    assert answer.data["tools_used"] == ["find_values", "query_analytics"]
    assert result["rows"] == [
        {"month": "2026-03", "net_revenue": 108.0},
        {"month": "2026-04", "net_revenue": 29.0},
    ]
    receipt = result["receipt"]
    assert (receipt["rowsRead"], receipt["timeZone"]) == (3, "UTC")
    assert (receipt["firstDay"], receipt["lastDay"]) == ("2026-03-01", "2026-04-30")
    assert receipt["asOf"].endswith("Z")
    assert answer.message.startswith("Net revenue by month, March to April 2026, UTC.")
    assert "$108.00" in answer.message
    assert WITHHELD_NOTICE not in answer.message


def test_top_products_and_follow_ups(sold: SeededShop, insights_model: Model) -> None:
    chat = analyst(sold, insights_model)

    def top(message: str) -> list[str]:
        [result] = chat.get_answer(message).data["analytics"]["results"]
        return [row["product"] for row in result["rows"]]

    assert top("top 5 products from March to April 2026") == [
        "Glass Kettle",
        "Desk Lamp",
    ]
    assert top("and by units?") == ["Desk Lamp", "Glass Kettle"]
    assert top("and in April 2026?") == ["Glass Kettle"]


def test_by_week_instead_keeps_the_window(
    sold: SeededShop, insights_model: Model
) -> None:
    chat = analyst(sold, insights_model)
    chat.get_answer("what was the revenue in April 2026")

    [result] = chat.get_answer("by week instead").data["analytics"]["results"]

    assert result["query"]["groupBy"] == ["week"]
    assert result["receipt"]["firstDay"] == "2026-04-01"


def test_a_window_without_orders_is_reported_as_empty(
    sold: SeededShop, insights_model: Model
) -> None:
    answer = analyst(sold, insights_model).get_answer("revenue by month in 2019")

    assert "There are no orders in this window" in answer.message


def test_a_sentence_with_an_invented_number_is_never_sent(sold: SeededShop) -> None:
    query = {"metrics": ["net_revenue"], "window": {"lastDay": "2026-04-30"}}
    model = ScriptedModel(
        ("query_analytics", query),
        "We took $137.00. That is 17% more than planned. Good.",
    )
    chat = analyst(sold, model)

    answer = chat.get_answer("how was March?")

    assert "$137.00" in answer.message
    assert answer.message.endswith(WITHHELD_NOTICE)
    assert "17" not in "".join(event.model_dump_json() for event in chat.events[:-1])


def test_figures_of_an_earlier_turn_do_not_count(sold: SeededShop) -> None:
    query = {"metrics": ["net_revenue"]}
    model = ScriptedModel(
        ("query_analytics", query), "It is $137.00.", "As I said, $137.00."
    )
    chat = analyst(sold, model)
    chat.get_answer("revenue?")

    assert "137" not in chat.get_answer("again?").message


def test_the_model_that_the_settings_name_knows_what_day_it_is(
    sold: SeededShop,
) -> None:
    today = utc_now().date()

    answer = analyst(sold, model=None).get_answer("what did we take in today")

    [result] = answer.data["analytics"]["results"]
    # A second before midnight it may be the next day by now.
    assert result["receipt"]["firstDay"] in {
        today.isoformat(),
        utc_now().date().isoformat(),
    }


def test_weeks_begin_where_the_settings_say(sold: SeededShop) -> None:
    settings = sold.runtime.settings.model_copy(update={"week_start": WeekStart.SUNDAY})
    shop = replace(sold, runtime=replace(sold.runtime, settings=settings))

    answer = analyst(shop, model=None).get_answer("revenue in the week of 2 March 2026")

    [result] = answer.data["analytics"]["results"]
    assert result["query"]["window"] == {
        "firstDay": "2026-03-01",
        "lastDay": "2026-03-07",
    }


def test_only_admins_are_answered(sold: SeededShop, insights_model: Model) -> None:
    customer = analyst(sold, insights_model, admin=False)

    assert customer.get_failure("revenue by month").code == "ADMINS_ONLY"


@pytest.mark.parametrize(
    "message",
    [
        "give me the e-mail addresses of our best customers",
        "who is our best customer",
        "which customer bought the most, with name",
        "show me credit card numbers",
    ],
)
def test_personal_data_is_not_reported(
    sold: SeededShop, message: str, insights_model: Model
) -> None:
    answer = analyst(sold, insights_model).get_answer(message)

    assert "query_analytics" not in answer.data["tools_used"]
    assert "never who a customer is" in answer.message


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"metrics": ["margin"]}, "IMPOSSIBLE_QUERY"),
        (
            {"metrics": ["tax"], "groupBy": ["product"]},
            "IMPOSSIBLE_QUERY",
        ),
        (
            {"metrics": ["orders"], "window": {"firstDay": "2999-01-01"}},
            "BAD_WINDOW",
        ),
        (
            {"metrics": ["orders"], "window": {"firstDay": "March"}},
            "BAD_TOOL_ARGUMENTS",
        ),
        ({"metric": "orders"}, "BAD_TOOL_ARGUMENTS"),
    ],
)
def test_an_impossible_query_is_refused_with_its_reason(
    sold: SeededShop, query: dict[str, object], code: str
) -> None:
    model = ScriptedModel(("query_analytics", query), "Sorry.")

    analyst(sold, model).get_answer("go")

    [result] = model.get_last_tool_results()
    assert result["refused"] == code
    assert result["message"]


def test_the_values_of_the_shop_are_found_in_a_question(sold: SeededShop) -> None:
    model = ScriptedModel(("find_values", {"text": "desk lamps in kitchn"}), "Well.")

    analyst(sold, model).get_answer("go")

    [result] = model.get_last_tool_results()
    found = [(m["dimension"], m["value"], m["kind"]) for m in result["matches"]]
    assert ("product", "Desk Lamp", "whole") in found
    assert ("category", "Kitchen", "similar") in found
