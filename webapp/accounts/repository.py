from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer, RefreshToken, VerificationCode
from webapp.kit.ids import new_id


def find_by_email(session: Session, email: str) -> Customer | None:
    return session.scalars(
        select(Customer).where(Customer.email == email)
    ).one_or_none()


def find(session: Session, customer_id: UUID) -> Customer | None:
    return session.get(Customer, customer_id)


def add_customer(
    session: Session, *, email: str, name: str, password_hash: str, groups: list[str]
) -> UUID | None:
    """The new row's id; `None` when the address is taken, decided by the database."""
    return session.scalar(
        insert(Customer)
        .values(
            id=new_id(),
            email=email,
            name=name,
            password_hash=password_hash,
            groups=groups,
        )
        .on_conflict_do_nothing(index_elements=[Customer.email])
        .returning(Customer.id)
    )


def put_code(
    session: Session, *, customer_id: UUID, code_hash: str, expires_at: datetime
) -> None:
    values = {"code_hash": code_hash, "expires_at": expires_at, "attempts": 0}
    session.execute(
        insert(VerificationCode)
        .values(id=new_id(), customer_id=customer_id, **values)
        .on_conflict_do_update(
            index_elements=[VerificationCode.customer_id], set_=values
        )
    )


def count_attempt(session: Session, customer_id: UUID) -> VerificationCode | None:
    """The customer's code, with this attempt already counted on it."""
    return session.scalars(
        update(VerificationCode)
        .where(VerificationCode.customer_id == customer_id)
        .values(attempts=VerificationCode.attempts + 1)
        .returning(VerificationCode)
    ).one_or_none()


def drop_code(session: Session, customer_id: UUID) -> None:
    session.execute(
        delete(VerificationCode).where(VerificationCode.customer_id == customer_id)
    )


def add_refresh_token(
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


def lock_refresh_token(session: Session, token_hash: str) -> RefreshToken | None:
    return session.scalars(
        select(RefreshToken)
        .where(RefreshToken.token_hash == token_hash)
        .with_for_update()
    ).one_or_none()


def revoke_family(session: Session, family_id: UUID) -> None:
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.family_id == family_id, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )


def forget_expired_tokens(session: Session) -> int:
    gone = session.execute(
        delete(RefreshToken)
        .where(RefreshToken.expires_at < func.now())
        .returning(RefreshToken.id)
    )
    return len(gone.all())
