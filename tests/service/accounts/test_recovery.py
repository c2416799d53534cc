from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from tests.support.passwords import CHEAP_HASHER, log_in
from webapp.accounts import devices, recovery, sign_in
from webapp.accounts.errors import WrongResetToken
from webapp.accounts.models import Customer

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EMAIL, OLD, NEW = "ada@example.com", "Good-Pass1", "Better-Pass2"


@pytest.fixture
def ada(make: RowFactory) -> Customer:
    customer = make.customer(email=EMAIL)
    customer.password_hash = CHEAP_HASHER.hash(OLD)
    return customer


def link_for(session: Session, customer_id: UUID) -> str:
    return recovery.issue_reset_token(session, customer_id=customer_id, now=NOW)


def reset(session: Session, token: str, *, now: datetime = NOW) -> Customer:
    return recovery.reset_password(
        session, token=token, password_hash=CHEAP_HASHER.hash(NEW), now=now
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

    reset(session, link_for(session, ada.id))

    assert [sign_in.refresh(session, token=token, now=NOW) for token in tokens] == [
        None,
        None,
    ]
    assert sign_in.refresh(session, token=bobs.refresh_token, now=NOW) is not None
    assert ada.verified_at == NOW
    assert log_in(session, email=EMAIL, password=NEW, now=NOW).customer.id == ada.id


def test_a_link_works_once_and_within_an_hour(session: Session, ada: Customer) -> None:
    token = link_for(session, ada.id)
    end = NOW + recovery.LINK_LIFETIME

    with pytest.raises(WrongResetToken):
        reset(session, token, now=end)
    reset(session, token, now=end - timedelta(microseconds=1))
    with pytest.raises(WrongResetToken):
        reset(session, token)


def test_a_newer_link_leaves_the_older_and_using_one_ends_both(
    session: Session, ada: Customer
) -> None:
    older, newer = link_for(session, ada.id), link_for(session, ada.id)

    reset(session, older)

    with pytest.raises(WrongResetToken):
        reset(session, newer)


def test_a_new_password_forgets_devices_and_revokes_access_tokens(
    session: Session, ada: Customer
) -> None:
    device = devices.remember_device(
        session, customer_id=ada.id, known_token=None, now=NOW
    )
    assert devices.find_device(session, email=EMAIL, tokens=[device], now=NOW)

    reset(session, link_for(session, ada.id))

    assert devices.find_device(session, email=EMAIL, tokens=[device], now=NOW) is None
    assert (ada.token_version, ada.tokens_revoked_at) == (1, NOW)


def test_an_account_has_a_bounded_number_of_devices_that_expire(
    session: Session, ada: Customer
) -> None:
    tokens = [
        devices.remember_device(
            session,
            customer_id=ada.id,
            known_token=None,
            now=NOW + number * timedelta(seconds=1),
        )
        for number in range(devices.MAX_DEVICES + 1)
    ]

    def is_known(token: str, now: datetime = NOW) -> bool:
        found = devices.find_device(session, email=EMAIL, tokens=[token], now=now)
        return found is not None

    assert [is_known(token) for token in tokens] == [False] + [
        True
    ] * devices.MAX_DEVICES
    assert not is_known(tokens[-1], NOW + devices.LIFETIME + timedelta(minutes=1))
    assert (
        devices.find_device(
            session, email="eve@example.com", tokens=tokens[-1:], now=NOW
        )
        is None
    )
