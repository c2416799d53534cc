import pytest

from webapp.orders.addresses import format_address, normalize_country

FULL = {
    "name": "Ada Park",
    "company": "Park Ltd",
    "street": "1 Main Street",
    "street2": "Floor 2",
    "city": "Springfield",
    "state": "IL",
    "zipCode": "62701",
    "country": "US",
    "phone": "+1 217 555 0100",
}


def test_an_address_is_formatted_with_all_that_was_given() -> None:
    assert format_address(FULL) == [
        "Ada Park",
        "Park Ltd",
        "1 Main Street",
        "Floor 2",
        "Springfield, IL 62701",
        "United States",
        "Phone +1 217 555 0100",
    ]


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (
            {"street": "Hafenbad 1", "city": "Ulm", "zipCode": "89073"}
            | {"state": "", "country": "Deutschland"},
            ["Hafenbad 1", "89073 Ulm", "Germany"],
        ),
        (
            {"street": "1 Creek Road", "city": "Dubai", "country": "AE"},
            ["1 Creek Road", "Dubai", "United Arab Emirates"],
        ),
        (
            {"street": "Rua A 1", "city": "Santos", "state": "SP", "country": "BR"}
            | {"zipCode": "11010-000"},
            ["Rua A 1", "Santos-SP", "11010-000", "Brazil"],
        ),
        (
            {"street": "1 A St", "city": "X", "zipCode": "1", "country": "Atlantis"},
            ["1 A St", "X, 1", "Atlantis"],
        ),
        ({"country": "DE"}, ["Germany"]),
        ({"city": "Bath"}, ["Bath"]),
        ({}, []),
    ],
)
def test_an_address_of_any_age_is_readable(
    address: dict[str, str], lines: list[str]
) -> None:
    assert format_address(address) == lines


@pytest.mark.parametrize(
    ("country", "code"),
    [("Germany", "DE"), ("Deutschland", "DE"), ("de", "DE"), ("Unspecified",) * 2],
)
def test_a_country_is_read_as_one_code(country: str, code: str) -> None:
    assert normalize_country({"city": "Ulm", "country": country}) == {
        "city": "Ulm",
        "country": code,
    }
