import pytest

from webapp.kit.countries import country_code, region_code, state_code
from webapp.kit.iso3166 import COUNTRIES, STATES

COUNTRY_ROWS = [line.split(" ", 2) for line in COUNTRIES.strip().splitlines()]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Singapore", "SG"),
        ("sg", "SG"),
        (" SGP ", "SG"),
        ("United States", "US"),
        ("U.S.A.", "US"),
        ("UK", "GB"),
        ("the netherlands", "NL"),
        ("Cote d'Ivoire", "CI"),
        ("Türkiye", "TR"),
        ("Trinidad & Tobago", "TT"),
        ("St. Lucia", "LC"),
        ("AND", "AD"),
        ("Atlantis ", "ATLANTIS"),
        ("", ""),
    ],
)
def test_every_spelling_of_a_country_is_recognized(written: str, code: str) -> None:
    assert country_code(written) == code


@pytest.mark.parametrize(
    ("written", "country", "code"),
    [
        ("California", "US", "CA"),
        ("us-ca", "US", "CA"),
        ("Québec", "CA", "QC"),
        ("Georgia", "US", "GA"),
        ("Bayern ", "DE", "BAYERN"),
        ("", "US", ""),
    ],
)
def test_a_state_is_recognized_within_its_country(
    written: str, country: str, code: str
) -> None:
    assert state_code(written, country=country) == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Germany", "DE"),
        ("USA-New York", "US-NY"),
        ("Guinea-Bissau", "GW"),
        ("DE-BY", "DE-BY"),
        ("AR-M", "AR-M"),
        ("us", "US"),
    ],
)
def test_a_region_is_a_country_or_a_state_of_one(written: str, code: str) -> None:
    assert region_code(written) == code


@pytest.mark.parametrize("written", ["Atlantis", "XX-CA", "-", ""])
def test_a_text_that_is_no_region_is_rejected(written: str) -> None:
    with pytest.raises(ValueError, match="is no country"):
        region_code(written)


def test_no_two_countries_share_a_spelling() -> None:
    assert len(COUNTRY_ROWS) == len({code for code, _, _ in COUNTRY_ROWS}) == 249
    for code, three, names in COUNTRY_ROWS:
        for written in (code, three, *names.split("|")):
            assert country_code(written) == code, written
    assert [len(STATES[country].split(", ")) for country in ("US", "CA")] == [51, 13]
