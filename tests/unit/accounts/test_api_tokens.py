"""Expiry and scopes of API tokens: understood, or refused by name."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.accounts.api_tokens import MAX_LIFETIME, parse_expiry, parse_scopes
from webapp.accounts.errors import BadExpiry, UnknownScopes
from webapp.kit.scopes import Scope

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expires_at"),
    [
        ("12h", NOW + timedelta(hours=12)),
        ("90d", NOW + timedelta(days=90)),
        (" 4w ", NOW + timedelta(weeks=4)),
        ("366d", NOW + MAX_LIFETIME),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02T12:00Z", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02T12:00+02:00", datetime(2026, 3, 2, 10, tzinfo=UTC)),
    ],
)
def test_durations_dates_and_times_are_understood(
    text: str, expires_at: datetime
) -> None:
    assert parse_expiry(text, now=NOW) == expires_at


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *((text, "neither a duration nor a date") for text in ("", "soon", "never")),
        *((text, "neither a duration nor a date") for text in ("90", "3m", "-5d")),
        *((text, "neither a duration nor a date") for text in ("1.5d", "٣d", "2D")),
        *((text, "neither a duration nor a date") for text in ("9" * 5000 + "d",)),
        ("2026-02-30", "neither a duration nor a date"),
        ("31.12.2026", "neither a duration nor a date"),
        ("2026-W14", "neither a duration nor a date"),
        ("2026-03-02T12:00", "neither a duration nor a date"),  # in which zone?
        ("0d", "not in the future"),
        ("2026-03-01", "not in the future"),
        ("2020-01-01", "not in the future"),
        ("0001-01-01T00:00+14:00", "not in the future"),
        ("367d", "more than 366 days away"),
        ("999999w", "more than 366 days away"),
        ("2036-01-01", "more than 366 days away"),
        ("9999-12-31T23:59-14:00", "more than 366 days away"),
    ],
)
def test_other_texts_are_refused_with_the_forms_that_are_known(
    text: str, reason: str
) -> None:
    with pytest.raises(BadExpiry) as refused:
        parse_expiry(text, now=NOW)

    assert refused.value.message.startswith(f"expires: {text[:40]!r} ")
    assert reason in refused.value.message
    assert "12h, 90d, 4w" in refused.value.message


def test_scopes_are_those_that_endpoints_declare() -> None:
    assert parse_scopes(["orders:read ", "catalog:write", "orders:read"]) == [
        "catalog:write",
        "orders:read",
    ]


@pytest.mark.parametrize(
    "names", [["orders:reed"], ["*"], ["orders:read", ""], ["Orders:Read"], ["admin"]]
)
def test_an_unknown_scope_is_refused_with_all_that_are_known(names: list[str]) -> None:
    with pytest.raises(UnknownScopes) as refused:
        parse_scopes(names)

    assert set(refused.value.details["unknown"]) == {*names} - {"orders:read"}  # type: ignore[call-overload]
    for scope in Scope:
        assert scope in refused.value.message


def test_a_token_has_a_scope() -> None:
    with pytest.raises(UnknownScopes, match="none is given"):
        parse_scopes([])
