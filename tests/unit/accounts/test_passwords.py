import string

import pytest

from webapp.accounts.passwords import WeakPassword, check_policy, generate_password


@pytest.mark.parametrize(
    ("password", "missing"),
    [
        ("Sh0rt-a", ["8 or more characters"]),
        ("Long-1" + 251 * "x", ["at most 256 characters"]),
        ("no-upper1", ["an upper-case letter"]),
        ("NO-LOWER1", ["a lower-case letter"]),
        ("No-Digits", ["a digit"]),
        ("NoSymbol1", ["a symbol"]),
        ("lower-case", ["an upper-case letter", "a digit"]),
    ],
)
def test_a_weak_password_is_rejected_with_what_it_needs(
    password: str, missing: list[str]
) -> None:
    with pytest.raises(WeakPassword) as error:
        check_policy(password)

    assert error.value.details == {"missing": missing}
    assert error.value.message == f"The password needs {', '.join(missing)}"


@pytest.mark.parametrize("password", ["Short-1a", "Long-1" + 250 * "x"])
def test_the_shortest_and_the_longest_password_are_accepted(password: str) -> None:
    check_policy(password)


@pytest.mark.parametrize(
    "password",
    [
        *("P@ssw0rd1!", "Qwerty123!", "Abcd1234!", "Iloveyou1!", "Aaaaaa1!"),
        *("Password@123", "Admin@123", "Letmein123!", "Summer2025!", "2026!Welcome"),
        "\uff30\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff11\uff01",  # of full width
    ],
)
def test_a_password_that_is_guessed_first_is_rejected(password: str) -> None:
    with pytest.raises(WeakPassword, match="first that are guessed"):
        check_policy(password)


@pytest.mark.parametrize("password", ["Kettle-4821!", "Correct-horse7", "1!a-Zebra"])
def test_a_word_among_others_or_with_a_longer_number_is_accepted(password: str) -> None:
    check_policy(password)


@pytest.mark.parametrize("password", ["Mielikki-1", "Lindqvist1!", "Vaasa-shop1"])
def test_a_password_of_the_name_or_address_is_rejected(password: str) -> None:
    check_policy(password)

    with pytest.raises(WeakPassword, match="name or address"):
        check_policy(
            password, personal=("mielikki@vaasa-shop.example", "Mielikki Lindqvist")
        )


def test_random_passwords_differ_and_consist_of_characters_that_look_different() -> (
    None
):
    generated = {generate_password() for _ in range(200)}

    assert len(generated) == 200
    assert {len(password) for password in generated} == {16}
    unambiguous = set(string.ascii_letters) - set("lIO") | set("23456789!#%+-=?")
    assert set("".join(generated)) == unambiguous
