"""API tokens, with which programs call the admin API in place of a person.

A token is shown once and stored as a hash. It ends when it expires, when it is revoked, and with
its creator's account or membership of the admin group: whoever lost their rights may still know
the tokens that they created. One that was created at the command line has no creator.
"""

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.errors import (
    AccountGone,
    AmbiguousTokenName,
    ApiTokenNotFound,
    BadExpiry,
    BadTokenName,
    TokenRevoked,
    UnknownScopes,
)
from webapp.accounts.models import ApiToken
from webapp.kit import paging
from webapp.kit.hashing import hash_token
from webapp.kit.paging import Page
from webapp.kit.roles import ADMIN
from webapp.kit.scopes import API_TOKEN_PREFIX, Scope
from webapp.kit.text import clean_label, is_storable_text

SECRET_BYTES = 20
MAX_NAME_LENGTH = 100
MAX_LIFETIME = timedelta(days=366)
USE_RECORDED_EVERY = timedelta(minutes=1)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DURATION = re.compile(r"([0-9]{1,6})([hdw])")


def parse_expiry(text: str, *, now: datetime) -> datetime:
    """Return when a token expires: after a duration (`12h`, `90d`, `4w`), at the beginning of a
    date in UTC, or at a time with its zone. Raises `BadExpiry`."""
    expires_at = _parse_time(text.strip(), now=now)
    if expires_at is None:
        raise BadExpiry(text, "is neither a duration nor a date")
    if expires_at <= now:
        raise BadExpiry(text, "is not in the future")
    if expires_at - now > MAX_LIFETIME:
        raise BadExpiry(text, f"is more than {MAX_LIFETIME.days} days away")
    return expires_at


def _parse_time(text: str, *, now: datetime) -> datetime | None:
    duration = _DURATION.fullmatch(text)
    if duration is not None:
        # Never so long that its sum with a date is beyond the calendar.
        length = int(duration[1]) * _UNITS[duration[2]]
        return now + min(length, 2 * MAX_LIFETIME)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    if time.tzinfo is not None:
        return time
    is_date = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None
    return time.replace(tzinfo=UTC) if is_date else None


def parse_scopes(names: Iterable[str]) -> list[str]:
    """Return the scopes of these names, in order. Raises `UnknownScopes`."""
    given = {name.strip() for name in names}
    unknown = sorted(given - set(Scope))
    if unknown or not given:
        raise UnknownScopes(unknown, known=list(Scope))
    return sorted(given)


@dataclass(frozen=True)
class CreatedToken:
    row: ApiToken
    token: str
    """Shown once and stored as a hash."""


def create_token(
    session: Session,
    *,
    name: str,
    scopes: Iterable[str],
    expires: str,
    creator_id: UUID | None,
    now: datetime,
) -> CreatedToken:
    """Create a token, by an admin or at the command line (`None`).

    Raises `BadTokenName`, `UnknownScopes` and `BadExpiry`, and `TokenRevoked` when the creator is
    no admin any more.
    """
    if creator_id is not None:
        _require_admin(session, creator_id)
    token = f"{API_TOKEN_PREFIX}{secrets.token_hex(SECRET_BYTES)}"
    row = repository.insert_api_token(
        session,
        name=_check_name(name),
        token_hash=hash_token(token),
        scopes=parse_scopes(scopes),
        expires_at=parse_expiry(expires, now=now),
        creator_id=creator_id,
    )
    return CreatedToken(row, token)


def _require_admin(session: Session, customer_id: UUID) -> None:
    """Lock the creator's row, so that the token does not outlast rights that end just now. The
    groups of a user pool's member are in the access token only."""
    creator = repository.lock_customer(session, customer_id)
    if creator is None or creator.deleted_at is not None:
        raise AccountGone
    if creator.password_hash is not None and ADMIN not in creator.groups:
        raise TokenRevoked


def _check_name(name: str) -> str:
    try:
        cleaned = clean_label(name)
    except ValueError as error:
        raise BadTokenName(str(error)) from error
    if not (0 < len(cleaned) <= MAX_NAME_LENGTH and is_storable_text(cleaned)):
        raise BadTokenName(f"must have 1 to {MAX_NAME_LENGTH} characters of Unicode")
    return cleaned


def list_tokens(
    session: Session, *, limit: int, last_key: str | None = None
) -> Page[ApiToken]:
    """Newest first, with their creators; those that have ended too."""
    rows = repository.list_api_tokens(
        session, after=paging.decode_id(last_key) if last_key else None, limit=limit + 1
    )
    return paging.cut_page(rows, limit=limit, key=lambda row: [str(row.id)])


def iter_tokens(session: Session) -> Iterator[ApiToken]:
    """As `list_tokens`, all of them."""
    page = list_tokens(session, limit=paging.MAX_LIMIT)
    yield from page.items
    while page.last_key is not None:
        page = list_tokens(session, limit=paging.MAX_LIMIT, last_key=page.last_key)
        yield from page.items


def has_ended(row: ApiToken, *, now: datetime) -> bool:
    return row.revoked_at is not None or row.expires_at <= now


def revoke_token(session: Session, *, token_id: UUID, now: datetime) -> ApiToken:
    """A revoked token stays so. Raises `ApiTokenNotFound`."""
    row = repository.find_api_token(session, token_id)
    if row is None:
        raise ApiTokenNotFound(str(token_id))
    row.revoked_at = row.revoked_at or now
    return row


def revoke_token_by_name(session: Session, *, name: str, now: datetime) -> ApiToken:
    """Revoke the only token of this name that has not ended, or the one with this id.

    Raises `ApiTokenNotFound` and `AmbiguousTokenName`.
    """
    rows = repository.list_active_api_tokens(session, name=name.strip(), now=now)
    if len(rows) > 1:
        raise AmbiguousTokenName(name, [row.id for row in rows])
    if rows:
        return revoke_token(session, token_id=rows[0].id, now=now)
    try:
        token_id = UUID(name)
    except ValueError as error:
        raise ApiTokenNotFound(name) from error
    return revoke_token(session, token_id=token_id, now=now)


def revoke_tokens_of(session: Session, *, creator_id: UUID, now: datetime) -> None:
    repository.revoke_api_tokens(session, creator_id=creator_id, now=now)


def find_token(session: Session, *, token_hash: str) -> ApiToken | None:
    """The token with this hash; `None` for one that was revoked."""
    row = repository.find_api_token_by_hash(session, token_hash)
    return None if row is None or row.revoked_at is not None else row


def record_use(token: ApiToken, *, now: datetime) -> None:
    """Store when it was last used, to the minute: not with every request."""
    last = token.last_used_at
    if last is None or now - last >= USE_RECORDED_EVERY:
        token.last_used_at = now
