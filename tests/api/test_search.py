"""`GET /search` and `GET /search/suggest` as clients see them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from tests.support.factories import RowFactory
from webapp.bootstrap import Runtime
from webapp.kit.clock import utc_now
from webapp.search import indexing
from webapp.search_analytics.models import SearchQueryDay

SEARCH = "/api/v1/search"


@pytest.fixture
def lamps(runtime: Runtime) -> list[UUID]:
    """Three on sale, at 10, 20 and 30; the last one sold out."""
    with runtime.db.unit_of_work() as session:
        rows = RowFactory(session)
        ids = [
            rows.product(
                name="Reading lamp", category="Light", price_minor=price, stock=stock
            ).id
            for price, stock in ((10_00, 5), (20_00, 5), (30_00, 0))
        ]
    indexing.rebuild_index(runtime.db, runtime.search)
    return ids


def get(client: FlaskClient, **query: object) -> dict[str, Any]:
    response = client.get(SEARCH, query_string=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.get_json()
    return body


def find_ids(client: FlaskClient, **query: object) -> list[str]:
    return [item["productId"] for item in get(client, **query)["items"]]


def test_items_are_products_with_score_and_highlight(
    client: FlaskClient, lamps: list[UUID]
) -> None:
    body = get(client, q="lamps", maxPrice="15")

    [item] = body["items"]
    product = client.get(f"/api/v1/products/{lamps[0]}").get_json()
    assert item.pop("score") > 0
    assert item.pop("highlight")["name"] == ["Reading <em>lamp</em>"]
    assert item == product
    assert body["took"] >= 0
    assert {name: body[name] for name in ("total", "facets")} == {
        "total": 1,
        "facets": {
            "category": [{"value": "Light", "count": 1}],
            "brand": [],
            "price": [
                {"value": "0.00-24.99", "count": 2, "minPrice": 0, "maxPrice": 24.99},
                {"value": "25.00-49.99", "count": 1, "minPrice": 25, "maxPrice": 49.99},
            ],
            "availability": [{"value": "inStock", "count": 1}],
        },
    }
    assert body.keys() == {
        *("searchId", "items", "total", "exactTotal", "facets"),
        *("interpretation", "meaning", "took"),
    }


def test_several_values_of_a_filter_are_any_of_them(
    client: FlaskClient, lamps: list[UUID], runtime: Runtime
) -> None:
    with runtime.db.unit_of_work() as session:
        rows = RowFactory(session)
        desk = rows.product(name="Desk", category="Office", brand="Oak", stock=1).id
        rows.product(name="Sofa", category="Living", brand="Ash", stock=1)
    indexing.rebuild_index(runtime.db, runtime.search)

    found = find_ids(client, category=["light", "office"])
    body = get(client, category="Office", brand=["Oak", "Elm"])

    assert sorted(found) == sorted(map(str, [*lamps, desk]))
    assert [item["productId"] for item in body["items"]] == [str(desk)]
    assert {each["value"] for each in body["facets"]["category"]} == {"Office"}
    assert [each["value"] for each in body["facets"]["brand"]] == ["Oak"]
    for bad in (["x"] * 21, ["", "Light"]):
        assert client.get(SEARCH, query_string={"brand": bad}).status_code == 400


def test_without_a_text_everything_is_listed(
    client: FlaskClient, lamps: list[UUID]
) -> None:
    body = get(client)

    assert {item["productId"] for item in body["items"]} == {*map(str, lamps)}
    assert (body["total"], body["meaning"]) == (3, "none")


def test_filters_and_sorting_come_from_the_query_string(
    client: FlaskClient, lamps: list[UUID]
) -> None:
    low, middle, high = map(str, lamps)

    assert find_ids(client, q="lamp", sort="price") == [low, middle, high]
    assert find_ids(client, q="lamp", sort="-price") == [high, middle, low]
    assert find_ids(client, q="lamp", sort="price", inStock="true") == [low, middle]
    assert find_ids(client, q="lamp", minPrice="20", maxPrice=20) == [middle]
    assert find_ids(client, q="lamp", category="light", brand="none") == []
    assert len(find_ids(client, q="")) == 3


def test_a_mistyped_word_is_corrected_and_the_correction_reported(
    client: FlaskClient, lamps: list[UUID]
) -> None:
    body = get(client, q="raeding lamp")

    assert (body["correctedQuery"], body["total"]) == ("reading lamp", len(lamps))


def test_pages_are_read_by_last_key(client: FlaskClient, lamps: list[UUID]) -> None:
    first = get(client, q="lamp", sort="price", limit=2)
    second = get(client, q="lamp", sort="price", limit=2, lastKey=first["lastKey"])

    pages = [[item["productId"] for item in page["items"]] for page in (first, second)]
    assert pages == [[str(lamps[0]), str(lamps[1])], [str(lamps[2])]]
    assert "lastKey" not in second


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"q": "x" * 201}, "INVALID_REQUEST"),
        ({"q": "lamp", "minPrice": "cheap"}, "INVALID_REQUEST"),
        ({"q": "lamp", "minPrice": "-1"}, "INVALID_REQUEST"),
        ({"q": "lamp", "maxPrice": "NaN"}, "INVALID_REQUEST"),
        ({"q": "lamp", "minPrice": "2", "maxPrice": "1"}, "INVALID_REQUEST"),
        ({"q": "lamp", "sort": "fame"}, "INVALID_REQUEST"),
        ({"q": "lamp", "limit": "0"}, "INVALID_REQUEST"),
        ({"q": "lamp", "inStock": "perhaps"}, "INVALID_REQUEST"),
        ({"q": "lamp\x00"}, "INVALID_REQUEST"),
        ({"q": "lamp", "lastKey": "mine"}, "BAD_LAST_KEY"),
    ],
)
def test_an_invalid_query_is_rejected(
    client: FlaskClient, lamps: list[UUID], query: dict[str, str], code: str
) -> None:
    assert lamps
    response = client.get(SEARCH, query_string=query)

    assert response.status_code == 400
    assert response.get_json()["error"]["code"] == code


def test_a_query_at_the_limits_is_answered(
    client: FlaskClient, lamps: list[UUID]
) -> None:
    assert find_ids(client, q="", minPrice="10", maxPrice="10") == [str(lamps[0])]
    assert find_ids(client, q="x" * 200) == []


def test_prices_that_exclude_each_other_are_named_by_their_parameters(
    client: FlaskClient,
) -> None:
    response = client.get(
        SEARCH, query_string={"q": "lamp", "minPrice": "2", "maxPrice": "1"}
    )

    error = response.get_json()["error"]
    assert "minPrice must not be above maxPrice" in str(error["details"])


def test_before_there_is_an_index_clients_are_asked_to_retry_later(
    client: FlaskClient,
) -> None:
    for path in (f"{SEARCH}?q=lamp", f"{SEARCH}/suggest?q=lamp"):
        response = client.get(path)

        assert response.status_code == 503
        assert response.get_json()["error"]["code"] == "SEARCH_NOT_READY"
        assert int(response.headers["Retry-After"]) > 0


def test_suggestions_complete_what_is_typed(
    client: FlaskClient, lamps: list[UUID]
) -> None:
    response = client.get(f"{SEARCH}/suggest", query_string={"q": "li"})
    assert response.get_json() == {
        "suggestions": [{"text": "Light", "type": "category"}]
    }

    response = client.get(f"{SEARCH}/suggest", query_string={"q": "reading la"})
    [suggestion] = response.get_json()["suggestions"]
    assert (suggestion["text"], suggestion["type"]) == ("Reading lamp", "product")
    assert UUID(suggestion["productId"]) in lamps


def test_what_others_search_and_find_is_suggested(
    client: FlaskClient, runtime: Runtime, lamps: list[UUID]
) -> None:
    def add_day(query: str, searches: int, clicked: int, zero_results: int) -> None:
        with runtime.db.unit_of_work() as session:
            session.add(
                SearchQueryDay(
                    day=utc_now().date() - timedelta(days=10),
                    query=query,
                    searches=searches,
                    zero_results=zero_results,
                    clicks=clicked,
                    adds=0,
                    orders=0,
                    clicked=clicked,
                    known_visitors=0,
                    ordered=0,
                )
            )

    assert lamps
    add_day("reading lamp for the bed", 9, 4, 0)
    add_day("reading lamp", 7, 4, 3)
    add_day("reading glasses", 30, 1, 28)
    add_day("reading corner", 4, 4, 0)
    add_day("reading of ada [e-mail]", 50, 9, 0)
    add_day("reading in vain", 50, 0, 0)

    found = client.get(f"{SEARCH}/suggest", query_string={"q": "Read"}).get_json()
    few = client.get(f"{SEARCH}/suggest", query_string={"q": "read", "limit": 1})

    assert found == {
        "suggestions": [
            {"text": "reading lamp for the bed", "type": "query"},
            {"text": "reading lamp", "type": "query"},
        ]
    }
    assert few.get_json()["suggestions"] == found["suggestions"][:1]
    empty = client.get(f"{SEARCH}/suggest", query_string={"q": " "})
    assert empty.get_json() == {"suggestions": []}


def test_what_a_text_says_of_price_and_exclusion_becomes_a_filter(
    client: FlaskClient, lamps: list[UUID]
) -> None:
    body = get(client, q="lamp under 25 -desk", sort="price")

    assert [item["productId"] for item in body["items"]] == [
        str(each) for each in lamps[:2]
    ]
    assert body["interpretation"] == [
        {
            "kind": "price",
            "text": "under 25",
            "qWithout": "lamp -desk",
            "maxPrice": 25,
        },
        {
            "kind": "exclusion",
            "text": "-desk",
            "qWithout": "lamp under 25",
            "without": ["desk"],
        },
    ]
    assert "nearest" not in body


def test_a_text_is_words_alone_where_that_is_asked_for(
    client: FlaskClient, lamps: list[UUID]
) -> None:
    body = get(client, q="lamp under 15", interpret="false")

    assert body["interpretation"] == []
    assert body["total"] == len(lamps)


def test_a_filter_that_was_chosen_and_one_that_was_typed_hold_both(
    client: FlaskClient, lamps: list[UUID]
) -> None:
    [found] = find_ids(client, q="lamp over 15", maxPrice="25")

    assert found == str(lamps[1])
    assert find_ids(client, q="lamp under 15", minPrice="25") == []


def test_where_nothing_fits_the_nearest_is_shown_and_what_it_lacks(
    client: FlaskClient, lamps: list[UUID]
) -> None:
    body = get(client, q="lamp over 500 -desk")

    assert (body["items"], body["total"]) == ([], 0)
    nearest = body["nearest"]
    assert nearest["without"] == "over 500"
    assert nearest["q"] == "lamp -desk"
    assert nearest["total"] == len(nearest["items"]) == len(lamps)
    assert find_ids(client, q=nearest["q"]) == [
        each["productId"] for each in nearest["items"]
    ]


@pytest.mark.usefixtures("lamps")
def test_where_nothing_would_help_nothing_is_near(client: FlaskClient) -> None:
    body = get(client, q="zeppelin under 5")

    assert body["total"] == 0
    assert "nearest" not in body


def test_a_size_that_no_product_names_stays_a_word(
    client: FlaskClient, runtime: Runtime, lamps: list[UUID]
) -> None:
    with runtime.db.unit_of_work() as session:
        rows = RowFactory(session)
        named = rows.product(name="Tall lamp, 60 cm", stock=1).id
    indexing.rebuild_index(runtime.db, runtime.search)

    of_size = get(client, q="lamp 23.6 inch")
    assert [item["productId"] for item in of_size["items"]] == [str(named)]
    [part] = of_size["interpretation"]
    assert part["kind"] == "size"
    assert part["size"]["unit"] == "mm"
    assert part["size"]["low"] < 599.4 < part["size"]["high"]

    as_words = get(client, q="lamp 3 inch")
    assert as_words["total"] == len(lamps) + 1
    assert as_words["interpretation"] == []


def test_pages_of_a_text_with_filters_follow_each_other(
    client: FlaskClient, lamps: list[UUID]
) -> None:
    first = get(client, q="lamp under 25", limit=1)
    second = get(client, q="lamp under 25", limit=1, lastKey=first["lastKey"])

    ids = [item["productId"] for page in (first, second) for item in page["items"]]
    assert sorted(ids) == sorted(str(each) for each in lamps[:2])
    assert not second.get("lastKey")


def test_whether_meaning_was_looked_for_is_said(
    client: FlaskClient, lamps: list[UUID]
) -> None:
    """No process embeds queries in these tests: words answer alone."""
    body = get(client, q="lamp")

    assert body["meaning"] == "missed"
    assert body["total"] == len(lamps)
