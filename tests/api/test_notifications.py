"""Notification preferences, and the unsubscribe link in a mail."""

import pytest

from tests.support.api_client import ApiClient
from webapp.bootstrap import Runtime
from webapp.notifications.events import ROUTES, EventName
from webapp.notifications.unsubscribe_links import Unsubscription

PREFERENCES = "/notifications/preferences"
UNSUBSCRIBE = "/notifications/unsubscribe"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def mailed(caller: ApiClient) -> dict[str, bool]:
    return {
        item["event"]: item["mail"]
        for item in caller.expect_ok("GET", PREFERENCES)["items"]
    }


@pytest.fixture
def token(admin: ApiClient, runtime: Runtime) -> str:
    assert admin.customer_id is not None
    unsubscription = Unsubscription(admin.customer_id, EventName.STOCK_LOW)
    return unsubscription.build_token(runtime.settings.require_jwt_secret())


def test_a_customer_sees_only_events_of_orders(customer: ApiClient) -> None:
    items = customer.expect_ok("GET", PREFERENCES)["items"]

    assert {item["event"].split(".")[0] for item in items} == {"order"}
    assert all(item["mail"] and not item["optional"] for item in items)


def test_an_admin_switches_alerts_off_and_on(admin: ApiClient) -> None:
    assert mailed(admin)["stock.low"]

    admin.expect_ok("PUT", PREFERENCES, {"events": {"stock.low": False}})
    assert [e for e, mail in mailed(admin).items() if not mail] == ["stock.low"]
    admin.expect_ok("PUT", PREFERENCES, {"events": {"stock.low": True}})

    assert all(mailed(admin).values())


@pytest.mark.parametrize("event", ["order.shipped", "stock.low", "no.such"])
def test_an_event_that_is_not_optional_cannot_be_switched_off(
    customer: ApiClient, event: str
) -> None:
    error = customer.expect_error("PUT", PREFERENCES, {"events": {event: False}})

    assert error == (400, "NOTIFICATION_NOT_OPTIONAL")


def test_opening_the_link_changes_nothing_and_posting_it_ends_the_mails(
    nobody: ApiClient, admin: ApiClient, token: str
) -> None:
    shown = nobody.expect_ok("GET", UNSUBSCRIBE, token=token)
    assert shown == {"event": "stock.low", "subscribed": True}
    assert mailed(admin)["stock.low"]

    for _ in range(2):
        ended = nobody.call(
            "POST",
            UNSUBSCRIBE,
            query={"token": token},
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert ended.get_json() == {"event": "stock.low", "subscribed": False}

    assert [e for e, mail in mailed(admin).items() if not mail] == ["stock.low"]


@pytest.mark.parametrize(
    "event", [name for name, route in ROUTES.items() if not route.transactional]
)
def test_a_browser_gets_a_page_with_a_button(
    nobody: ApiClient, admin: ApiClient, runtime: Runtime, event: EventName
) -> None:
    assert admin.customer_id is not None
    secret = runtime.settings.require_jwt_secret()
    query = {"token": Unsubscription(admin.customer_id, event).build_token(secret)}

    page = nobody.call("GET", UNSUBSCRIBE, query=query, headers=BROWSER)
    done = nobody.call("POST", UNSUBSCRIBE, query=query, headers=BROWSER)

    assert page.mimetype == done.mimetype == "text/html"
    assert "<button" in page.text
    assert "<button" not in done.text


def test_a_forged_or_incomplete_link_is_rejected(
    nobody: ApiClient, customer: ApiClient, runtime: Runtime, token: str
) -> None:
    assert customer.customer_id is not None
    secret = runtime.settings.require_jwt_secret()
    for bad in (
        "x",
        token[:-2],
        Unsubscription(customer.customer_id, EventName.STOCK_LOW).build_token(
            "another" * 8
        ),
        Unsubscription(customer.customer_id, EventName.ORDER_SHIPPED).build_token(
            secret
        ),
    ):
        error = nobody.expect_error("POST", UNSUBSCRIBE, token=bad)
        assert error == (400, "BAD_UNSUBSCRIBE_LINK")
