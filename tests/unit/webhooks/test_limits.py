"""The service and the API have the same limits of webhook endpoints."""

from typing import Any

import pytest
from pydantic import ValidationError

from webapp.webhooks.schemas import EndpointBody
from webapp.webhooks.service import EndpointDraft

URL = "https://example.com/"
ENDPOINT: dict[str, Any] = {"url": URL, "events": ["order.shipped"]}


@pytest.mark.parametrize(
    ("name", "accepted", "rejected"),
    [
        ("url", URL + "x" * (2000 - len(URL)), URL + "x" * (2001 - len(URL))),
        ("url", "http://example.com/", "ftp://example.com/"),
        ("url", "https://example.com/@", "https://user@example.com/"),
        ("url", "https://example.com/:", "https://:password@example.com/"),
        ("url", "https://e.example/", "https://"),
        ("events", ["stock.low"], []),
        ("events", ["stock.low"] * 50, ["stock.low"] * 51),
        ("events", ["x" * 100], ["x" * 101]),
        ("description", "x" * 500, "x" * 501),
    ],
)
def test_a_limit_is_that_of_the_service_and_of_the_api(
    name: str, accepted: Any, rejected: Any
) -> None:
    draft = EndpointDraft(**ENDPOINT | {name: accepted})
    assert EndpointBody.model_validate(ENDPOINT | {name: accepted}).to_draft() == draft
    assert getattr(draft, name) == accepted

    with pytest.raises(ValidationError):
        EndpointDraft(**ENDPOINT | {name: rejected})
    with pytest.raises(ValidationError):
        EndpointBody.model_validate(ENDPOINT | {name: rejected})
