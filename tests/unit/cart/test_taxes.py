from decimal import Decimal

import pytest

from webapp.cart.taxes import TaxTable

TAXES = TaxTable(Decimal(8), {"US-CA": Decimal("7.25"), "DE": Decimal(19)})


@pytest.mark.parametrize(
    ("country", "state", "percent"),
    [
        ("US", "CA", "7.25"),
        ("us", " ca ", "7.25"),
        ("United States", "California", "7.25"),
        ("USA", "US-CA", "7.25"),
        ("US", "NY", "8"),
        ("Germany", "", "19"),
        ("deu", "", "19"),
        ("Deutschland", "", "19"),
        ("DE", "BY", "19"),
        ("FR", "", "8"),
        (None, "CA", "8"),
    ],
)
def test_the_most_specific_entry_applies(
    country: str | None, state: str, percent: str
) -> None:
    assert TAXES.find_percent(country=country, state=state) == Decimal(percent)


@pytest.mark.parametrize(("country", "state"), [("Atlantis", ""), ("US", "Californa")])
def test_an_unknown_destination_is_not_taxed_by_default(
    country: str, state: str
) -> None:
    with pytest.raises(ValueError, match="did you mean"):
        TAXES.find_percent(country=country, state=state)
