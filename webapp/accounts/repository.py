from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    Select,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, joinedload

from webapp.accounts.models import (
    ApiToken,
    Customer,
    KnownDevice,
    PasswordResetLink,
    RecoveryCode,
    RefreshToken,
    SecondFactor,
    VerificationCode,
)


def find_by_email(session: Session, email: str) -> Customer | None:
    """The verified account with the address, else the latest that registered it."""
    return session.scalars(_select_by_email(email).limit(1)).one_or_none()


def lock_by_email(session: Session, email: str) -> Customer | None:
    """As `find_by_email`, with the row locked."""
    return session.scalars(_lock_row(_select_by_email(email).limit(1))).one_or_none()


def lock_customer(session: Session, customer_id: UUID) -> Customer | None:
    return session.scalars(
        _lock_row(select(Customer).where(Customer.id == customer_id))
    ).one_or_none()


def lock_all_by_email(session: Session, email: str) -> Sequence[Customer]:
    """Lock the verified account and all that registered the address, always in one order."""
    return session.scalars(
        _lock_row(select(Customer).where(Customer.email == email).order_by(Customer.id))
    ).all()


def list_unverified_by_email(session: Session, email: str) -> Sequence[Customer]:
    """Empty when an account with the address is verified."""
    customers = session.scalars(_select_by_email(email)).all()
    is_taken = any(customer.verified_at for customer in customers)
    return [] if is_taken else customers


def _select_by_email(email: str) -> Select[Customer]:
    return (
        select(Customer)
        .where(Customer.email == email)
        .order_by(
            Customer.verified_at.is_(None), Customer.created_at.desc(), Customer.id
        )
    )


def _lock_row(statement: Select[Customer]) -> Select[Customer]:
    """Lock the customer's row FOR NO KEY UPDATE: rows that refer to it can still be inserted."""
    return statement.with_for_update(of=Customer, key_share=True).execution_options(
        populate_existing=True
    )


def lock_exclusively(session: Session, customer_id: UUID) -> Customer | None:
    """Lock the row FOR UPDATE, which excludes inserting rows that refer to the customer."""
    return session.scalars(
        select(Customer)
        .where(Customer.id == customer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def find_customer(session: Session, customer_id: UUID) -> Customer | None:
    return session.get(Customer, customer_id)


def list_customers_in_group(session: Session, group: str) -> Sequence[Customer]:
    return session.scalars(
        select(Customer)
        .where(Customer.groups.contains([group]))
        .order_by(Customer.email)
    ).all()


def insert_customer(
    session: Session,
    *,
    email: str,
    name: str,
    password_hash: str,
    groups: list[str],
    verified_at: datetime,
) -> UUID | None:
    """The new row's id; `None` when the address is taken (ON CONFLICT DO NOTHING)."""
    return session.scalar(
        upsert(Customer)
        .values(
            email=email,
            name=name,
            password_hash=password_hash,
            groups=groups,
            verified_at=verified_at,
        )
        .on_conflict_do_nothing(
            index_elements=[Customer.email],
            index_where=Customer.verified_at.is_not(None),
        )
        .returning(Customer.id)
    )


def insert_registration(
    session: Session,
    *,
    customer_id: UUID,
    email: str,
    name: str,
    password_hash: str,
    secret_hash: str,
) -> None:
    """Insert an unverified account, unless the address is verified for another. It is one
    statement in both cases, so that its time does not reveal which."""
    values = {
        Customer.id: customer_id,
        Customer.email: email,
        Customer.name: name,
        Customer.password_hash: password_hash,
        Customer.registration_secret_hash: secret_hash,
        Customer.groups: [],
    }
    is_taken = exists().where(
        Customer.email == email, Customer.verified_at.is_not(None)
    )
    session.execute(
        insert(Customer).from_select(
            [column.key for column in values],
            select(
                *(literal(value, column.type) for column, value in values.items())
            ).where(~is_taken),
            include_defaults=False,
        )
    )


def insert_member(
    session: Session, *, customer_id: UUID, name: str, now: datetime
) -> None:
    """Insert a customer without a password, which the user pool stores; does nothing if the row
    exists."""
    session.execute(
        upsert(Customer)
        .values(id=customer_id, name=name, verified_at=now)
        .on_conflict_do_nothing(index_elements=[Customer.id])
    )


def delete_unverified_by_email(session: Session, email: str) -> None:
    """Delete the account, unless its address is verified. It never had a sign-in, so nothing
    else is lost."""
    session.execute(
        delete(Customer)
        .where(Customer.email == email, Customer.verified_at.is_(None))
        .execution_options(synchronize_session=False)
    )


def delete_unverified(session: Session, *, older_than: timedelta) -> int:
    deleted = session.execute(
        delete(Customer)
        .where(
            Customer.verified_at.is_(None),
            Customer.deleted_at.is_(None),
            Customer.created_at < func.now() - older_than,
        )
        .returning(Customer.id)
        .execution_options(synchronize_session=False)
    )
    return len(deleted.all())


def update_profile(
    session: Session, *, customer_id: UUID, email: str, name: str
) -> None:
    session.execute(
        update(Customer)
        .where(
            Customer.id == customer_id,
            Customer.password_hash.is_(None),
            Customer.deleted_at.is_(None),
        )
        .values(email=email, name=name)
    )


def list_revoked_since(
    session: Session, since: datetime
) -> Sequence[tuple[UUID, datetime | None, int]]:
    """Id, time of deletion and token version of each customer who was deleted, or whose access
    tokens were revoked, since."""
    return session.execute(
        select(Customer.id, Customer.deleted_at, Customer.token_version).where(
            or_(Customer.deleted_at >= since, Customer.tokens_revoked_at >= since)
        )
    ).all()


def upsert_code(
    session: Session,
    *,
    customer_id: UUID,
    purpose: str,
    code_hash: str,
    expires_at: datetime,
) -> None:
    values = {"code_hash": code_hash, "expires_at": expires_at, "attempts": 0}
    session.execute(
        upsert(VerificationCode)
        .values(customer_id=customer_id, purpose=purpose, **values)
        .on_conflict_do_update(
            index_elements=[VerificationCode.customer_id, VerificationCode.purpose],
            set_=values,
        )
    )


def increment_attempts(
    session: Session, *, customer_id: UUID, purpose: str
) -> VerificationCode | None:
    """The customer's code, with this attempt already counted on it."""
    return session.scalars(
        update(VerificationCode)
        .where(
            VerificationCode.customer_id == customer_id,
            VerificationCode.purpose == purpose,
        )
        .values(attempts=VerificationCode.attempts + 1)
        .returning(VerificationCode)
    ).one_or_none()


def delete_code(session: Session, *, customer_id: UUID, purpose: str) -> None:
    session.execute(
        delete(VerificationCode).where(
            VerificationCode.customer_id == customer_id,
            VerificationCode.purpose == purpose,
        )
    )


def list_unverified_codes(
    session: Session, *, email: str, purpose: str
) -> Sequence[tuple[Customer, VerificationCode]]:
    """The registrations of an address and their codes, in one statement: its time does not
    reveal whether there are any."""
    return session.execute(
        select(Customer, VerificationCode)
        .join(VerificationCode)
        .where(
            Customer.email == email,
            Customer.verified_at.is_(None),
            VerificationCode.purpose == purpose,
        )
    ).all()


def insert_reset_link(
    session: Session, *, customer_id: UUID, token_hash: str, expires_at: datetime
) -> None:
    session.add(
        PasswordResetLink(
            customer_id=customer_id, token_hash=token_hash, expires_at=expires_at
        )
    )


def find_customer_of_link(
    session: Session, *, token_hash: str, now: datetime
) -> Customer | None:
    return session.scalars(
        select(Customer)
        .join(PasswordResetLink)
        .where(
            PasswordResetLink.token_hash == token_hash,
            PasswordResetLink.expires_at > now,
        )
    ).one_or_none()


def delete_reset_links(session: Session, customer_id: UUID) -> None:
    session.execute(
        delete(PasswordResetLink).where(PasswordResetLink.customer_id == customer_id)
    )


def find_device(
    session: Session, *, email: str, token_hash: str, now: datetime
) -> UUID | None:
    """Id of the device, if it is one of this account."""
    return session.scalar(
        select(KnownDevice.id)
        .join(Customer, Customer.id == KnownDevice.customer_id)
        .where(
            KnownDevice.token_hash == token_hash,
            KnownDevice.expires_at > now,
            Customer.email == email,
        )
    )


def insert_device(
    session: Session,
    *,
    customer_id: UUID,
    token_hash: str,
    expires_at: datetime,
    max_devices: int,
) -> None:
    """Insert a device; of more than `max_devices`, those that expire first are forgotten."""
    session.add(
        KnownDevice(
            customer_id=customer_id, token_hash=token_hash, expires_at=expires_at
        )
    )
    session.flush()
    kept = (
        select(KnownDevice.id)
        .where(KnownDevice.customer_id == customer_id)
        .order_by(KnownDevice.expires_at.desc(), KnownDevice.id.desc())
        .limit(max_devices)
    )
    session.execute(
        delete(KnownDevice)
        .where(KnownDevice.customer_id == customer_id, KnownDevice.id.not_in(kept))
        .execution_options(synchronize_session=False)
    )


def renew_device(session: Session, *, token_hash: str, expires_at: datetime) -> None:
    session.execute(
        update(KnownDevice)
        .where(KnownDevice.token_hash == token_hash)
        .values(expires_at=expires_at)
    )


def delete_devices(session: Session, customer_id: UUID) -> None:
    session.execute(delete(KnownDevice).where(KnownDevice.customer_id == customer_id))


def delete_expired_devices_and_links(session: Session) -> None:
    for table in (KnownDevice, PasswordResetLink):
        session.execute(
            delete(table)
            .where(table.expires_at < func.now())
            .execution_options(synchronize_session=False)
        )


def insert_refresh_token(
    session: Session,
    *,
    customer_id: UUID,
    family_id: UUID,
    token_hash: str,
    expires_at: datetime,
) -> None:
    session.add(
        RefreshToken(
            customer_id=customer_id,
            family_id=family_id,
            token_hash=token_hash,
            expires_at=expires_at,
        )
    )


def lock_token_owner(session: Session, token_hash: str) -> Customer | None:
    return session.scalars(
        _lock_row(
            select(Customer)
            .join(RefreshToken)
            .where(RefreshToken.token_hash == token_hash)
        )
    ).one_or_none()


def find_refresh_token(session: Session, token_hash: str) -> RefreshToken | None:
    return session.scalars(
        select(RefreshToken)
        .where(RefreshToken.token_hash == token_hash)
        .execution_options(populate_existing=True)
    ).one_or_none()


def revoke_token_family(session: Session, family_id: UUID) -> None:
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.family_id == family_id, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )


def revoke_all_tokens(session: Session, customer_id: UUID) -> None:
    session.execute(
        update(RefreshToken)
        .where(
            RefreshToken.customer_id == customer_id, RefreshToken.revoked_at.is_(None)
        )
        .values(revoked_at=func.now())
    )


def delete_codes_and_tokens(session: Session, customer_id: UUID) -> None:
    delete_second_factor(session, customer_id)
    for table in (VerificationCode, RefreshToken, KnownDevice, PasswordResetLink):
        session.execute(delete(table).where(table.customer_id == customer_id))


def delete_expired_codes(session: Session) -> int:
    deleted = session.execute(
        delete(VerificationCode)
        .where(VerificationCode.expires_at < func.now())
        .returning(VerificationCode.id)
        .execution_options(synchronize_session=False)
    )
    return len(deleted.all())


def delete_expired_tokens(session: Session) -> int:
    deleted = session.execute(
        delete(RefreshToken)
        .where(RefreshToken.expires_at < func.now())
        .returning(RefreshToken.id)
    )
    return len(deleted.all())


def insert_api_token(
    session: Session,
    *,
    name: str,
    token_hash: str,
    scopes: list[str],
    expires_at: datetime,
    creator_id: UUID | None,
) -> ApiToken:
    row = ApiToken(
        name=name,
        token_hash=token_hash,
        scopes=scopes,
        expires_at=expires_at,
        creator_id=creator_id,
    )
    session.add(row)
    session.flush()
    session.refresh(row, ["created_at", "creator"])
    return row


def find_api_token(session: Session, token_id: UUID) -> ApiToken | None:
    return session.get(ApiToken, token_id)


def find_api_token_by_hash(session: Session, token_hash: str) -> ApiToken | None:
    return session.scalars(
        select(ApiToken).where(ApiToken.token_hash == token_hash)
    ).one_or_none()


def list_api_tokens(
    session: Session, *, after: UUID | None, limit: int
) -> Sequence[ApiToken]:
    """Newest first, each with its creator."""
    statement = (
        select(ApiToken)
        .options(joinedload(ApiToken.creator))
        .order_by(ApiToken.id.desc())
    )
    if after is not None:
        statement = statement.where(ApiToken.id < after)
    return session.scalars(statement.limit(limit)).all()


def list_active_api_tokens(
    session: Session, *, name: str, now: datetime
) -> Sequence[ApiToken]:
    return session.scalars(
        select(ApiToken)
        .where(
            ApiToken.name == name,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now,
        )
        .order_by(ApiToken.id)
    ).all()


def revoke_api_tokens(session: Session, *, creator_id: UUID, now: datetime) -> None:
    session.execute(
        update(ApiToken)
        .where(ApiToken.creator_id == creator_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def find_second_factor(session: Session, customer_id: UUID) -> SecondFactor | None:
    """As stored now: another transaction may have accepted a code before the lock was free."""
    return session.scalars(
        select(SecondFactor)
        .where(SecondFactor.customer_id == customer_id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def list_ids_with_second_factor(session: Session) -> Sequence[UUID]:
    return session.scalars(
        select(SecondFactor.customer_id).where(SecondFactor.confirmed_at.is_not(None))
    ).all()


def upsert_second_factor(
    session: Session, *, customer_id: UUID, encrypted_secret: str
) -> None:
    values = {"encrypted_secret": encrypted_secret, "last_step": None}
    session.execute(
        upsert(SecondFactor)
        .values(customer_id=customer_id, **values)
        .on_conflict_do_update(
            index_elements=[SecondFactor.customer_id],
            set_=values,
            where=SecondFactor.confirmed_at.is_(None),
        )
    )


def delete_second_factor(session: Session, customer_id: UUID) -> None:
    for table in (SecondFactor, RecoveryCode):
        session.execute(delete(table).where(table.customer_id == customer_id))


def count_recovery_codes(session: Session, customer_id: UUID) -> int:
    return session.scalars(
        select(func.count()).where(RecoveryCode.customer_id == customer_id)
    ).one()


def replace_recovery_codes(
    session: Session, *, customer_id: UUID, code_hashes: Sequence[str]
) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.customer_id == customer_id))
    session.add_all(
        RecoveryCode(customer_id=customer_id, code_hash=code_hash)
        for code_hash in code_hashes
    )


def delete_recovery_code(
    session: Session, *, customer_id: UUID, code_hash: str
) -> bool:
    """Whether there was such a code."""
    deleted = session.execute(
        delete(RecoveryCode)
        .where(
            RecoveryCode.customer_id == customer_id,
            RecoveryCode.code_hash == code_hash,
        )
        .returning(RecoveryCode.id)
    )
    return deleted.first() is not None
