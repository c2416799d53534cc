from datetime import timedelta

import pytest

from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id
from webapp.search_analytics.errors import SearchNotFound
from webapp.search_analytics.search_ids import parse_search_id, sign_search_id

SECRET = "a secret of the tests"


def test_an_id_that_the_shop_gave_out_is_known() -> None:
    search_id = new_id()

    signed = sign_search_id(search_id, secret=SECRET)

    assert parse_search_id(signed, secret=SECRET, now=utc_now()) == search_id


def test_an_id_is_accepted_for_a_day() -> None:
    signed = sign_search_id(new_id(), secret=SECRET)
    tomorrow = utc_now() + timedelta(days=1)

    parse_search_id(signed, secret=SECRET, now=tomorrow - timedelta(minutes=1))
    with pytest.raises(SearchNotFound):
        parse_search_id(signed, secret=SECRET, now=tomorrow + timedelta(minutes=1))


@pytest.mark.parametrize("change", ["", "other", "unsigned", "forged", "é"])
def test_any_other_id_is_not_found(change: str) -> None:
    search_id = new_id()
    signed = sign_search_id(search_id, secret=SECRET)
    texts = {
        "": "",
        "other": sign_search_id(search_id, secret="another secret"),
        "unsigned": search_id.hex,
        "forged": new_id().hex + signed[32:],
        "é": "é" * 48,
    }

    with pytest.raises(SearchNotFound):
        parse_search_id(texts[change], secret=SECRET, now=utc_now())
