from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support import passwords
from tests.support.passwords import CHEAP_HASHER
from webapp.accounts import codes, registration, sign_in
from webapp.accounts.codes import CodePurpose
from webapp.accounts.errors import NotVerified, WrongCredentials
from webapp.accounts.models import Customer
from webapp.accounts.passwords import WeakPassword, check_policy, generate_password
from webapp.db.outbox import OutboxMessage

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EMAIL, PASSWORD = "ada@example.com", "Good-Pass1"


def register(session: Session, *, email: str = EMAIL, password: str = PASSWORD) -> UUID:
    return registration.register(
        session, email=email, password_hash=CHEAP_HASHER.hash(password), name="Ada"
    )


def new_code(session: Session, customer_id: UUID) -> str:
    return codes.issue_code(
        session, customer_id=customer_id, purpose=CodePurpose.VERIFY_EMAIL, now=NOW
    )


def verified(session: Session) -> UUID:
    customer_id = register(session)
    code = new_code(session, customer_id)
    assert registration.verify_email(session, email=EMAIL, code=code, now=NOW)
    return customer_id


def log_in(session: Session, *, password: str = PASSWORD) -> sign_in.SignIn:
    return passwords.log_in(session, email=EMAIL, password=password, now=NOW)


def enqueued_arguments(session: Session) -> list[dict[str, str]]:
    rows = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert {row.job for row in rows} == {"accounts.answer_registration"}
    return [row.arguments for row in rows]


def test_registering_enqueues_an_answer_and_stores_no_plain_password(
    session: Session,
) -> None:
    customer_id = register(session, email=" Ada@Example.com ")

    customer = session.get_one(Customer, customer_id)
    assert customer.email == EMAIL
    assert customer.password_hash is not None
    assert PASSWORD not in customer.password_hash
    assert customer.password_hash.startswith("$argon2id$")
    assert enqueued_arguments(session) == [
        {"email": EMAIL, "customer_id": str(customer_id)}
    ]


def test_an_address_is_registered_once_whatever_its_case(session: Session) -> None:
    owner_id = register(session)

    unused_id = register(session, email=EMAIL.upper(), password="Another-1")

    [customer] = session.scalars(select(Customer))
    assert (customer.id, unused_id != owner_id) == (owner_id, True)
    assert CHEAP_HASHER.verify(PASSWORD, customer.password_hash or "")
    assert enqueued_arguments(session) == [
        {"email": EMAIL, "customer_id": str(customer_id)}
        for customer_id in (owner_id, unused_id)
    ]


@pytest.mark.parametrize(
    ("password", "missing"),
    [
        ("Sh0rt-a", "8 or more characters"),
        ("no-upper1", "an upper-case letter"),
        ("NO-LOWER1", "a lower-case letter"),
        ("No-Digits", "a digit"),
        ("NoSymbol1", "a symbol"),
    ],
)
def test_a_weak_password_is_rejected_with_what_it_needs(
    password: str, missing: str
) -> None:
    with pytest.raises(WeakPassword) as error:
        check_policy(password)

    assert error.value.details == {"missing": [missing]}


def test_random_passwords_are_good_enough_and_differ() -> None:
    generated = {generate_password() for _ in range(20)}

    assert len(generated) == 20


def test_only_a_verified_address_signs_in(session: Session) -> None:
    register(session)

    with pytest.raises(NotVerified):
        log_in(session)


def test_the_wrong_password_and_the_unknown_address_get_the_same_error(
    session: Session,
) -> None:
    verified(session)

    with pytest.raises(WrongCredentials) as wrong:
        log_in(session, password="Another-1")
    with pytest.raises(WrongCredentials) as unknown:
        passwords.log_in(session, email="no@example.com", password="x", now=NOW)
    assert wrong.value.message == unknown.value.message


def test_a_password_changed_since_it_was_verified_does_not_sign_in(
    session: Session,
) -> None:
    customer_id = verified(session)
    password_hash = sign_in.find_password_hash(session, email=EMAIL)
    verified_hash = sign_in.verify_credentials(
        PASSWORD, password_hash, passwords=CHEAP_HASHER
    )
    session.get_one(Customer, customer_id).password_hash = CHEAP_HASHER.hash(PASSWORD)

    with pytest.raises(WrongCredentials):
        sign_in.log_in(session, email=EMAIL, verified_hash=verified_hash, now=NOW)


def test_a_code_works_once_and_not_after_its_time(session: Session) -> None:
    customer_id = register(session)
    code = new_code(session, customer_id)
    late = NOW + codes.CODE_LIFETIME

    assert not registration.verify_email(session, email=EMAIL, code=code, now=late)
    assert registration.verify_email(session, email=EMAIL, code=code, now=NOW)
    assert not registration.verify_email(session, email=EMAIL, code=code, now=NOW)


def test_guessing_a_code_ends_after_five_attempts(session: Session) -> None:
    customer_id = register(session)
    code = new_code(session, customer_id)
    wrong = "000000" if code != "000000" else "111111"

    for _ in range(codes.MAX_CODE_ATTEMPTS):
        assert not registration.verify_email(session, email=EMAIL, code=wrong, now=NOW)

    assert not registration.verify_email(session, email=EMAIL, code=code, now=NOW)


def test_a_newer_code_replaces_the_older(session: Session) -> None:
    customer_id = register(session)
    old = new_code(session, customer_id)
    new = new_code(session, customer_id)

    assert old == new or not registration.verify_email(
        session, email=EMAIL, code=old, now=NOW
    )
    assert registration.verify_email(session, email=EMAIL, code=new, now=NOW)


def test_a_refresh_token_is_exchanged_once(session: Session) -> None:
    customer_id = verified(session)
    first = log_in(session).refresh_token

    second = sign_in.refresh(session, token=first, now=NOW)

    assert second is not None
    assert second.customer.id == customer_id
    assert second.refresh_token != first


def test_using_a_refresh_token_twice_ends_the_whole_chain(session: Session) -> None:
    verified(session)
    stolen = log_in(session).refresh_token
    thief = sign_in.refresh(session, token=stolen, now=NOW)
    assert thief is not None

    assert sign_in.refresh(session, token=stolen, now=NOW) is None

    assert sign_in.refresh(session, token=thief.refresh_token, now=NOW) is None


def test_a_refresh_token_ends_with_its_time_and_with_logging_out(
    session: Session,
) -> None:
    verified(session)
    old, other = log_in(session).refresh_token, log_in(session).refresh_token

    sign_in.log_out(session, token=other)

    assert sign_in.refresh(session, token=other, now=NOW) is None
    after = NOW + sign_in.REFRESH_LIFETIME + timedelta(seconds=1)
    assert sign_in.refresh(session, token=old, now=after) is None
    assert sign_in.refresh(session, token="unknown", now=NOW) is None
