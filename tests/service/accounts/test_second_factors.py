"""Codes of second factors: of this minute, once, and only for who enrolled them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from tests.support.passwords import CHEAP_HASHER
from tests.support.second_factors import compute_code, enroll
from webapp.accounts import recovery, second_factors, service, sign_in
from webapp.accounts.errors import (
    AccountNotFound,
    CodeNotExpected,
    NoSecondFactor,
    SecondFactorCodeRejected,
    SecondFactorExists,
    SecondFactorOfPool,
    SecondFactorRequired,
    WrongSecondFactor,
)
from webapp.accounts.models import Customer, RecoveryCode, SecondFactor
from webapp.accounts.second_factor_codes import build_cipher
from webapp.accounts.sign_in import SignIn
from webapp.cli.admin import admin
from webapp.config import Settings
from webapp.db.outbox import OutboxMessage
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.kit.encryption import SecretCipher

EMAIL, PASSWORD = "ada@example.com", "Good-Pass1"
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
STEP = timedelta(seconds=30)


@pytest.fixture
def cipher(settings: Settings) -> SecretCipher:
    return build_cipher(settings.require_jwt_secret())


@pytest.fixture
def ada(session: Session, make: RowFactory) -> Customer:
    customer = make.customer(email=EMAIL)
    customer.password_hash = CHEAP_HASHER.hash(PASSWORD)
    session.flush()
    return customer


def log_in(
    session: Session, cipher: SecretCipher, code: str | None, now: datetime = NOW
) -> SignIn:
    verified_hash = sign_in.find_password_hash(session, email=EMAIL)
    assert verified_hash is not None
    return sign_in.log_in(
        session,
        email=EMAIL,
        verified_hash=verified_hash,
        code=code,
        cipher=cipher,
        now=now,
    )


def test_it_counts_only_once_it_is_confirmed(
    session: Session, ada: Customer, cipher: SecretCipher
) -> None:
    first = second_factors.start_enrollment(session, customer_id=ada.id, cipher=cipher)
    assert log_in(session, cipher, None).has_second_factor is False
    with pytest.raises(CodeNotExpected):
        log_in(session, cipher, compute_code(first, NOW))
    second = second_factors.start_enrollment(session, customer_id=ada.id, cipher=cipher)

    def confirm(code: str) -> None:
        second_factors.confirm_enrollment(
            session, customer_id=ada.id, code=code, cipher=cipher, now=NOW
        )

    for wrong in (compute_code(first, NOW), "12345", "١٢٣٤٥٦", "recovery-code"):
        with pytest.raises(SecondFactorCodeRejected):
            confirm(wrong)
    confirm(compute_code(second, NOW))

    with pytest.raises(SecondFactorRequired):
        log_in(session, cipher, None)
    with pytest.raises(SecondFactorExists):
        confirm(compute_code(second, NOW + STEP))
    with pytest.raises(SecondFactorExists):
        second_factors.start_enrollment(session, customer_id=ada.id, cipher=cipher)


def test_nothing_is_confirmed_that_was_not_begun(
    session: Session, ada: Customer, cipher: SecretCipher
) -> None:
    with pytest.raises(NoSecondFactor):
        second_factors.confirm_enrollment(
            session, customer_id=ada.id, code="123456", cipher=cipher, now=NOW
        )


def test_a_member_of_the_user_pool_enrolls_there(
    session: Session, make: RowFactory, cipher: SecretCipher
) -> None:
    member = make.customer()
    member.password_hash = None

    with pytest.raises(SecondFactorOfPool):
        second_factors.start_enrollment(session, customer_id=member.id, cipher=cipher)


@pytest.mark.parametrize(
    ("drift", "is_accepted"),
    [(-2, False), (-1, True), (0, True), (1, True), (2, False)],
)
def test_a_clock_may_be_half_a_minute_off(
    session: Session,
    settings: Settings,
    ada: Customer,
    cipher: SecretCipher,
    drift: int,
    is_accepted: bool,
) -> None:
    secret, _ = enroll(session, settings, ada.id, now=NOW - 10 * STEP)
    code = compute_code(secret, NOW + drift * STEP)

    if is_accepted:
        spaced = f"{code[:3]} {code[3:]}"
        assert log_in(session, cipher, spaced).has_second_factor
    else:
        with pytest.raises(WrongSecondFactor):
            log_in(session, cipher, code)


def test_no_code_is_accepted_twice_nor_one_before_it(
    session: Session, settings: Settings, ada: Customer, cipher: SecretCipher
) -> None:
    secret, _ = enroll(session, settings, ada.id, now=NOW)
    of_now, before, after = (
        compute_code(secret, NOW + steps * STEP) for steps in (0, -1, 1)
    )
    for used in (of_now, before):
        with pytest.raises(WrongSecondFactor):
            log_in(session, cipher, used)
    log_in(session, cipher, after)
    for moment in (NOW, NOW + STEP, NOW + 2 * STEP):
        with pytest.raises(WrongSecondFactor):
            log_in(session, cipher, after, moment)
    with pytest.raises(SecondFactorCodeRejected):
        second_factors.disable_second_factor(
            session, customer_id=ada.id, code=after, cipher=cipher, now=NOW
        )


def test_of_concurrent_sign_ins_with_one_code_one_succeeds(
    database: Database, settings: Settings
) -> None:
    with database.unit_of_work() as session:
        customer = RowFactory(session).customer(email=EMAIL)
        customer.password_hash = CHEAP_HASHER.hash(PASSWORD)
        secret, enrolled = enroll(session, settings, customer.id, now=NOW)
    cipher = build_cipher(settings.require_jwt_secret())

    def try_code(code: str) -> bool:
        try:
            with database.unit_of_work() as session:
                log_in(session, cipher, code, NOW + STEP)
        except WrongSecondFactor:
            return False
        return True

    for code in (compute_code(secret, NOW + STEP), enrolled.recovery_codes[0]):
        with ThreadPoolExecutor(4) as threads:
            assert sum(threads.map(try_code, [code] * 4)) == 1


def test_each_recovery_code_is_accepted_once_however_it_is_typed(
    session: Session, settings: Settings, ada: Customer, cipher: SecretCipher
) -> None:
    _, enrolled = enroll(session, settings, ada.id, now=NOW)
    codes = enrolled.recovery_codes
    assert len(set(codes)) == 10

    for code in (codes[0], codes[1].upper(), codes[2].replace("-", " ")):
        assert log_in(session, cipher, code).has_second_factor
        with pytest.raises(WrongSecondFactor):
            log_in(session, cipher, code)

    status = second_factors.find_status(session, customer_id=ada.id)
    assert status.recovery_codes_left == 7


def test_recovery_codes_are_of_one_account_and_end_when_they_are_renewed(
    session: Session, settings: Settings, ada: Customer, cipher: SecretCipher
) -> None:
    bob = RowFactory(session).customer(email="bob@example.com")
    _, bobs = enroll(session, settings, bob.id, now=NOW)
    _, old = enroll(session, settings, ada.id, now=NOW)

    new = second_factors.renew_recovery_codes(
        session,
        customer_id=ada.id,
        code=old.recovery_codes[0],
        cipher=cipher,
        now=NOW,
    )

    for code in (bobs.recovery_codes[0], old.recovery_codes[1]):
        with pytest.raises(WrongSecondFactor):
            log_in(session, cipher, code)
    log_in(session, cipher, new[0])


def test_neither_secret_nor_recovery_codes_can_be_read_in_the_database(
    session: Session, settings: Settings, ada: Customer
) -> None:
    secret, enrolled = enroll(session, settings, ada.id)
    session.flush()
    stored = "".join(
        str(session.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608
        for table in ("second_factors", "recovery_codes")
    )

    assert len(stored) > 1000
    for shown in (secret, *enrolled.recovery_codes):
        assert shown.replace("-", "").lower() not in stored.replace("-", "").lower()


def test_with_another_jwt_secret_the_recovery_codes_still_work(
    session: Session, settings: Settings, ada: Customer
) -> None:
    secret, enrolled = enroll(session, settings, ada.id, now=NOW - STEP)
    rotated = build_cipher("another secret, long enough for HS256")

    with pytest.raises(WrongSecondFactor):
        log_in(session, rotated, compute_code(secret, NOW))
    log_in(session, rotated, enrolled.recovery_codes[0])
    second_factors.disable_second_factor(
        session,
        customer_id=ada.id,
        code=enrolled.recovery_codes[1],
        cipher=rotated,
        now=NOW,
    )
    log_in(session, rotated, None)


def test_a_new_password_does_not_remove_it(
    session: Session, settings: Settings, ada: Customer, cipher: SecretCipher
) -> None:
    enroll(session, settings, ada.id, now=NOW)
    token = recovery.issue_reset_token(session, customer_id=ada.id, now=NOW)

    recovery.reset_password(
        session, token=token, password_hash=CHEAP_HASHER.hash("New-Pass1"), now=NOW
    )

    with pytest.raises(SecondFactorRequired):
        log_in(session, cipher, None)


def test_sign_ins_from_before_end_when_it_is_confirmed(
    session: Session, settings: Settings, ada: Customer, cipher: SecretCipher
) -> None:
    before = log_in(session, cipher, None)
    version = ada.token_version

    _, enrolled = enroll(session, settings, ada.id, now=NOW)

    assert sign_in.refresh(session, token=before.refresh_token, now=NOW) is None
    assert ada.token_version > version
    refreshed = sign_in.refresh(
        session, token=enrolled.signed_in.refresh_token, now=NOW
    )
    assert refreshed is not None
    assert refreshed.has_second_factor


def test_it_is_deleted_with_the_account(
    session: Session, settings: Settings, ada: Customer
) -> None:
    enroll(session, settings, ada.id)

    service.anonymize_customer(session, customer=ada, now=NOW)

    for table in (SecondFactor, RecoveryCode):
        assert session.scalars(select(table)).all() == []


Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", settings.require_database_url())
    monkeypatch.setenv("VAR_DIR", str(settings.var_dir))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(admin, words)


def test_the_operator_removes_a_lost_one(
    run: Run, database: Database, settings: Settings, cipher: SecretCipher
) -> None:
    with database.unit_of_work() as session:
        boss = RowFactory(session).customer(email=EMAIL, admin=True)
        boss.password_hash = CHEAP_HASHER.hash(PASSWORD)
        _, enrolled = enroll(session, settings, boss.id)
    assert run("list").output.count("yes") == 2

    assert "password alone" in run("remove-second-factor", "Ada@Example.com").output

    assert run("list").output.count("yes") == 1
    with database.unit_of_work() as session:
        token = enrolled.signed_in.refresh_token
        assert sign_in.refresh(session, token=token, now=utc_now()) is None
        assert log_in(session, cipher, None, utc_now()).has_second_factor is False
    assert "had no second factor" in run("remove-second-factor", EMAIL).output
    unknown = run("remove-second-factor", "no@example.com").exception
    assert isinstance(unknown, AccountNotFound)


def test_ids_of_another_customer_are_not_confused(
    session: Session, settings: Settings, ada: Customer, cipher: SecretCipher
) -> None:
    """A secret that is copied into another row opens nothing there."""
    mallory = RowFactory(session).customer(email="mallory@example.com")
    secret, _ = enroll(session, settings, mallory.id, now=NOW - 5 * STEP)
    enroll(session, settings, ada.id, now=NOW - 5 * STEP)
    rows: dict[UUID, SecondFactor] = {
        row.customer_id: row for row in session.scalars(select(SecondFactor))
    }
    rows[ada.id].encrypted_secret = rows[mallory.id].encrypted_secret

    with pytest.raises(WrongSecondFactor):
        log_in(session, cipher, compute_code(secret, NOW))


def test_the_owner_is_notified_by_mail_of_each_change(
    session: Session, settings: Settings, ada: Customer, cipher: SecretCipher
) -> None:
    def list_notices() -> list[object]:
        session.flush()
        rows = session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.job == "accounts.mail_second_factor_notice")
            .order_by(OutboxMessage.id)
        ).all()
        assert {row.arguments["email"] for row in rows} <= {EMAIL}
        return [row.arguments["change"] for row in rows]

    second_factors.start_enrollment(session, customer_id=ada.id, cipher=cipher)
    assert list_notices() == []
    _, enrolled = enroll(session, settings, ada.id, now=NOW)
    assert list_notices() == ["added"]
    second_factors.disable_second_factor(
        session,
        customer_id=ada.id,
        code=enrolled.recovery_codes[0],
        cipher=cipher,
        now=NOW,
    )
    assert list_notices() == ["added", "removed"]
    enroll(session, settings, ada.id, now=NOW)
    for _ in range(2):  # the second time there is none to remove
        second_factors.remove_lost_factor(session, email=EMAIL, now=NOW)
    assert list_notices() == 2 * ["added", "removed"]
