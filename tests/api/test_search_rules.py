"""Search rules as admins set and try them, and as shoppers see them."""

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from tests.support.api_client import ApiClient
from tests.support.factories import RowFactory
from tests.support.past_searches import PastSearches
from webapp.bootstrap import Runtime
from webapp.kit.clock import utc_now
from webapp.search import indexing
from webapp.search.meaning import MeaningSearch
from webapp.search.rules.trial import MAX_QUERIES, TIMEOUT_S, TrialPlan, try_rules
from webapp.search_analytics.models import RecordedSearch, SearchEvent

RULES = "/admin/search/rules"


@pytest.fixture
def products(runtime: Runtime) -> dict[str, str]:
    """Id by name."""
    names = ("Linen sofa", "Oak davenport", "Wool rug", "Sofa lamp")
    with runtime.db.unit_of_work() as session:
        rows = RowFactory(session)
        ids = {name: str(rows.product(name=name, stock=3).id) for name in names}
    indexing.rebuild_index(runtime.db, runtime.search)
    return ids


def create(admin: ApiClient, **body: object) -> dict[str, Any]:
    rule: dict[str, Any] = admin.expect_ok("POST", RULES, body)
    return rule


def search(client: ApiClient, text: str) -> dict[str, Any]:
    found: dict[str, Any] = client.expect_ok("GET", "/search", q=text)
    return found


def list_names(answer: dict[str, Any]) -> list[str]:
    return [item["name"] for item in answer["items"]]


def test_a_rule_holds_once_it_is_live(
    admin: ApiClient, nobody: ApiClient, products: dict[str, str]
) -> None:
    del products
    rule = create(admin, type="synonyms", terms=["sofa", "Davenport"])
    assert "Oak davenport" not in list_names(search(nobody, "sofa"))

    live = {"type": "synonyms", "terms": ["sofa", "Davenport"], "isLive": True}
    changed = admin.expect_ok(
        "PUT", f"{RULES}/{rule['ruleId']}", {**live, "version": 1}
    )

    assert (changed["isLive"], changed["version"]) == (True, 2)
    assert list_names(search(nobody, "sofa"))[0] == "Linen sofa"
    assert "Oak davenport" in list_names(search(nobody, "sofa"))
    assert "Linen sofa" in list_names(search(nobody, "davenport"))
    admin.expect_ok("DELETE", f"{RULES}/{rule['ruleId']}")
    assert "Oak davenport" not in list_names(search(nobody, "sofa"))


def test_a_text_leads_to_a_page_and_shows_products_still(
    admin: ApiClient, nobody: ApiClient, products: dict[str, str]
) -> None:
    del products
    create(admin, type="redirect", query="Söfa", target="/pages/sofas", isLive=True)

    found = search(nobody, " SOFA ")

    assert found["redirect"] == "/pages/sofas"
    assert found["total"] == 2
    assert "redirect" not in search(nobody, "sofas of linen")


def test_products_are_pinned_and_hidden_for_a_text(
    admin: ApiClient, nobody: ApiClient, products: dict[str, str]
) -> None:
    rug, lamp = products["Wool rug"], products["Sofa lamp"]
    create(admin, type="pin", query="sofa", productIds=[rug], isLive=True)
    create(admin, type="hide", query="sofa", productIds=[lamp], isLive=True)

    found = search(nobody, "sofa")

    assert list_names(found) == ["Wool rug", "Linen sofa"]
    assert [item.get("pinned") for item in found["items"]] == [True, None]
    assert (found["total"], found["exactTotal"]) == (2, 1)
    assert "Sofa lamp" in list_names(search(nobody, "sofas"))
    assert list_names(search(nobody, "sofa under 900"))[0] == "Wool rug"
    assert "Sofa lamp" not in list_names(search(nobody, "sofa under 900"))


def test_a_withdrawn_product_is_not_shown_though_it_is_pinned(
    admin: ApiClient, nobody: ApiClient, products: dict[str, str], runtime: Runtime
) -> None:
    rug = products["Wool rug"]
    create(admin, type="pin", query="sofa", productIds=[rug], isLive=True)
    admin.expect_ok("DELETE", f"/products/{rug}")
    indexing.rebuild_index(runtime.db, runtime.search)

    found = search(nobody, "sofa")

    assert "Wool rug" not in list_names(found)
    assert found["total"] == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"type": "synonyms", "terms": ["sofa"]}, "terms are to be two or more"),
        ({"type": "synonyms", "query": "x", "terms": ["a", "b"]}, "has no query"),
        ({"type": "oneWaySynonyms", "terms": ["sofa"]}, "needs query"),
        ({"type": "redirect", "query": "x"}, "needs target"),
        ({"type": "pin", "query": "x"}, "needs productIds"),
        ({"type": "hide", "query": "x", "target": "/y"}, "has no target"),
        ({"type": "magic", "query": "x"}, "type"),
        *(
            ({"type": "redirect", "query": "x", "target": target}, "target is to be")
            for target in (
                *("javascript:alert(1)", "//evil.example", "/\\evil", "pages"),
                *("https://", "data:text/html,x", "/a b", "ftp://example.com"),
            )
        ),
    ],
)
def test_a_rule_that_says_nothing_is_refused(
    admin: ApiClient, body: dict[str, object], reason: str
) -> None:
    response = admin.call("POST", RULES, body)

    assert response.status_code == 400
    assert reason in response.text


def test_what_a_rule_refers_to_has_to_be_there(
    admin: ApiClient, products: dict[str, str]
) -> None:
    rug = products["Wool rug"]
    pin = {"type": "pin", "query": "sofa", "productIds": [rug, str(uuid4())]}

    assert (
        admin.call("POST", RULES, pin).get_json()["error"]["code"] == "UNKNOWN_PRODUCTS"
    )
    create(admin, type="pin", query="sofa", productIds=[rug])
    again = {"type": "pin", "query": "SOFA ", "productIds": [rug]}
    taken = admin.call("POST", RULES, again)
    assert (taken.status_code, taken.get_json()["error"]["code"]) == (
        409,
        "SEARCH_RULE_EXISTS",
    )
    for term in ("the", "one two three four"):
        bad = admin.call("POST", RULES, {"type": "synonyms", "terms": ["sofa", term]})
        assert bad.get_json()["error"]["code"] == "BAD_SYNONYM"
    assert admin.call("GET", f"{RULES}/{uuid4()}").status_code == 404


def test_a_change_of_an_older_version_is_refused(admin: ApiClient) -> None:
    body = {"type": "redirect", "query": "returns", "target": "/pages/returns"}
    rule = create(admin, **body)
    path = f"{RULES}/{rule['ruleId']}"
    admin.expect_ok("PUT", path, {**body, "version": 1})

    late = admin.call("PUT", path, {**body, "version": 1})

    assert (late.status_code, late.get_json()["error"]["code"]) == (
        409,
        "SEARCH_RULE_CHANGED",
    )
    assert admin.expect_ok("GET", path)["version"] == 2
    [listed] = admin.expect_ok("GET", RULES)["items"]
    assert listed["ruleId"] == rule["ruleId"]


def record_searches(
    runtime: Runtime, query: str, *, count: int = 1, visitor: str | None = None
) -> list[UUID]:
    ids = [uuid4() for _ in range(count)]
    with runtime.db.unit_of_work() as session:
        for number, search_id in enumerate(ids):
            session.add(
                RecordedSearch(
                    id=search_id,
                    occurred_at=utc_now() - timedelta(minutes=5, seconds=-number),
                    text=query,
                    query=query,
                    filters={},
                    sort="relevance",
                    is_first_page=True,
                    results=0,
                    visitor=visitor,
                )
            )
    return ids


def test_a_trial_says_what_drafts_would_change_and_changes_nothing(
    admin: ApiClient, nobody: ApiClient, products: dict[str, str], runtime: Runtime
) -> None:
    record_searches(runtime, "davenport", count=3)
    record_searches(runtime, "wool rug", count=2)
    sofa, rug = products["Linen sofa"], products["Wool rug"]
    synonyms = create(admin, type="synonyms", terms=["sofa", "davenport"])
    create(admin, type="redirect", query="wool rug", target="/rugs")

    both = admin.expect_ok("POST", f"{RULES}/trial", {})
    one = admin.expect_ok(
        "POST",
        f"{RULES}/trial",
        {
            "ruleIds": [synonyms["ruleId"]],
            "judgments": [
                {"query": "davenport", "productId": sofa, "rating": 3},
                {"query": "wool rug", "productId": rug, "rating": 3},
            ],
        },
    )

    changes = {each["query"]: each for each in both["changes"]}
    assert changes.keys() == {"davenport", "wool rug", "sofa"}
    assert (both["tried"], changes["davenport"]["searches"]) == (3, 3)
    assert (changes["sofa"]["totalBefore"], changes["sofa"]["totalAfter"]) == (2, 3)
    assert [each["name"] for each in changes["sofa"]["entered"]] == ["Oak davenport"]
    assert changes["wool rug"]["redirect"] == "/rugs"
    assert {each["query"] for each in one["changes"]} == {"davenport", "sofa"}
    assert one["judged"]["queries"] == 2
    assert one["judged"]["before"] == 0.5
    assert one["judged"]["before"] < one["judged"]["after"] < 1
    assert list_names(search(nobody, "davenport")) == ["Oak davenport"]
    assert (
        admin.call("POST", f"{RULES}/trial", {"ruleIds": [str(uuid4())]}).status_code
        == 404
    )


def test_a_trial_of_a_live_rule_says_what_it_changes(
    admin: ApiClient, products: dict[str, str]
) -> None:
    del products
    rule = create(admin, type="synonyms", terms=["sofa", "davenport"], isLive=True)

    outcome = admin.expect_ok("POST", f"{RULES}/trial", {"ruleIds": [rule["ruleId"]]})

    assert {each["query"] for each in outcome["changes"]} == {"sofa", "davenport"}


def test_synonyms_are_proposed_from_what_visitors_searched_next(
    admin: ApiClient, runtime: Runtime
) -> None:
    def search_next(
        visitor: str, query: str, term: str, *, clicks: bool = True
    ) -> None:
        record_searches(runtime, query, visitor=visitor)
        [led] = record_searches(runtime, term, count=1, visitor=visitor)
        with runtime.db.unit_of_work() as session:
            found = session.get(RecordedSearch, led)
            assert found is not None
            found.occurred_at += timedelta(minutes=1)
            if clicks:
                session.add(
                    SearchEvent(
                        id=uuid4(),
                        search_id=led,
                        type="click",
                        product_id=uuid4(),
                        position=1,
                        occurred_at=utc_now(),
                    )
                )

    for number in range(3):
        search_next(f"a{number}", "davenport", "chesterfield")
        search_next(f"b{number}", "davenport", "rug", clicks=False)
        search_next(f"c{number}", "lamp", "desk lamp")
        search_next(f"d{number}", "couch", "sofa")
    for number in range(2):
        search_next(f"e{number}", "carpet", "runner")

    answer = admin.expect_ok("GET", "/admin/search/synonym-proposals")

    assert answer["proposals"] == [
        {"query": "davenport", "term": "chesterfield", "visitors": 3, "share": 0.5}
    ]


CLICKED = UUID(int=1)
PROPOSALS = "/admin/search/synonym-proposals"


def add_visits(runtime: Runtime, first: str, other: str) -> None:
    """Three visitors searched the one in vain, and then the other."""
    with runtime.db.unit_of_work() as session:
        past = PastSearches(session, at=utc_now() - timedelta(hours=1))
        for _ in range(3):
            past.visit((first, []), (other, [CLICKED]))


@pytest.mark.parametrize(
    "known",
    [
        {"type": "oneWaySynonyms", "query": "chesterfield", "terms": ["leather sofa"]},
        {"type": "synonyms", "terms": ["chesterfields", "leather sofa"]},
    ],
)
@pytest.mark.parametrize("is_live", [True, False])
def test_what_the_shop_has_already_is_not_proposed(
    admin: ApiClient, runtime: Runtime, known: dict[str, Any], is_live: bool
) -> None:
    add_visits(runtime, "chesterfield", "leather sofa")
    [proposal] = admin.expect_ok("GET", PROPOSALS)["proposals"]
    assert (proposal["query"], proposal["term"]) == ("chesterfield", "leather sofa")

    create(admin, **known, isLive=is_live)

    assert admin.expect_ok("GET", PROPOSALS)["proposals"] == []


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("chesterfeild", "chesterfield"),
        ("rug", "rugs"),
        ("boxes", "box"),
        ("red rug", "rugs red"),
        ("[e-mail]", "sofa"),
    ],
)
def test_plurals_typing_errors_and_masked_texts_are_not_proposed(
    admin: ApiClient, runtime: Runtime, first: str, other: str
) -> None:
    add_visits(runtime, first, other)

    assert admin.expect_ok("GET", PROPOSALS)["proposals"] == []


@pytest.mark.usefixtures("products")
def test_a_recorded_text_that_is_too_long_to_search_breaks_no_trial(
    admin: ApiClient, runtime: Runtime
) -> None:
    """A text of `ß` alone is twice as long once its case is folded."""
    add_visits(runtime, "ss" * 150, "sofa")
    create(admin, type="redirect", query="ß" * 150, target="/sofas")

    outcome = admin.expect_ok("POST", f"{RULES}/trial", {})

    assert (outcome["tried"], outcome["isComplete"]) == (1, True)


@pytest.mark.usefixtures("products")
def test_a_trial_is_bounded_by_queries_and_time(
    admin: ApiClient, runtime: Runtime
) -> None:
    for number in range(25):
        terms = [f"name{number} of{part}" for part in range(10)]
        create(admin, type="synonyms", terms=terms)
    ticks = count(0, TIMEOUT_S / 4)
    with runtime.db.autocommit() as session:
        outcome = try_rules(
            session,
            engine=runtime.search,
            meaning=MeaningSearch.from_runtime(runtime),
            plan=TrialPlan((), 0, {}),
            zone=ZoneInfo("UTC"),
            now=utc_now(),
            clock=lambda: next(ticks),
        )

    assert (outcome.tried, outcome.planned) == (4, MAX_QUERIES)


@pytest.mark.parametrize("target", ["http://a:b@example.com", "https://[::1"])
def test_a_target_has_no_password_and_can_be_read(
    admin: ApiClient, target: str
) -> None:
    body = {"type": "redirect", "query": "sofa", "target": target}

    assert admin.expect_error("POST", RULES, body) == (400, "INVALID_REQUEST")
