import pytest

from webapp.devtools.stripe_simulator.cards import (
    CARDS,
    find_card_by_alias,
    passes_luhn,
)


@pytest.mark.parametrize("number", CARDS)
def test_every_test_card_has_a_possible_number(number: str) -> None:
    assert passes_luhn(number)


@pytest.mark.parametrize("number", ["4242424242424241", "4242424242424224", "1"])
def test_a_slip_of_the_pen_is_not_a_card_number(number: str) -> None:
    assert not passes_luhn(number)


@pytest.mark.parametrize("alias", ["pm_card_visa", "tok_visa"])
def test_a_card_is_known_by_its_names(alias: str) -> None:
    card = find_card_by_alias(alias)

    assert card is not None
    assert card.last4 == "4242"


@pytest.mark.parametrize("alias", ["visa", "pm_card_", "pm_card_gold", "card_visa", ""])
def test_other_names_are_nobodys(alias: str) -> None:
    assert find_card_by_alias(alias) is None
