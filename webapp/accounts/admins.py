"""Membership of the admin group: grant, revoke and list."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts import repository, service
from webapp.accounts.api_tokens import revoke_tokens_of
from webapp.accounts.errors import AccountNotFound
from webapp.accounts.models import Customer
from webapp.accounts.passwords import generate_password
from webapp.accounts.service import normalize_email
from webapp.accounts.sign_in import revoke_access_tokens
from webapp.kit.hashing import BoundedPasswordHasher
from webapp.kit.roles import ADMIN


def grant_admin(
    session: Session,
    *,
    email: str,
    name: str,
    password: str | None,
    passwords: BoundedPasswordHasher,
    now: datetime,
) -> str | None:
    """Add the account with this address to the admin group, creating it if there is none.

    Returns the password of a newly created account, `None` for one that existed already.
    An existing account keeps its name and password. An unverified one is deleted and created
    again: the person who opened it, and knows its password, may not be the one whom the
    operator means.
    """
    repository.delete_unverified_by_email(session, normalize_email(email))
    customer = repository.lock_by_email(session, normalize_email(email))
    if customer is not None:
        customer.groups = sorted({*customer.groups, ADMIN})
        return None
    password = password or generate_password()
    service.create_verified_customer(
        session,
        email=email,
        password=password,
        name=name,
        groups=[ADMIN],
        passwords=passwords,
        now=now,
    )
    return password


def revoke_admin(session: Session, *, email: str, now: datetime) -> Customer:
    """Remove the account from the admin group, and revoke the access tokens that name it and the
    API tokens that it created.

    Raises `AccountNotFound`.
    """
    customer = repository.lock_by_email(session, normalize_email(email))
    if customer is None:
        raise AccountNotFound(email)
    customer.groups = [group for group in customer.groups if group != ADMIN]
    revoke_access_tokens(customer, now=now)
    revoke_tokens_of(session, creator_id=customer.id, now=now)
    return customer


def list_admins(session: Session) -> Sequence[Customer]:
    return repository.list_customers_in_group(session, ADMIN)
