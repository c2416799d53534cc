import pytest

from webapp.kit.email_addresses import encode_domain, normalize_address


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("info@münchen.de", "info@münchen.de"),
        ("info@xn--mnchen-3ya.de", "info@münchen.de"),
        (" INFO@MÜNCHEN.DE ", "info@münchen.de"),
        ("info@mu\u0308nchen.de", "info@münchen.de"),
        ("jo\u0308rg@example.com", "jörg@example.com"),
        ("a@straße.de", "a@straße.de"),
        ("a@xn--strae-oqa.de", "a@straße.de"),
        ("a@localhost", "a@localhost"),
        ("a@under_score.example", "a@under_score.example"),
        ("a@xn--broken-", "a@xn--broken-"),
        ("no address", "no address"),
        ("@", "@"),
        ("", ""),
    ],
)
def test_an_address_has_one_spelling(address: str, expected: str) -> None:
    assert normalize_address(address) == expected
    assert normalize_address(expected) == expected


@pytest.mark.parametrize(
    ("address", "encoded"),
    [
        ("info@münchen.de", "info@xn--mnchen-3ya.de"),
        ("jörg@straße.de", "jörg@xn--strae-oqa.de"),
        ("ada@example.com", "ada@example.com"),
        ("a@-ü-.de", "a@-ü-.de"),
    ],
)
def test_a_domain_is_encoded_by_idna_2008(address: str, encoded: str) -> None:
    assert encode_domain(address) == encoded
