"""The analyst: figures from its tools, and nothing else."""

from datetime import UTC, datetime

import pytest
from strands.models import Model

from agents.insights.grounding import WITHHELD_NOTICE
from agents.insights.runner import PROMPT, build_runner
from tests.support.conversations import AgentConversation, SeededShop
from tests.support.factories import RowFactory
from tests.support.scripted_model import ScriptedModel
from webapp.chat.service import AgentName
from webapp.kit.clock import utc_now
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


def test_a_hosted_model_is_given_the_prompt_and_the_tools_of_the_analyst(
    shop: SeededShop,
) -> None:
    model = ScriptedModel("Hello.")

    analyst(shop, model).send("hello")

    prompt = PROMPT.read_text(encoding="utf-8")
    assert model.system_prompt is not None
    assert model.system_prompt.startswith(f"{prompt}\n\nToday is ")
    assert sorted(model.tool_names) == [
        "order_trends",
        "product_performance",
        "sales_insights",
    ]


def test_revenue_by_month_with_its_receipt(
    sold: SeededShop, insights_model: Model
) -> None:
    answer = analyst(sold, insights_model).get_answer(
        "revenue by month from March 2026 to April 2026"
    )

    [report] = answer.data["analytics"]["reports"]
    assert answer.data["tools_used"] == ["order_trends"]
    assert [(p["period"], p["revenue"], p["orders"]) for p in report["periods"]] == [
        ("2026-03-01", 108.0, 2),
        ("2026-04-01", 29.0, 1),
    ]
    receipt = report["receipt"]
    assert (receipt["rowsRead"], receipt["timeZone"]) == (3, "UTC")
    assert (receipt["firstDay"], receipt["lastDay"]) == ("2026-03-01", "2026-04-30")
    assert receipt["asOf"].endswith("Z")
    assert "$108.00" in answer.message
    assert WITHHELD_NOTICE not in answer.message


def test_top_products_and_follow_ups(sold: SeededShop, insights_model: Model) -> None:
    chat = analyst(sold, insights_model)

    def top(message: str) -> list[str]:
        [report] = chat.get_answer(message).data["analytics"]["reports"]
        return [row["name"] for row in report["topProducts"]]

    assert top("top 5 products in 2026-03 and 2026") == ["Glass Kettle", "Desk Lamp"]
    assert top("and by units?") == ["Desk Lamp", "Glass Kettle"]
    assert top("and in April 2026?") == ["Glass Kettle"]


def test_by_week_instead_keeps_the_window(
    sold: SeededShop, insights_model: Model
) -> None:
    chat = analyst(sold, insights_model)
    chat.get_answer("what was the revenue in April 2026")

    [report] = chat.get_answer("by week instead").data["analytics"]["reports"]

    assert report["granularity"] == "week"
    assert report["receipt"]["firstDay"] == "2026-04-01"


def test_a_window_without_orders_is_reported_as_empty(
    sold: SeededShop, insights_model: Model
) -> None:
    answer = analyst(sold, insights_model).get_answer("revenue by month in 2019")

    assert "no paid orders" in answer.message


def test_a_sentence_with_an_invented_number_is_never_sent(sold: SeededShop) -> None:
    window = {"first_day": "2026-03-01", "last_day": "2026-04-30"}
    model = ScriptedModel(
        ("order_trends", window),
        "March had $108.00. That is 17% more than planned. Good.",
    )
    chat = analyst(sold, model)

    answer = chat.get_answer("how was March?")

    assert answer.message == f"March had $108.00. Good.{WITHHELD_NOTICE}"
    assert "17" not in "".join(event.model_dump_json() for event in chat.events[:-1])


def test_figures_of_an_earlier_turn_do_not_count(sold: SeededShop) -> None:
    model = ScriptedModel(("order_trends", {}), "It is $137.00.", "As I said, $137.00.")
    chat = analyst(sold, model)
    chat.get_answer("revenue?")

    assert "137" not in chat.get_answer("again?").message


def test_the_model_that_the_settings_name_knows_what_day_it_is(
    sold: SeededShop,
) -> None:
    today = utc_now().date()

    answer = analyst(sold, model=None).get_answer("what did we take in today")

    [report] = answer.data["analytics"]["reports"]
    # A second before midnight it may be the next day by now.
    assert report["receipt"]["firstDay"] in {
        today.isoformat(),
        utc_now().date().isoformat(),
    }


def test_only_admins_are_answered(sold: SeededShop, insights_model: Model) -> None:
    customer = analyst(sold, insights_model, admin=False)

    assert customer.get_failure("revenue by month").code == "ADMINS_ONLY"


@pytest.mark.parametrize(
    "message", ["give me the e-mail addresses of our best customers"]
)
def test_personal_data_is_not_reported(
    shop: SeededShop, message: str, insights_model: Model
) -> None:
    assert analyst(shop, insights_model).get_answer(message).data["tools_used"] == []


@pytest.mark.parametrize(
    "window",
    [
        {"first_day": "yesterday"},
        {"first_day": "2026-02-31"},
        {"first_day": "2026-03-02", "last_day": "2026-03-01"},
    ],
)
def test_an_invalid_window_is_rejected(
    shop: SeededShop, window: dict[str, str]
) -> None:
    model = ScriptedModel(("order_trends", window), "Sorry.")

    analyst(shop, model).get_answer("go")

    [result] = model.get_last_tool_results()
    assert result["refused"] == "BAD_WINDOW"


def test_a_report_by_day_over_many_years_is_rejected(sold: SeededShop) -> None:
    model = ScriptedModel(("order_trends", {"granularity": "day"}), "Sorry.")
    add_order(sold, day="2010-01-01", name="Desk Lamp")

    analyst(sold, model).get_answer("go")

    [result] = model.get_last_tool_results()
    assert result["refused"] == "TOO_MANY_PERIODS"
