import pytest

from webapp.kit.address_formats import (
    load_address_format,
    parse_postal_code,
    parse_region,
    parse_state,
)
from webapp.kit.countries import list_countries


@pytest.mark.parametrize("country", sorted(list_countries()))
def test_each_country_has_a_format_whose_examples_fit(country: str) -> None:
    address_format = load_address_format(country)

    for code in address_format.postal_code_examples:
        if address_format.postal_code is not None:
            assert parse_postal_code(code, country=country) == code
    for code, name in address_format.states.items():
        for written in (code, name, name.upper(), f"{country}-{code}"):
            assert parse_state(written, country=country) == code


@pytest.mark.parametrize(
    ("written", "country", "code"),
    [
        ("62701", "US", "62701"),
        ("62701 1234", "US", "62701-1234"),
        ("627011234", "US", "62701-1234"),
        ("sw1a1aa", "GB", "SW1A 1AA"),
        ("m2  5bq", "GB", "M2 5BQ"),
        ("k1a0b1", "CA", "K1A 0B1"),
        ("D-10115", "DE", "10115"),
        ("de 10115", "DE", "10115"),
        ("CH-8001", "CH", "8001"),
        ("fl-9490", "LI", "9490"),
        ("〒154−0023", "JP", "154-0023"),  # noqa: RUF001
        ("1540023", "JP", "154-0023"),
        ("1234ab", "NL", "1234 AB"),
        ("00950", "PL", "00-950"),
        ("SE-114 55", "SE", "11455"),
        ("01310100", "BR", "01310-100"),
        ("١٢٣٤٥", "EG", "12345"),
        ("d02af30", "IE", "D02 AF30"),
        ("999077", "HK", "999077"),
        ("", "IE", ""),
    ],
)
def test_a_postal_code_is_written_as_its_country_does(
    written: str, country: str, code: str
) -> None:
    assert parse_postal_code(written, country=country) == code


@pytest.mark.parametrize(
    ("written", "country", "example"),
    [
        ("ABCDE", "US", "95014"),
        ("2134", "US", "95014"),
        ("62701 USA", "US", "95014"),
        ("1234", "DE", "26133"),
        ("D-75001", "FR", "33380"),
        ("SW1A", "GB", "EC1Y 8SY"),
        ("62701!", "US", "95014"),
    ],
)
def test_a_postal_code_of_another_form_is_refused_with_an_example(
    written: str, country: str, example: str
) -> None:
    with pytest.raises(ValueError, match=f"write it like {example}"):
        parse_postal_code(written, country=country)


@pytest.mark.parametrize(
    ("written", "country", "code"),
    [
        ("California", "US", "CA"),
        ("us-ca", "US", "CA"),
        ("New York State", "US", "NY"),
        ("Washington DC", "US", "DC"),
        ("Québec", "CA", "QC"),
        ("Colombie-Britannique", "CA", "BC"),
        ("Georgia", "US", "GA"),
        ("Guangdong", "CN", "44"),
        ("广东", "CN", "44"),
        ("東京都", "JP", "13"),
        ("東京", "JP", "13"),
        ("Tokyo", "JP", "13"),
        ("County Dublin", "IE", "D"),
        ("Dubai", "AE", "DU"),
        ("Taipei", "TW", "TPE"),
        ("臺北市", "TW", "TPE"),
        ("台北", "TW", "TPE"),
        ("金門縣", "TW", "金門縣"),
        ("廣東省", "CN", "44"),
        ("México", "MX", "MEX"),
        ("Mexico City", "MX", "CMX"),
        ("Lleida", "ES", "L"),
        ("sao paulo", "BR", "SP"),
        ("Kowloon", "HK", "KOWLOON"),
        ("Bayern ", "DE", "BAYERN"),
        ("", "US", ""),
    ],
)
def test_a_state_is_recognized_within_its_country(
    written: str, country: str, code: str
) -> None:
    assert parse_state(written, country=country) == code


@pytest.mark.parametrize(
    ("written", "country", "hint"),
    [
        ("Californa", "US", "did you mean California?"),
        ("zzzzzz", "US", "such as Alabama"),
        ("Hsinchu", "TW", "may be Hsinchu County"),
        ("-", "US", "no state"),
    ],
)
def test_an_unknown_state_is_refused_with_a_hint(
    written: str, country: str, hint: str
) -> None:
    with pytest.raises(ValueError, match=hint.replace("?", r"\?")):
        parse_state(written, country=country)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Germany", "DE"),
        ("USA-New York", "US-NY"),
        ("Guinea-Bissau", "GW"),
        ("DE-BY", "DE-BY"),
        ("AR-M", "AR-M"),
        ("IN-Karnataka", "IN-KA"),
        ("us", "US"),
    ],
)
def test_a_region_is_a_country_or_a_state_of_one(written: str, code: str) -> None:
    assert parse_region(written) == code


@pytest.mark.parametrize("written", ["Atlantis", "XX-CA", "US-XX", "-", ""])
def test_a_text_that_is_no_region_is_rejected(written: str) -> None:
    with pytest.raises(ValueError, match=r"is no (country|state)"):
        parse_region(written)
