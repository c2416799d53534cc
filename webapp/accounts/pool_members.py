"""Provisions accounts for the members of a user pool, which stores their identity."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.adapters.identity.port import PoolMember


def provision_member(session: Session, *, member: PoolMember, now: datetime) -> None:
    """Insert the member's row at first sight; later, update its name and address.

    An address that belongs to one of the shop's own verified accounts stays there: the member
    may be a different person, whose row then has no address. An unverified account with the
    address is deleted, as the member has verified it.
    """
    if member.email is not None:
        repository.delete_unverified_by_email(session, member.email)
    repository.insert_member(session, customer_id=member.id, name=member.name, now=now)
    if member.email is not None:
        with suppress(IntegrityError), session.begin_nested():
            repository.update_profile(
                session, customer_id=member.id, email=member.email, name=member.name
            )
