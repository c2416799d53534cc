"""`ecom67 admin …`: who may do what an admin does."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from email_validator import EmailNotValidError, validate_email
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from webapp.accounts import admins
from webapp.config import Settings
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.kit.hashing import BoundedPasswordHasher


@click.group()
def admin() -> None:
    """Accounts of the admin group."""


def _address(_: click.Context, __: click.Parameter, value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError as problem:
        raise click.BadParameter(str(problem)) from problem


email_argument = click.argument("email", callback=_address)


@admin.command()
@email_argument
@click.option("--name", default="Admin", show_default=True)
@click.option(
    "--ask-password",
    is_flag=True,
    help="Type a password, or pipe one in; without: a random one, printed once.",
)
def create(email: str, name: str, ask_password: bool) -> None:
    """Make an admin of EMAIL. An account that exists keeps its name and password, unless
    nobody has ever proved its address: then it is made anew."""
    password = _asked_password() if ask_password else None
    console = Console()
    with _transaction() as session:
        appointed = admins.grant_admin(
            session,
            email=email,
            name=name,
            password=password,
            passwords=BoundedPasswordHasher(),
            now=utc_now(),
        )
    if appointed.password is None:
        console.print(f"{email} had an account, and is an admin from the next sign-in.")
        return
    console.print(f"{email} is an admin.")
    if password is None:
        # A terminal that is narrow, or marks up what it prints, must not change it.
        click.echo(f"Password: {appointed.password}")


def _asked_password() -> str:
    """Never an argument: the shell remembers those, and every user of the machine can read
    them."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


@admin.command()
@email_argument
def revoke(email: str) -> None:
    """Take the admin group from EMAIL; what it can do ends within the hour."""
    with _transaction() as session:
        admins.revoke_admin(session, email=email)
    Console().print(f"{email} is no admin any more.")


@admin.command("list")
def show() -> None:
    """Every admin, with the day the account was opened."""
    with _transaction() as session:
        found = admins.list_admins(session)
    table = Table("E-mail", "Name", "Since", "Verified")
    for customer in found:
        table.add_row(
            customer.email,
            customer.name,
            f"{customer.created_at:%Y-%m-%d}",
            "yes" if customer.verified_at else "no",
        )
    Console().print(table)


@contextmanager
def _transaction() -> Iterator[Session]:
    db = Database.from_url(Settings.load().require_database_url(), pool_size=1)
    try:
        with db.unit_of_work() as session:
            yield session
    finally:
        db.close()
