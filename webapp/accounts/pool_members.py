"""Accounts of a user pool's members: the pool keeps who they are, we keep a row."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.adapters.identity.port import PoolMember


def provision_member(session: Session, *, member: PoolMember, now: datetime) -> None:
    """The row is made at first sight and follows what the pool says later on.

    An address that is an account's of our own stays that account's: whoever has it in the
    pool need not be the same person, and is known here without an address. An account that
    never proved the address, as the member has, is in nobody's way.
    """
    if member.email is not None:
        repository.delete_unverified_by_email(session, member.email)
    repository.insert_member(session, customer_id=member.id, name=member.name, now=now)
    if member.email is not None:
        with suppress(IntegrityError), session.begin_nested():
            repository.update_profile(
                session, customer_id=member.id, email=member.email, name=member.name
            )
