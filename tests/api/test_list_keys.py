"""A `lastKey` continues the list that gave it out, and no other."""

from collections.abc import Mapping
from uuid import UUID

import pytest

from tests.support.api_client import ApiClient
from tests.support.factories import RowFactory
from webapp.bootstrap import Runtime
from webapp.search import indexing

LAMPS: Mapping[str, str | int] = {"category": "Light", "limit": 2}
SEARCHED: Mapping[str, str | int] = {"q": "lamp", "sort": "newest", "limit": 1}


@pytest.fixture(autouse=True)
def lamps(runtime: Runtime) -> list[UUID]:
    with runtime.db.unit_of_work() as session:
        rows = RowFactory(session)
        ids = [rows.product(name="Lamp", category="Light").id for _ in range(4)]
    indexing.rebuild_index(runtime.db, runtime.search)
    return ids


def read_key(client: ApiClient, path: str, query: Mapping[str, str | int]) -> str:
    key: str = client.expect_ok("GET", path, **query)["lastKey"]
    return key


def test_pages_may_differ_in_length_and_in_what_is_not_said(admin: ApiClient) -> None:
    first = admin.expect_ok("GET", "/products", **LAMPS)
    searched = read_key(admin, "/search", {"q": "lamp", "limit": 1})

    rest = admin.expect_ok(
        "GET", "/products", category="Light", limit=50, lastKey=first["lastKey"]
    )
    found = admin.expect_ok(
        "GET", "/search", q="lamp", sort="relevance", lastKey=searched
    )

    shown = [item["productId"] for item in first["items"] + rest["items"]]
    assert len(set(shown)) == 4
    assert len(found["items"]) == 3


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/products", {"limit": 2}),
        ("/products", {"category": "Kitchen", "limit": 2}),
        ("/admin/products", LAMPS),
        ("/admin/orders", {"limit": 2}),
        ("/search", SEARCHED),
    ],
)
def test_a_key_of_another_list_is_refused(
    admin: ApiClient, path: str, query: Mapping[str, str | int]
) -> None:
    key = read_key(admin, "/products", LAMPS)

    refused = admin.call("GET", path, query={**query, "lastKey": key})

    assert refused.status_code == 400
    assert refused.get_json()["error"]["code"] == "BAD_LAST_KEY"


@pytest.mark.parametrize(
    "change", [{"sort": "price"}, {"q": "lamps"}, {"category": "Light"}]
)
def test_a_key_of_another_search_is_refused(
    admin: ApiClient, change: Mapping[str, str | int]
) -> None:
    key = read_key(admin, "/search", SEARCHED)

    refused = admin.call("GET", "/search", query={**SEARCHED, **change, "lastKey": key})

    assert refused.status_code == 400
    assert refused.get_json()["error"]["code"] == "BAD_LAST_KEY"
