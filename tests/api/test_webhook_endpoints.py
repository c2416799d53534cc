"""Webhook endpoints and their deliveries."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.api_client import ApiClient
from webapp.bootstrap import Runtime
from webapp.webhooks import deliveries

PATH = "/admin/webhooks"
BODY = {"url": "https://example.com/in", "events": ["order.shipped", "stock.low"]}


@pytest.fixture
def endpoint(admin: ApiClient) -> Any:
    return admin.expect_ok("POST", PATH, BODY)


def path_of(endpoint: Any, suffix: str = "") -> str:
    return f"{PATH}/{endpoint['endpointId']}{suffix}"


def test_an_endpoint_is_registered_and_shows_its_secret_once(
    admin: ApiClient, endpoint: Any
) -> None:
    secret = endpoint.pop("secret")

    assert secret.startswith("whsec_")
    assert len(secret) > 40
    assert admin.expect_ok("GET", path_of(endpoint)) == endpoint
    assert admin.expect_ok("GET", PATH)["items"] == [endpoint]
    assert endpoint["events"] == BODY["events"]
    assert endpoint["isActive"] is True


def test_an_endpoint_is_changed_and_removed(admin: ApiClient, endpoint: Any) -> None:
    body = {"url": "http://other.example/", "events": ["stock.low"], "isActive": False}

    changed = admin.expect_ok("PUT", path_of(endpoint), body)

    assert {name: changed[name] for name in body} == body
    assert "secret" not in changed
    assert admin.call("DELETE", path_of(endpoint)).status_code == 204
    not_found = (404, "WEBHOOK_ENDPOINT_NOT_FOUND")
    assert admin.expect_error("GET", path_of(endpoint)) == not_found
    assert admin.expect_error("PUT", path_of(endpoint), BODY) == not_found
    assert admin.expect_error("DELETE", path_of(endpoint)) == not_found


def test_a_rotated_secret_is_shown_once_and_is_another(
    admin: ApiClient, endpoint: Any
) -> None:
    rotated = admin.expect_ok("POST", path_of(endpoint, "/rotate-secret"))

    assert rotated["secret"] != endpoint["secret"]
    assert "secret" not in admin.expect_ok("GET", path_of(endpoint))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "example.com",
        "https://",
        "https://user:pass@example.com/",
        "https://example.com/\r\nX: y",
        "https://exam\tple.com/",
        "https://example.com/" + "x" * 2000,
    ],
)
def test_a_url_that_is_not_plain_http_is_rejected(admin: ApiClient, url: str) -> None:
    error = admin.expect_error("POST", PATH, BODY | {"url": url})

    assert error == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://Example.com", "https://example.com/"),
        (
            "https://example.com/" + "\u00e9" * 340,
            "https://example.com/" + "%C3%A9" * 340,
        ),
    ],
)
def test_an_address_is_stored_in_its_normal_form(
    admin: ApiClient, url: str, stored: str
) -> None:
    assert admin.expect_ok("POST", PATH, BODY | {"url": url})["url"] == stored


@pytest.mark.parametrize("events", [["order.exploded"], ["job.failed"]])
def test_events_that_are_not_for_integrators_are_rejected(
    admin: ApiClient, events: list[str]
) -> None:
    error = admin.expect_error("POST", PATH, BODY | {"events": events})

    assert error == (400, "UNKNOWN_EVENTS")


def test_a_test_event_is_a_pending_delivery(admin: ApiClient, endpoint: Any) -> None:
    response = admin.call("POST", path_of(endpoint, "/test"))

    assert response.status_code == 202
    delivery = response.get_json()
    assert (delivery["type"], delivery["status"]) == ("webhook.test", "pending")
    assert delivery["payload"]["id"] == delivery["eventId"]
    listed = admin.expect_ok("GET", path_of(endpoint, "/deliveries"))
    assert listed["items"] == [delivery]
    assert (
        admin.expect_ok("GET", path_of(endpoint, "/deliveries"), status="failed")[
            "items"
        ]
        == []
    )


def test_a_delivery_is_replayed_once_it_is_not_pending(
    admin: ApiClient, endpoint: Any, runtime: Runtime
) -> None:
    delivery = admin.expect_ok("POST", path_of(endpoint, "/test"))
    replay = path_of(endpoint, f"/deliveries/{delivery['deliveryId']}/replay")
    assert admin.expect_error("POST", replay) == (409, "WEBHOOK_DELIVERY_PENDING")
    with runtime.db.unit_of_work() as session:
        deliveries.record_attempt(
            session,
            delivery_id=delivery["deliveryId"],
            accepted=True,
            status=200,
            response="",
        )

    again = admin.expect_ok("POST", replay)

    assert (again["status"], again["attempts"]) == ("pending", 0)
    assert again["eventId"] == delivery["eventId"]


def test_a_delivery_of_another_endpoint_is_not_found(
    admin: ApiClient, endpoint: Any
) -> None:
    other = admin.expect_ok("POST", PATH, BODY)
    delivery = admin.expect_ok("POST", path_of(other, "/test"))
    path = path_of(endpoint, f"/deliveries/{delivery['deliveryId']}/replay")

    assert admin.expect_error("POST", path) == (404, "WEBHOOK_DELIVERY_NOT_FOUND")


def test_replaying_failed_deliveries_returns_their_number(
    admin: ApiClient, endpoint: Any
) -> None:
    path = path_of(endpoint, "/deliveries/replay-failed")

    assert admin.expect_ok("POST", path) == {"replayed": 0}
    error = admin.expect_error("POST", f"{PATH}/{uuid4()}/deliveries/replay-failed")
    assert error == (404, "WEBHOOK_ENDPOINT_NOT_FOUND")
