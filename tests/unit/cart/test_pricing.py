from decimal import Decimal

import pytest

from webapp.cart.pricing import Totals, price_lines


@pytest.mark.parametrize(("price", "tax"), [(625, 13), (624, 12), (-625, -13)])
def test_half_a_cent_of_tax_rounds_away_from_zero(price: int, tax: int) -> None:
    assert price_lines([(price, 1)], tax_percent=Decimal(2)) == Totals(price, tax)


def test_tax_is_on_the_sum_of_the_lines() -> None:
    totals = price_lines([(10, 3), (5, 2)], tax_percent=Decimal(10))

    assert (totals.subtotal_minor, totals.tax_minor, totals.total_minor) == (40, 4, 44)
    assert price_lines([(4, 1)] * 2, tax_percent=Decimal(10)).tax_minor == 1
