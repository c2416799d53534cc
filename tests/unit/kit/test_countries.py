from unicodedata import normalize

import pytest
from babel import Locale, localedata
from babel.languages import get_official_languages

from webapp.kit.countries import (
    country_name,
    find_country,
    list_countries,
    parse_country,
)


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
        ("Deutschland", "DE"),
        ("DEUTSCHLAND", "DE"),
        ("Allemagne", "DE"),
        ("Alemania", "DE"),
        ("германия", "DE"),
        ("United Kingdom of Great Britain and Northern Ireland", "GB"),
        ("Netherlands (Kingdom of the)", "NL"),
        ("Bundesrepublik Deutschland", "DE"),
        ("Osterreich", "AT"),
        ("Oesterreich", "AT"),
        (normalize("NFD", "Österreich"), "AT"),
        ("Éire", "IE"),
        ("eire", "IE"),
        ("ＤＥ", "DE"),  # noqa: RUF001
        ("ｄｅｕ", "DE"),  # noqa: RUF001
        ("D\u200bE", "DE"),
        ("中国", "CN"),
        ("中國", "CN"),
        ("香港", "HK"),
        ("대한민국", "KR"),
        ("مصر", "EG"),
        ("भारत", "IN"),
        ("घाना", "GH"),
        ("गिनी", "GN"),
        ("Áo", "AT"),
        ("AO", "AO"),
        ("Kosovo", "XK"),
    ],
)
def test_a_country_is_recognized_in_any_language(written: str, code: str) -> None:
    assert parse_country(written) == find_country(written) == code


@pytest.mark.parametrize("code", sorted(list_countries()))
def test_codes_english_and_native_names_are_the_country(code: str) -> None:
    languages = filter(localedata.exists, get_official_languages(code))
    names = {Locale(language).territories.get(code, code) for language in languages}

    for name in {code, code.lower(), country_name(code), *names}:
        assert find_country(name) == code, name


def test_every_country_of_iso_3166_is_known() -> None:
    # And Ascension, Tristan da Cunha and Kosovo, which have no code of the standard's own.
    assert len(list_countries() - {"AC", "TA", "XK"}) == 249


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("Germny", "Germny is no country; did you mean Germany?"),
        ("Deutschlnd", "did you mean Germany?"),
        ("Narnia", "did you mean Armenia?"),
        ("Untied States", "did you mean United States?"),
        ("XX", "such as Germany or DE"),
        ("EU", "EU is no country"),
        ("276", "is no country"),
        ("-", "is no country"),
        ("", "is no country"),
        ("x" * 200, "is no country"),
    ],
)
def test_what_is_no_country_is_refused_with_a_hint(written: str, hint: str) -> None:
    assert find_country(written) is None
    with pytest.raises(ValueError, match="is no country") as refused:
        parse_country(written)
    assert hint in str(refused.value)


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("Congo", ("CD", "CG")),
        ("Kongo", ("CD", "CG")),
        ("Virgin Islands", ("VG", "VI")),
    ],
)
def test_a_name_of_two_countries_is_not_guessed(
    written: str, codes: tuple[str, str]
) -> None:
    assert find_country(written) is None
    with pytest.raises(ValueError, match=rf"\({codes[0]}\) or .*\({codes[1]}\)"):
        parse_country(written)
