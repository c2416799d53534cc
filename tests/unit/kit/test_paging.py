from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.kit import paging
from webapp.kit.paging import BadCursor


def test_the_last_page_has_no_cursor() -> None:
    assert paging.cut_page([1, 2], limit=2, key=lambda n: [n]).last_key is None


def test_a_full_page_ends_at_its_last_row() -> None:
    page = paging.cut_page([1, 2, 3], limit=2, key=lambda n: [n])

    assert page.items == [1, 2]
    assert page.last_key is not None
    assert paging.decode_cursor(page.last_key, shape=(int,)) == [2]


def test_a_cursor_returns_its_time_and_id() -> None:
    time, row_id = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC), uuid4()

    cursor = paging.encode_cursor([time.isoformat(), str(row_id)])

    assert paging.decode_time_and_id(cursor) == (time, row_id)


@given(st.text())
def test_any_other_text_is_a_bad_cursor(text: str) -> None:
    with pytest.raises(BadCursor):
        paging.decode_time_and_id(text)


@pytest.mark.parametrize("part", ["a\x00", "\ud800", 2**63, -(10**30)])
def test_what_the_database_cannot_store_is_a_bad_cursor(part: str | int) -> None:
    cursor = paging.encode_cursor([part])

    with pytest.raises(BadCursor):
        paging.decode_cursor(cursor, shape=(type(part),))
