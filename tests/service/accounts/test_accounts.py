from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support import passwords
from tests.support.passwords import CHEAP_HASHER
from webapp.accounts import codes, registration, service, sign_in
from webapp.accounts.codes import CodePurpose
from webapp.accounts.errors import EmailTaken, NotVerified, WrongCredentials
from webapp.accounts.models import Customer
from webapp.db.outbox import OutboxMessage

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EMAIL, PASSWORD = "ada@example.com", "Good-Pass1"


def register(session: Session, *, email: str = EMAIL, password: str = PASSWORD) -> UUID:
    return registration.register(
        session, email=email, password_hash=CHEAP_HASHER.hash(password), name="Ada"
    ).customer_id


def new_code(
    session: Session,
    customer_id: UUID,
    purpose: CodePurpose = CodePurpose.VERIFY_EMAIL,
) -> str:
    return codes.issue_code(session, customer_id=customer_id, purpose=purpose, now=NOW)


def verify(
    session: Session, code: str, *, email: str = EMAIL, now: datetime = NOW
) -> bool:
    """As who proved to have opened the registration."""
    customer = service.find_by_email(session, email=email)
    return registration.verify_email(
        session, customer_id=customer.id if customer else None, code=code, now=now
    )


def guess_wrong(session: Session, code: str, *, times: int) -> None:
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(times):
        assert not verify(session, wrong)


def verified(session: Session, *, email: str = EMAIL) -> UUID:
    customer_id = register(session, email=email)
    assert verify(session, new_code(session, customer_id), email=email)
    return customer_id


def log_in(
    session: Session, *, email: str = EMAIL, password: str = PASSWORD
) -> sign_in.SignIn:
    return passwords.log_in(session, email=email, password=password, now=NOW)


def refreshes(session: Session, token: str, *, now: datetime = NOW) -> bool:
    return sign_in.refresh(session, token=token, now=now) is not None


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


def test_a_verified_address_is_registered_once_whatever_its_case(
    session: Session,
) -> None:
    owner_id = verified(session)

    unused_id = register(session, email=EMAIL.upper(), password="Another-Kettle-1")

    [customer] = session.scalars(select(Customer))
    assert (customer.id, unused_id != owner_id) == (owner_id, True)
    assert CHEAP_HASHER.verify(PASSWORD, customer.password_hash or "")
    assert enqueued_arguments(session) == [
        {"email": EMAIL, "customer_id": str(customer_id)}
        for customer_id in (owner_id, unused_id)
    ]


@pytest.mark.parametrize(
    "spelling", ["info@xn--mnchen-3ya.de", "Info@mu\u0308nchen.DE"]
)
def test_an_address_is_registered_once_whatever_its_spelling(
    session: Session, spelling: str
) -> None:
    owner_id = verified(session, email="info@münchen.de")

    found = service.find_by_email(session, email=spelling)

    assert found is not None
    assert found.id == owner_id
    with pytest.raises(EmailTaken):
        service.create_verified_customer(
            session,
            email=spelling,
            password=PASSWORD,
            name="Ada",
            groups=[],
            passwords=CHEAP_HASHER,
            now=datetime.now(UTC),
        )


def test_only_a_verified_address_signs_in(session: Session) -> None:
    register(session)

    with pytest.raises(NotVerified):
        log_in(session)


def test_the_wrong_password_and_the_unknown_address_get_the_same_error(
    session: Session,
) -> None:
    verified(session)

    with pytest.raises(WrongCredentials) as wrong:
        log_in(session, password="Another-Kettle-1")
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


def test_a_code_works_once_and_within_half_an_hour(session: Session) -> None:
    customer_id = register(session)
    code = new_code(session, customer_id)
    end = NOW + timedelta(minutes=30)
    early = end - timedelta(microseconds=1)

    assert not verify(session, code, now=end)
    assert verify(session, code, now=early)
    assert not verify(session, code, now=early)


def test_guessing_a_code_ends_after_five_attempts(session: Session) -> None:
    customer_id = register(session)
    code = new_code(session, customer_id)

    guess_wrong(session, code, times=5)

    assert not verify(session, code)


def test_the_fifth_attempt_may_be_the_right_code(session: Session) -> None:
    customer_id = register(session)
    code = new_code(session, customer_id)

    guess_wrong(session, code, times=4)

    assert verify(session, code)


def test_a_new_code_has_all_its_attempts(session: Session) -> None:
    customer_id = register(session)
    guess_wrong(session, new_code(session, customer_id), times=5)

    code = new_code(session, customer_id)
    guess_wrong(session, code, times=4)

    assert verify(session, code)


def test_attempts_at_one_code_leave_other_codes_as_they_are(session: Session) -> None:
    ada, bob = register(session), register(session, email="bob@example.com")
    code, bobs_code = new_code(session, ada), new_code(session, bob)
    reset_code = new_code(session, ada, CodePurpose.RESET_PASSWORD)

    guess_wrong(session, code, times=4)
    assert verify(session, code)

    assert codes.redeem_code(
        session,
        customer_id=ada,
        purpose=CodePurpose.RESET_PASSWORD,
        code=reset_code,
        now=NOW,
    )
    guess_wrong(session, bobs_code, times=5)  # at Ada's address
    assert verify(session, bobs_code, email="bob@example.com")


def test_a_newer_code_replaces_the_older(session: Session) -> None:
    customer_id = register(session)
    old = new_code(session, customer_id)
    new = new_code(session, customer_id)

    assert old == new or not verify(session, old)
    assert verify(session, new)


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


def test_a_refresh_token_is_valid_for_thirty_days(session: Session) -> None:
    verified(session)
    end = NOW + timedelta(days=30)
    token, other = log_in(session).refresh_token, log_in(session).refresh_token

    assert refreshes(session, token, now=end - timedelta(microseconds=1))
    assert not refreshes(session, other, now=end)
    assert not refreshes(session, "unknown")


def test_a_sign_in_ends_after_ninety_days_however_often_it_is_exchanged(
    session: Session,
) -> None:
    verified(session)
    token = log_in(session).refresh_token
    end = NOW + timedelta(days=90)
    for days in (25, 50, 75):
        exchanged = sign_in.refresh(
            session, token=token, now=NOW + timedelta(days=days)
        )
        assert exchanged is not None
        token = exchanged.refresh_token
    last_moment = sign_in.refresh(session, token=token, now=end - timedelta(seconds=1))

    assert last_moment is not None
    assert not refreshes(session, last_moment.refresh_token, now=end)


def test_logging_out_ends_one_sign_in_with_all_its_tokens(session: Session) -> None:
    verified(session)
    verified(session, email="bob@example.com")
    others = [log_in(session), log_in(session, email="bob@example.com")]
    first = log_in(session)
    second = sign_in.refresh(session, token=first.refresh_token, now=NOW)
    assert second is not None

    sign_in.log_out(session, token=first.refresh_token)
    sign_in.log_out(session, token="unknown")

    assert not refreshes(session, second.refresh_token)
    for other in others:
        assert refreshes(session, other.refresh_token)


def test_a_stolen_refresh_token_ends_no_other_sign_in(session: Session) -> None:
    verified(session)
    verified(session, email="bob@example.com")
    others = [log_in(session), log_in(session, email="bob@example.com")]
    stolen = log_in(session).refresh_token

    assert refreshes(session, stolen)
    assert not refreshes(session, stolen)

    for other in others:
        assert refreshes(session, other.refresh_token)


def test_an_account_is_created_only_for_an_address_that_is_free(
    session: Session,
) -> None:
    owner_id = verified(session)

    with pytest.raises(EmailTaken, match="exists already"):
        service.create_verified_customer(
            session,
            email=EMAIL.upper(),
            password="Another-Kettle-1",
            name="Eve",
            groups=["admin"],
            passwords=CHEAP_HASHER,
            now=NOW,
        )

    assert log_in(session).customer.id == owner_id
    [customer] = session.scalars(select(Customer))
    assert (customer.name, customer.groups) == ("Ada", [])


def test_accounts_deleted_at_a_time_or_later_are_listed(session: Session) -> None:
    times = {
        verified(session, email=f"{number}@example.com"): NOW
        + number * timedelta(microseconds=1)
        for number in range(3)
    }
    verified(session, email="zoe@example.com")
    for customer_id, time in times.items():
        customer = service.require_customer(session, customer_id=customer_id)
        service.anonymize_customer(session, customer=customer, now=time)

    since = NOW + timedelta(microseconds=1)
    revoked = service.list_revoked_access(session, since=since)
    assert revoked.deleted_ids == set(list(times)[1:])
