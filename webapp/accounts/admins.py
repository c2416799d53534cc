"""Who belongs to the admin group."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts import repository, service
from webapp.accounts.errors import AccountNotFound
from webapp.accounts.models import Customer
from webapp.accounts.passwords import generate_password
from webapp.accounts.service import normalize_email
from webapp.kit.hashing import BoundedPasswordHasher
from webapp.kit.roles import ADMIN


@dataclass(frozen=True)
class Appointed:
    customer: Customer
    password: str | None
    """Of an account that was made just now; `None` where there was one already."""


def grant_admin(
    session: Session,
    *,
    email: str,
    name: str,
    password: str | None,
    passwords: BoundedPasswordHasher,
    now: datetime,
) -> Appointed:
    """Give the account of this address the admin group; where there is none, make one.

    An account that exists keeps its name and password. One that never proved its address
    does not count: whoever opened it, and knows its password, need not be whom the operator
    means.
    """
    repository.delete_unverified_by_email(session, normalize_email(email))
    customer = repository.lock_by_email(session, normalize_email(email))
    if customer is not None:
        customer.groups = sorted({*customer.groups, ADMIN})
        return Appointed(customer, None)
    password = password or generate_password()
    made = service.create_verified_customer(
        session,
        email=email,
        password=password,
        name=name,
        groups=[ADMIN],
        passwords=passwords,
        now=now,
    )
    return Appointed(made, password)


def revoke_admin(session: Session, *, email: str) -> Customer:
    """Take the admin group from the account. Tokens handed out before keep it for an hour
    at most. Raises `AccountNotFound`."""
    customer = repository.lock_by_email(session, normalize_email(email))
    if customer is None:
        raise AccountNotFound(email)
    customer.groups = [group for group in customer.groups if group != ADMIN]
    return customer


def list_admins(session: Session) -> Sequence[Customer]:
    return repository.list_customers_in_group(session, ADMIN)
