"""What an account is mailed, and the link in a mail that ends it."""

import pytest

from tests.support.callers import Caller
from webapp.bootstrap import Runtime
from webapp.notifications.unsubscribing import Unsubscription

PREFERENCES = "/notifications/preferences"
UNSUBSCRIBE = "/notifications/unsubscribe"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def mailed(caller: Caller) -> dict[str, bool]:
    return {
        item["event"]: item["mail"] for item in caller.ok("GET", PREFERENCES)["items"]
    }


@pytest.fixture
def token(admin: Caller, runtime: Runtime) -> str:
    assert admin.customer_id is not None
    asked = Unsubscription(admin.customer_id, "stock.low")
    return asked.token(runtime.settings.require_jwt_secret())


def test_a_customer_sees_what_belongs_to_orders(customer: Caller) -> None:
    items = customer.ok("GET", PREFERENCES)["items"]

    assert {item["event"].split(".")[0] for item in items} == {"order"}
    assert all(item["mail"] and not item["optional"] for item in items)


def test_an_admin_switches_alerts_off_and_on(admin: Caller) -> None:
    assert mailed(admin)["stock.low"]

    admin.ok("PUT", PREFERENCES, {"events": {"stock.low": False}})
    assert [e for e, mail in mailed(admin).items() if not mail] == ["stock.low"]
    admin.ok("PUT", PREFERENCES, {"events": {"stock.low": True}})

    assert all(mailed(admin).values())


@pytest.mark.parametrize("event", ["order.shipped", "stock.low", "no.such"])
def test_what_is_not_optional_for_them_cannot_be_switched_off(
    customer: Caller, event: str
) -> None:
    refusal = customer.refused("PUT", PREFERENCES, {"events": {event: False}})

    assert refusal == (400, "NOTIFICATION_NOT_OPTIONAL")


def test_opening_the_link_changes_nothing_and_posting_it_ends_the_mails(
    nobody: Caller, admin: Caller, token: str
) -> None:
    shown = nobody.ok("GET", UNSUBSCRIBE, token=token)
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


def test_a_browser_gets_a_page_with_a_button(nobody: Caller, token: str) -> None:
    page = nobody.call("GET", UNSUBSCRIBE, query={"token": token}, headers=BROWSER)
    done = nobody.call("POST", UNSUBSCRIBE, query={"token": token}, headers=BROWSER)

    assert page.mimetype == done.mimetype == "text/html"
    assert "<button" in page.text
    assert "<button" not in done.text


def test_a_link_that_is_not_ours_is_refused(
    nobody: Caller, customer: Caller, runtime: Runtime, token: str
) -> None:
    assert customer.customer_id is not None
    secret = runtime.settings.require_jwt_secret()
    for bad in (
        "x",
        token[:-2],
        Unsubscription(customer.customer_id, "stock.low").token("another" * 8),
        Unsubscription(customer.customer_id, "order.shipped").token(secret),
    ):
        refusal = nobody.refused("POST", UNSUBSCRIBE, token=bad)
        assert refusal == (400, "BAD_UNSUBSCRIBE_LINK")
