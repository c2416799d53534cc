import pytest

from webapp.search_analytics.query_text import mask_personal_data
from webapp.search_analytics.visitors import hash_visitor

VISITOR = "5f0c9b1e8d7a46b2"


def test_a_visitor_is_a_hash_that_only_this_shop_can_compute() -> None:
    hashed = hash_visitor(VISITOR, secret="one")

    assert hashed is not None
    assert VISITOR not in hashed
    assert hash_visitor(VISITOR, secret="one") == hashed
    assert hash_visitor(VISITOR, secret="other") != hashed
    assert hash_visitor(f"{VISITOR}0", secret="one") != hashed


@pytest.mark.parametrize(
    "header", [None, "", "short", "x" * 65, "ada@example.com 1234", "é" * 20]
)
def test_without_consent_or_with_no_such_id_there_is_no_visitor(
    header: str | None,
) -> None:
    assert hash_visitor(header, secret="one") is None


@pytest.mark.parametrize(
    ("text", "recorded"),
    [
        ("Linen apron", "Linen apron"),
        ("gift for ada@example.com", "gift for [e-mail]"),
        ("4242 4242 4242 4242", "•••• 4242"),
        ("usb@home", "usb@home"),
    ],
)
def test_what_may_identify_a_person_is_not_recorded(text: str, recorded: str) -> None:
    assert mask_personal_data(text) == recorded
