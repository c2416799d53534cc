"""Both agents over their sockets, hosted on Ray."""

import re

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.clients import Visitor
from tests.support.platform import Platform

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(400)]


def test_a_shopper_finds_adds_and_asks(customer: Visitor) -> None:
    customer.ok("DELETE", "/cart")
    chat = customer.chat()
    assert chat.greeting["type"] == "connected"

    found = chat.say("Show me headphones under $120")

    assert found["type"] == "message", found
    assert found["data"]["response_type"] == "product_list"
    products = found["data"]["products"]
    assert products
    assert all(product["price"] <= 120 for product in products)
    assert len(found["deltas"]) > 3
    assert "".join(found["deltas"]) == found["message"]

    chat.say("Add the first one to my cart")
    cart = customer.ok("GET", "/cart")
    assert [line["productId"] for line in cart["items"]] == [products[0]["productId"]]

    newest = customer.ok("GET", "/orders", params={"limit": 1})["items"][0]
    told = chat.say(f"Where is my order {newest['number']}?")
    assert str(newest["number"]) in told["message"]
    chat.close()
    customer.ok("DELETE", "/cart")


def test_a_conversation_is_remembered_on_the_next_line(customer: Visitor) -> None:
    first = customer.chat()
    session_id = first.greeting["sessionId"]
    first.say("Show me kettles")
    first.close()

    again = customer.chat(session_id=session_id)

    said = [entry["message"] for entry in again.greeting["history"]]
    assert "Show me kettles" in said
    again.close()


def test_an_admin_asks_for_figures(admin: Visitor) -> None:
    insights = admin.chat("/ws/insights")

    months = insights.say("What was our revenue by month?")
    top = insights.say("What are the top 5 products by revenue?")

    assert "order_trends" in months["data"]["tools_used"]
    assert "sales_insights" in top["data"]["tools_used"]
    assert months["data"]["analytics"]
    insights.close()


def test_insights_are_for_admins_only(customer: Visitor) -> None:
    with pytest.raises(ConnectionClosed):
        customer.chat("/ws/insights").say("What was our revenue by month?")


def test_a_customer_and_an_admin_ask_from_a_terminal(platform: Platform) -> None:
    found = platform.command("chat", typed="Show me headphones under $120\nexit\n")
    asked = platform.command("insights", typed="What was our revenue by month?\n")

    assert found.returncode == 0, found.stderr
    assert "assistant: " in found.stdout
    assert re.search(r"1 +\S.* \d+\.\d\d USD +\d+\n", found.stdout), found.stdout
    assert "To go on later: --session " in found.stdout
    assert asked.returncode == 0, asked.stderr
    assert "order trends" in asked.stdout
    assert "analyst: " in asked.stdout
