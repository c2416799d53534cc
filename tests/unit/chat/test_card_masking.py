"""A card number that is sent in parts is not completed."""

import pytest

from webapp.chat.card_masking import CardParts
from webapp.kit.payment_cards import mask_payment_cards


def mask_messages(*messages: str) -> list[str]:
    parts = CardParts()
    return [parts.mask_message(text, mask_payment_cards(text)) for text in messages]


@pytest.mark.parametrize(
    ("messages", "last"),
    [
        (["42424242", "42424242"], "••••"),
        (["4242", "4242", "4242", "4242"], "••••"),
        (list("4242424242424242"), "••••"),
        (["4242 4242", "wait", "4242 4242"], "•••• ••••"),
        (
            ["it begins with 4242 4242", "and ends with 4242 4242"],
            "and ends with •••• ••••",
        ),
        (["\uff14\uff12\uff14\uff12 4242", "4242\uff14\uff12\uff14\uff12"], "••••"),
        (["378282", "246310005 is the rest"], "•••• is the rest"),
        (["4242 4242 4242", "4242 12/28 cvc 123"], "•••• 12/28 cvc •••"),
        (["4242 4242 4242 4242", "123"], "•••"),
        (["4242 4242 4242 4242", "12/28 123"], "12/28 •••"),
        (["my cvc is", "123"], "•••"),
    ],
)
def test_the_last_part_is_masked(messages: list[str], last: str) -> None:
    *earlier, masked = mask_messages(*messages)

    assert masked == last
    assert len(earlier) == len(messages) - 1


@pytest.mark.parametrize(
    "messages",
    [
        ["order 10274", "10275", "where is 10276?"],
        ["two kettles", "add 3", "4", "under $100"],
        ["call 555 010 4477", "order 10274 and 10275"],
        ["42424242", "4242 4241"],
        ["what is a cvc?", "do you have 123 of them?"],
    ],
)
def test_other_numbers_stay(messages: list[str]) -> None:
    assert mask_messages(*messages) == messages
