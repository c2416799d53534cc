"""What is taken for a card number or its security code, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.kit.payment_cards import mask_json_values, mask_payment_cards


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4242424242424242", "•••• 4242"),
        ("my card is 4242 4242 4242 4242, thanks", "my card is •••• 4242, thanks"),
        ("4242-4242-4242-4242", "•••• 4242"),
        ("4242.4242.4242.4242", "•••• 4242"),
        ("4242\u00ad4242\u206042424242", "•••• 4242"),
        ("4242|4242 : 4242 ---- 4242", "•••• 4242"),
        ("\u2074\u00b2" * 8, "•••• 4242"),
        ("\u2463\u2461" * 8, "•••• 4242"),
        ("cvv123 card_cvc: 123 cardCvc=123", "cvv••• card_cvc: ••• cardCvc=•••"),
        ("security_code: 123, cvv\uff1a123", "security_code: •••, cvv\uff1a•••"),
        ("cvv/123 cvc -> 123", "cvv/••• cvc -> •••"),
        ("4242424242424242|12|29|123", "•••• 4242|12|29|•••"),
        ("4242424242424242 12 29 123", "•••• 4242 12 29 •••"),
        ("4242\u00a04242\u20114242\u20144242", "•••• 4242"),
        (" ".join(["\uff14\uff12\uff14\uff12"] * 4), "•••• 4242"),
        ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "•••• 4242"),
        ("Visa4242424242424242.", "Visa•••• 4242."),
        ("+4242424242424242", "+•••• 4242"),
        ("3782 822463 10005", "•••• 0005"),
        ("5555555555554444 or 6011111111111117", "•••• 4444 or •••• 1117"),
        ("36227206271667", "•••• 1667"),
        ("38520000023237", "•••• 3237"),
        ("3566002020360505", "•••• 0505"),
        ("6205500000000000004", "•••• 0004"),
        ("4222222222222", "•••• 2222"),
        ("2223003122003222", "•••• 3222"),
        ("order 1042 4242 4242 4242 4242", "order 1042 •••• 4242"),
        ("4242 4242 4242 4242 12/29 123", "•••• 4242 12/29 •••"),
        ("4242424242424242, exp 12/2029, 1234", "•••• 4242, exp 12/2029, •••"),
        ("4242424242424242 123", "•••• 4242 •••"),
        ("4242424242424242 12/29", "•••• 4242 12/29"),
        ("4242 4242 4242 4242 for order 1042", "•••• 4242 for order 1042"),
        ("cvc 123", "cvc •••"),
        ("CVV2: 1234", "CVV2: •••"),
        ("my security code is 123.", "my security code is •••."),
        ("cvc \uff11\uff12\uff13", "cvc •••"),
        ("Prüfziffer 123", "Prüfziffer •••"),
        ("123 is the cvc", "••• is the cvc"),
        ("4242424242424242, cvc 123", "•••• 4242, cvc •••"),
    ],
)
def test_cards_and_their_codes_are_masked(text: str, masked: str) -> None:
    assert mask_payment_cards(text) == masked
    assert mask_payment_cards(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "order 1042",
        "4242424242424241",  # the check digit is wrong
        "7992739871301234",
        "1234567812345670",  # no issuer
        "4006381333931",  # EAN-13
        "EAN 4012345678901 and 4006381333931",
        "+49 151 2345 67890",
        "0049 151 23456789",
        "+1 (415) 555-2671",
        "DE89 3704 0044 0532 0130 00",
        "GB82WEST12345698765432",
        "1Z999AA10123456784",
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "the security code 482913 of your mail",
        "2026-11-29 01:28:30, 2026-11-30",
        "12 mugs, 4 lamps and 3 kettles for 120.50",
        "cvc",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert mask_payment_cards(text) == text


def test_an_ean_that_has_a_cards_check_digit_by_accident_stays() -> None:
    eans = (f"4{number:011d}" for number in range(2000))
    with_check = [
        ean + str(-sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(ean)) % 10)
        for ean in eans
    ]

    assert [ean for ean in with_check if mask_payment_cards(ean) != ean] == []


def test_metadata_is_masked_at_every_depth() -> None:
    value = {"a": [4242424242424242, {"card 4242424242424242": "cvc 123"}], "n": 1.5}

    assert mask_json_values(value) == {
        "a": ["•••• 4242", {"card •••• 4242": "cvc •••"}],
        "n": 1.5,
    }
    assert mask_json_values([True, None, 1042, 1e300]) == [True, None, 1042, 1e300]


def test_metadata_is_masked_by_its_names_and_when_it_is_split() -> None:
    card = {"number": "4242424242424242", "cvc": "123", "securityCode": 123}

    assert mask_json_values({"card": card}) == {
        "card": {"number": "•••• 4242", "cvc": "•••", "securityCode": "•••"}
    }
    assert mask_json_values(["4242"] * 4) == ["••••"] * 4
    assert mask_json_values({"a": 42424242, "b": "42424242", "c": "x"}) == {
        "a": "••••",
        "b": "••••",
        "c": "x",
    }
    kept = {"cvc": "n/a", "quantity": 3, "sizes": ["36", "38", "40"]}
    assert mask_json_values(kept) == kept


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ({"cvc": {"value": "123"}}, {"cvc": {"value": "•••"}}),
        ({"cvc": ["1", "2", "3"]}, {"cvc": "•••"}),
        ({"cvcNumber": "123"}, {"cvcNumber": "•••"}),
        ({"name": "cvc", "value": "123"}, {"name": "cvc", "value": "•••"}),
        (["4242 4242", "4242-4242"], ["••••", "••••"]),
    ],
)
def test_codes_are_masked_within_what_names_them(value: object, masked: object) -> None:
    assert mask_json_values(value) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("c.v.c. 123", "c.v.c. •••"),
        ("C.V.V.: 123", "C.V.V.: •••"),
        (
            "the three digits on the back are 123",
            "the three digits on the back are •••",
        ),
        ("3-digit code on the back: 123", "3-digit code on the back: •••"),
        (f"4242{20 * ' '}4242{20 * ' '}4242{20 * ' '}4242", "•••• 4242"),
    ],
)
def test_other_words_and_wide_gaps_hide_nothing(text: str, masked: str) -> None:
    assert mask_payment_cards(text) == masked


@given(st.text(alphabet="0123456789 -./+cv•"))
def test_masking_is_idempotent_and_never_fails(text: str) -> None:
    once = mask_payment_cards(text)

    assert mask_payment_cards(once) == once
