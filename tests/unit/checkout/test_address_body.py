"""The least that an address of a country needs, and what is refused, by field."""

import pytest
from pydantic import ValidationError

from webapp.checkout.schemas import AddressBody

STREET = {"street": "1 Main Street"}
MINIMAL = {
    "AE": {"state": "Dubai"},
    "AR": {"city": "Rosario"},
    "AT": {"city": "Wien", "zipCode": "1010"},
    "AU": {"city": "Perth", "state": "WA", "zipCode": "6000"},
    "BD": {"city": "Dhaka"},
    "BE": {"city": "Gent", "zipCode": "9000"},
    "BR": {"city": "Santos", "state": "SP", "zipCode": "11010-000"},
    "CA": {"city": "Ottawa", "state": "Ontario", "zipCode": "K1A 0B1"},
    "CH": {"city": "Zürich", "zipCode": "8001"},
    "CL": {"city": "Santiago"},
    "CN": {"city": "广州市", "state": "广东省", "zipCode": "510000"},
    "CO": {"state": "Antioquia"},
    "CR": {"city": "San José", "state": "San José"},
    "CZ": {"city": "Brno", "zipCode": "602 00"},
    "DE": {"city": "Ulm", "zipCode": "89073"},
    "DK": {"city": "Aarhus", "zipCode": "8000"},
    "EG": {"city": "Giza"},
    "ES": {"city": "Reus", "state": "Tarragona", "zipCode": "43201"},
    "FI": {"city": "Turku", "zipCode": "20100"},
    "FR": {"city": "Lyon", "zipCode": "69001"},
    "GB": {"city": "Bath", "zipCode": "BA1 1AA"},
    "GH": {"city": "Accra"},
    "GI": {},
    "HK": {"state": "Kowloon"},
    "HU": {"city": "Pécs", "zipCode": "7621"},
    "ID": {"state": "Bali"},
    "IE": {"city": "Cork"},
    "IN": {"city": "Mysuru", "state": "Karnataka", "zipCode": "570001"},
    "IT": {"city": "Roma", "state": "RM", "zipCode": "00184"},
    "JP": {"state": "Tokyo", "zipCode": "154-0023"},
    "KE": {"city": "Nairobi"},
    "KR": {"city": "Jung-gu", "state": "Seoul", "zipCode": "03051"},
    "MX": {"city": "Toluca", "state": "México", "zipCode": "50000"},
    "NG": {"city": "Ikeja"},
    "NL": {"city": "Delft", "zipCode": "2611 AA"},
    "NO": {"city": "Bergen", "zipCode": "5003"},
    "NZ": {"city": "Napier", "zipCode": "4110"},
    "PA": {"city": "Colón"},
    "PE": {"city": "Cusco"},
    "PL": {"city": "Gdynia", "zipCode": "81-001"},
    "PT": {"city": "Braga", "zipCode": "4700-001"},
    "SE": {"city": "Lund", "zipCode": "22100"},
    "SG": {"zipCode": "546080"},
    "TR": {"city": "Kadıköy", "zipCode": "34710"},  # noqa: RUF001
    "US": {"city": "Springfield", "state": "IL", "zipCode": "62701"},
    "VN": {"city": "Huế"},
    "ZA": {"city": "Durban", "zipCode": "4001"},
}
UNNEEDED = {"zipCode": "", "state": "", "city": ""}


def parse_address(**given: str) -> AddressBody:
    return AddressBody.model_validate(given)


@pytest.mark.parametrize("country", MINIMAL)
def test_a_country_asks_for_no_more_than_its_addresses_need(country: str) -> None:
    needed = STREET | MINIMAL[country]

    for given in (needed, UNNEEDED | needed):
        stored = parse_address(country=country, **given).as_stored()
        assert stored == UNNEEDED | needed | {"country": country}


@pytest.mark.parametrize(
    ("country", "field"),
    [(country, field) for country in MINIMAL for field in MINIMAL[country]],
)
def test_what_an_address_needs_is_refused_without_it(country: str, field: str) -> None:
    given = STREET | MINIMAL[country] | {field: "  "}

    with pytest.raises(ValidationError) as refused:
        parse_address(country=country, **given)

    [problem] = refused.value.errors()
    assert problem["loc"] == (field,)
    assert "needs a" in problem["msg"]


@pytest.mark.parametrize("country", ["HK", "AE", "ID"])
def test_the_city_is_enough_where_people_leave_out_the_state(country: str) -> None:
    assert parse_address(country=country, **STREET, city="Central").state == ""


GERMAN = STREET | {"city": "Ulm", "zipCode": "89073", "country": "Deutschland"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("street", " "),
        ("street", "\u200b"),
        ("street", "\u3164"),
        ("street", "1 Main Street\r\nBcc: x@shop.example"),
        ("city", "\u2028 Ulm \u2028 Ulm"),
        ("city", "\t \u00a0"),
        ("name", "Ada\x1bPark"),
        ("name", "x" * 201),
        ("country", " "),
        ("country", "Germny"),
        ("country", "Narnia"),
        ("zipCode", "62701-1234"),
        ("phone", "call me"),
        ("phone", "+49"),
        ("phone", "1" * 22),
        ("phone", "1" * 41),
    ],
)
def test_a_field_that_cannot_be_used_is_named(field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse_address(**GERMAN | {field: value})

    assert [problem["loc"] for problem in refused.value.errors()] == [(field,)]


def test_lines_are_trimmed_and_composed() -> None:
    stored = parse_address(
        **GERMAN
        | {
            "name": " Ju\u0308rgen Ott ",
            "company": "Ott & Co.",
            "street2": "Hinterhaus",
            "phone": "+49 (0)731/123-45 ext. 6",
        }
    ).as_stored()

    assert stored == {
        "name": "J\u00fcrgen Ott",
        "company": "Ott & Co.",
        "street": "1 Main Street",
        "street2": "Hinterhaus",
        "city": "Ulm",
        "state": "",
        "zipCode": "89073",
        "country": "DE",
        "phone": "+49 (0)731/123-45 ext. 6",
    }


@pytest.mark.parametrize("state", ["Bayern", "anything"])
def test_a_state_of_a_country_without_a_list_is_kept(state: str) -> None:
    assert parse_address(**GERMAN, state=state).state == state
