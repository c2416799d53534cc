"""`ecom67 tokens …`: API tokens, with which programs call the admin API."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click
from sqlalchemy.orm import Session

from webapp.accounts import api_tokens
from webapp.accounts.models import ApiToken
from webapp.config import Settings
from webapp.db.session import Database
from webapp.kit.clock import format_iso, utc_now
from webapp.kit.scopes import Scope

SCOPES_HELP = f"What it may do, separated by commas: {', '.join(Scope)}."


@click.group()
def tokens() -> None:
    """API tokens of programs: create, list, revoke."""


@tokens.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help=SCOPES_HELP)
@click.option(
    "--expires",
    required=True,
    help="A duration (12h, 90d, 4w) or a date (2027-03-31, in UTC); a year at most.",
)
def create(name: str, scopes: tuple[str, ...], expires: str) -> None:
    """Create a token for the program NAME and print it, once.

    The token alone goes to stdout, so that it can be piped into a store of secrets.
    """
    with _open_transaction() as session:
        created = api_tokens.create_token(
            session,
            name=name,
            scopes=[part for each in scopes for part in each.split(",")],
            expires=expires,
            creator_id=None,
            now=utc_now(),
        )
    row = created.row
    click.echo(
        f"Token {row.id} {row.name!r}: {', '.join(row.scopes)}; "
        f"expires {format_iso(row.expires_at)}. It is shown only now:",
        err=True,
    )
    click.echo(created.token)


@tokens.command("list")
@click.option("--all", "with_ended", is_flag=True, help="Expired and revoked ones too.")
def list_tokens(*, with_ended: bool) -> None:
    """List tokens, newest first: scopes, creator, expiry, last use."""
    now = utc_now()
    with _open_transaction() as session:
        rows = [
            row
            for row in api_tokens.iter_tokens(session)
            if with_ended or not api_tokens.has_ended(row, now=now)
        ]
    for row in rows:
        click.echo(_describe_token(row, now=now))
    if not rows:
        click.echo("There are no tokens.")


def _describe_token(row: ApiToken, *, now: datetime) -> str:
    """A few lines, as a table would break the id, which is to be copied."""
    state = "active"
    if api_tokens.has_ended(row, now=now):
        state = "revoked" if row.revoked_at is not None else "expired"
    used = "never" if row.last_used_at is None else format_iso(row.last_used_at)
    return (
        f"{row.id}  {state}  {row.name}\n"
        f"    {', '.join(row.scopes)}\n"
        f"    created {format_iso(row.created_at)} by {_describe_creator(row)}, "
        f"expires {format_iso(row.expires_at)}, last used {used}"
    )


def _describe_creator(row: ApiToken) -> str:
    if row.creator is None:
        return "the command line"
    return row.creator.email or "a deleted account"


@tokens.command()
@click.argument("token")
def revoke(token: str) -> None:
    """Revoke TOKEN, by name or id; every web process refuses it within seconds."""
    with _open_transaction() as session:
        row = api_tokens.revoke_token_by_name(session, name=token, now=utc_now())
    click.echo(f"Token {row.id} {row.name!r} is revoked.")


@contextmanager
def _open_transaction() -> Iterator[Session]:
    db = Database.from_url(Settings.load().require_database_url(), pool_size=1)
    try:
        with db.unit_of_work() as session:
            yield session
    finally:
        db.close()
