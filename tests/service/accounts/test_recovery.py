from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from tests.support.passwords import CHEAP_HASHER, log_in
from webapp.accounts import codes, recovery, sign_in
from webapp.accounts.codes import CodePurpose
from webapp.accounts.models import Customer

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EMAIL, OLD, NEW = "ada@example.com", "Good-Pass1", "Better-Pass2"


@pytest.fixture
def ada(make: RowFactory) -> Customer:
    customer = make.customer(email=EMAIL)
    customer.password_hash = CHEAP_HASHER.hash(OLD)
    return customer


def code_for(session: Session, customer_id: UUID, purpose: CodePurpose) -> str:
    return codes.issue_code(session, customer_id=customer_id, purpose=purpose, now=NOW)


def reset(session: Session, code: str) -> bool:
    return recovery.reset_password(
        session, email=EMAIL, code=code, password_hash=CHEAP_HASHER.hash(NEW), now=NOW
    )


def test_a_new_password_ends_every_sign_in_and_verifies_the_address(
    session: Session, ada: Customer, make: RowFactory
) -> None:
    tokens = [
        log_in(session, email=EMAIL, password=OLD, now=NOW).refresh_token
        for _ in range(2)
    ]
    bob = make.customer(email="bob@example.com")
    bob.password_hash = CHEAP_HASHER.hash(OLD)
    bobs = log_in(session, email="bob@example.com", password=OLD, now=NOW)
    ada.verified_at = None

    assert reset(session, code_for(session, ada.id, CodePurpose.RESET_PASSWORD))

    assert [sign_in.refresh(session, token=token, now=NOW) for token in tokens] == [
        None,
        None,
    ]
    assert sign_in.refresh(session, token=bobs.refresh_token, now=NOW) is not None
    assert ada.verified_at == NOW
    assert log_in(session, email=EMAIL, password=NEW, now=NOW).customer.id == ada.id


def test_a_code_is_valid_only_for_its_purpose(session: Session, ada: Customer) -> None:
    reset_code = code_for(session, ada.id, CodePurpose.RESET_PASSWORD)
    other = code_for(session, ada.id, CodePurpose.VERIFY_EMAIL)

    assert other == reset_code or not reset(session, other)
    assert reset(session, reset_code)
    assert not reset(session, reset_code)
