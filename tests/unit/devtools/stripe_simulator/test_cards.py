import pytest

from webapp.devtools.stripe_simulator.cards import (
    CARDS,
    find_card_by_alias,
    passes_luhn,
)


@pytest.mark.parametrize("number", CARDS)
def test_every_test_card_has_a_number_with_a_valid_checksum(number: str) -> None:
    assert passes_luhn(number)


@pytest.mark.parametrize("number", ["4242424242424241", "4242424242424224", "1"])
def test_a_mistyped_number_fails_the_checksum(number: str) -> None:
    assert not passes_luhn(number)


@pytest.mark.parametrize("alias", ["pm_card_visa", "tok_visa"])
def test_a_card_is_found_by_its_aliases(alias: str) -> None:
    card = find_card_by_alias(alias)

    assert card is not None
    assert card.last4 == "4242"


@pytest.mark.parametrize("alias", ["visa", "pm_card_", "pm_card_gold", "card_visa", ""])
def test_an_unknown_alias_finds_no_card(alias: str) -> None:
    assert find_card_by_alias(alias) is None
