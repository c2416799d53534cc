"""Both agents over their sockets, deployed on Ray."""

import re

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.platform import PlatformProcess
from tests.support.platform_client import PlatformClient

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.timeout(400)]


def test_a_customer_searches_adds_to_the_cart_and_asks(
    customer: PlatformClient,
) -> None:
    customer.expect_ok("DELETE", "/cart")
    chat = customer.open_chat()
    assert chat.greeting["type"] == "connected"

    results = chat.send_message("Show me headphones under $120")

    assert results["type"] == "message", results
    assert results["data"]["response_type"] == "product_list"
    products = results["data"]["products"]
    assert products
    assert all(product["price"] <= 120 for product in products)
    assert len(results["deltas"]) > 3
    assert "".join(results["deltas"]) == results["message"]

    chat.send_message("Add the first one to my cart")
    cart = customer.expect_ok("GET", "/cart")
    assert [line["productId"] for line in cart["items"]] == [products[0]["productId"]]

    newest = customer.expect_ok("GET", "/orders", params={"limit": 1})["items"][0]
    answer = chat.send_message(f"Where is my order {newest['number']}?")
    assert str(newest["number"]) in answer["message"]
    chat.close()
    customer.expect_ok("DELETE", "/cart")


def test_a_conversation_continues_on_the_next_connection(
    customer: PlatformClient,
) -> None:
    first = customer.open_chat()
    session_id = first.greeting["sessionId"]
    first.send_message("Show me kettles")
    first.close()

    again = customer.open_chat(session_id=session_id)

    messages = [entry["message"] for entry in again.greeting["history"]]
    assert "Show me kettles" in messages
    again.close()


def test_an_admin_asks_for_figures(admin: PlatformClient) -> None:
    insights = admin.open_chat("/ws/insights")

    months = insights.send_message("What was our revenue by month?")
    top = insights.send_message("What are the top 5 products by revenue?")

    [by_month] = months["data"]["analytics"]["results"]
    [ranked] = top["data"]["analytics"]["results"]
    assert by_month["query"]["groupBy"] == ["month"]
    assert len(by_month["rows"]) > 1
    assert (ranked["query"]["groupBy"], len(ranked["rows"])) == (["product"], 5)
    insights.close()


def test_insights_are_for_admins_only(customer: PlatformClient) -> None:
    with pytest.raises(ConnectionClosed):
        customer.open_chat("/ws/insights").send_message(
            "What was our revenue by month?"
        )


def test_a_customer_and_an_admin_ask_from_a_terminal(platform: PlatformProcess) -> None:
    found = platform.run_command("chat", stdin="Show me headphones under $120\nexit\n")
    reported = platform.run_command(
        "insights", stdin="What was our revenue by month?\n"
    )

    assert found.returncode == 0, found.stderr
    assert "assistant: " in found.stdout
    assert re.search(r"1 +\S.* \$\d+\.\d\d +\d+\n", found.stdout), found.stdout
    assert "To continue later: --session " in found.stdout
    assert reported.returncode == 0, reported.stderr
    assert "Net revenue by month" in reported.stdout
    assert "analyst: " in reported.stdout
