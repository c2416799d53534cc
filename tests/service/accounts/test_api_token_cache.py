"""API tokens are verified with few statements, and end within a second in every process."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.support.factories import RowFactory
from tests.support.rate_limits import UnlimitedRateLimiter
from tests.support.tokens import create_api_token
from webapp.accounts import admins, api_tokens, service
from webapp.accounts.api_token_cache import MAX_AGE, ApiTokenCache
from webapp.accounts.errors import (
    AccountGone,
    ApiTokenExpired,
    TokenRevoked,
    UnknownApiToken,
)
from webapp.accounts.models import ApiToken, Customer
from webapp.adapters.rate_limits.moving_window import ValkeyRateLimiter
from webapp.bootstrap import Runtime
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.kit.errors import TooManyRequests, Unauthenticated
from webapp.kit.ids import new_id
from webapp.kit.scopes import Scope

BOSS = "boss@example.com"


@dataclass
class MovedClock:
    ahead: timedelta = timedelta()

    def read_time(self) -> datetime:
        return utc_now() + self.ahead


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


def open_cache(runtime: Runtime, clock: MovedClock | None = None) -> ApiTokenCache:
    return ApiTokenCache(
        runtime.db,
        UnlimitedRateLimiter(),
        requests_per_minute=600,
        clock=(clock or MovedClock()).read_time,
    )


def read_row(database: Database) -> ApiToken:
    with database.unit_of_work() as session:
        return session.scalars(select(ApiToken)).one()


def find_problem(cache: ApiTokenCache, token: str) -> type[Exception] | None:
    try:
        cache.verify_token(token, address="192.0.2.1")
    except Unauthenticated as error:
        return type(error)
    return None


def test_a_token_is_stored_as_a_hash_only(runtime: Runtime) -> None:
    token = create_api_token(runtime, Scope.ORDERS_READ)

    row = read_row(runtime.db)

    assert len(token.removeprefix("ecom67_token_")) * 4 >= 128  # bits, in hexadecimal
    assert token not in str(vars(row))
    assert token.removeprefix("ecom67_token_") not in str(vars(row))


def test_a_grant_has_the_scopes_and_no_person(runtime: Runtime) -> None:
    token = create_api_token(runtime, Scope.ORDERS_READ, Scope.CATALOG_READ)

    grant = open_cache(runtime).verify_token(token, address=None)

    assert grant.scopes == {"orders:read", "catalog:read"}
    assert grant.token_id == read_row(runtime.db).id


def test_many_requests_cost_few_statements(
    runtime: Runtime, statements: list[str]
) -> None:
    token = create_api_token(runtime, Scope.ORDERS_READ)
    cache = open_cache(runtime)
    statements.clear()

    for _ in range(200):
        assert find_problem(cache, token) is None

    reads = [each for each in statements if each.startswith("SELECT")]
    writes = [each for each in statements if each.startswith("UPDATE")]
    assert 1 <= len(reads) <= 20  # once a second
    assert len(writes) == 1


def test_the_last_use_is_stored_once_a_minute(
    runtime: Runtime, statements: list[str], clock: MovedClock
) -> None:
    token = create_api_token(runtime, Scope.ORDERS_READ)
    caches = [open_cache(runtime, clock), open_cache(runtime, clock)]
    assert read_row(runtime.db).last_used_at is None
    statements.clear()

    def count_writes() -> int:
        return len([each for each in statements if each.startswith("UPDATE")])

    for seconds in range(0, 60, 5):
        clock.ahead = timedelta(seconds=seconds)
        for cache in caches:
            assert find_problem(cache, token) is None
    assert count_writes() == 1
    first = read_row(runtime.db).last_used_at
    clock.ahead = timedelta(seconds=90)
    assert find_problem(caches[0], token) is None

    assert count_writes() == 2
    last = read_row(runtime.db).last_used_at
    assert first is not None
    assert last is not None
    assert last - first > timedelta(seconds=80)


def test_a_revoked_token_is_refused_by_every_process_within_seconds(
    runtime: Runtime, clock: MovedClock
) -> None:
    token = create_api_token(runtime, Scope.ORDERS_READ)
    here, elsewhere = open_cache(runtime), open_cache(runtime, clock)
    assert find_problem(here, token) is find_problem(elsewhere, token) is None

    with runtime.db.unit_of_work() as session:
        row = session.scalars(select(ApiToken)).one()
        api_tokens.revoke_token(session, token_id=row.id, now=utc_now())
    here.invalidate()

    assert find_problem(here, token) is UnknownApiToken
    clock.ahead = MAX_AGE + timedelta(milliseconds=100)
    assert find_problem(elsewhere, token) is UnknownApiToken


def test_a_token_ends_when_it_expires_even_while_it_is_cached(
    runtime: Runtime, clock: MovedClock
) -> None:
    token = create_api_token(runtime, Scope.ORDERS_READ, expires="1h")
    cache = open_cache(runtime, clock)
    clock.ahead = timedelta(minutes=59, seconds=59)
    assert find_problem(cache, token) is None

    clock.ahead = timedelta(hours=1)

    assert find_problem(cache, token) is ApiTokenExpired


def test_a_token_of_another_version_keeps_only_the_scopes_that_are_known(
    runtime: Runtime,
) -> None:
    token = create_api_token(runtime, Scope.ORDERS_READ)
    with runtime.db.unit_of_work() as session:
        session.scalars(select(ApiToken)).one().scopes = ["orders:read", "moon:land"]

    grant = open_cache(runtime).verify_token(token, address=None)

    grant.require_scope(Scope.ORDERS_READ)
    assert grant.scopes & set(Scope) == {"orders:read"}


def create_boss(database: Database) -> UUID:
    with database.unit_of_work() as session:
        return RowFactory(session).customer(email=BOSS, admin=True).id


def test_the_tokens_of_an_admin_end_with_their_rights_for_good(
    runtime: Runtime, database: Database
) -> None:
    theirs = create_api_token(
        runtime, Scope.ORDERS_READ, creator_id=create_boss(database)
    )
    of_the_command_line = create_api_token(runtime, Scope.ORDERS_READ)

    with database.unit_of_work() as session:
        admins.revoke_admin(session, email=BOSS, now=utc_now())

    cache = open_cache(runtime)
    assert find_problem(cache, theirs) is UnknownApiToken
    assert find_problem(cache, of_the_command_line) is None
    with database.unit_of_work() as session:
        admins.grant_admin(
            session,
            email=BOSS,
            name="",
            password=None,
            passwords=runtime.passwords,
            now=utc_now(),
        )
    assert find_problem(open_cache(runtime), theirs) is UnknownApiToken


def test_the_tokens_of_an_admin_end_with_the_account(
    runtime: Runtime, database: Database
) -> None:
    boss_id = create_boss(database)
    token = create_api_token(runtime, Scope.ORDERS_READ, creator_id=boss_id)

    with database.unit_of_work() as session:
        boss = service.require_customer(session, customer_id=boss_id)
        service.anonymize_customer(session, customer=boss, now=utc_now())

    assert find_problem(open_cache(runtime), token) is UnknownApiToken
    with pytest.raises(AccountGone):
        create_api_token(runtime, Scope.ORDERS_READ, creator_id=boss_id)


def test_who_is_no_admin_any_more_creates_no_token(
    runtime: Runtime, database: Database
) -> None:
    """Their access token may be accepted for a second more; an API token would be for a year."""
    boss_id = create_boss(database)
    with database.unit_of_work() as session:
        admins.revoke_admin(session, email=BOSS, now=utc_now())

    with pytest.raises(TokenRevoked):
        create_api_token(runtime, Scope.ORDERS_READ, creator_id=boss_id)


def test_an_admin_of_the_user_pool_creates_tokens(
    runtime: Runtime, database: Database
) -> None:
    """The pool's groups are in the access token, which the endpoint has checked."""
    member_id = new_id()
    with database.unit_of_work() as session:
        session.add(Customer(id=member_id, name="Pool", groups=[]))

    token = create_api_token(runtime, Scope.ORDERS_READ, creator_id=member_id)

    assert find_problem(open_cache(runtime), token) is None


def test_requests_of_one_token_are_limited(runtime: Runtime) -> None:
    busy = create_api_token(runtime, Scope.ORDERS_READ)
    idle = create_api_token(runtime, Scope.ORDERS_READ)
    cache = ApiTokenCache(
        runtime.db, ValkeyRateLimiter("memory://"), requests_per_minute=3
    )
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        cache.verify_token(busy, address=address)

    with pytest.raises(TooManyRequests):
        cache.verify_token(busy, address="192.0.2.4")
    cache.verify_token(idle, address="192.0.2.1")
