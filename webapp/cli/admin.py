"""`ecom67 admin …`: members of the admin group."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from email_validator import EmailNotValidError, validate_email
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from webapp.accounts import admins, second_factors
from webapp.accounts.schemas import PersonName
from webapp.adapters.mail.build import build_mail_sender
from webapp.adapters.mail.port import AddressUnsupported
from webapp.config import Settings
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.kit.hashing import BoundedPasswordHasher

NAME_ADAPTER: TypeAdapter[str] = TypeAdapter(PersonName)


@click.group()
def admin() -> None:
    """Accounts of the admin group."""


def _validate_email(_: click.Context, __: click.Parameter, value: str) -> str:
    try:
        return validate_email(value.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise click.BadParameter(str(error)) from error


def _validate_name(_: click.Context, __: click.Parameter, value: str) -> str:
    try:
        return NAME_ADAPTER.validate_python(value)
    except ValidationError as error:
        [problem] = error.errors(include_url=False)
        raise click.BadParameter(problem["msg"]) from error


email_argument = click.argument("email", callback=_validate_email)


@admin.command()
@email_argument
@click.option("--name", default="Admin", show_default=True, callback=_validate_name)
@click.option(
    "--ask-password",
    is_flag=True,
    help="Type a password, or pipe one in. Default: a random one, printed once.",
)
def create(email: str, name: str, ask_password: bool) -> None:
    """Make EMAIL an admin. An existing account keeps its name and password, unless its address
    was never verified: then it is created again."""
    password = _read_password() if ask_password else None
    console = Console()
    try:
        build_mail_sender(Settings.load()).check_recipient(email)
    except AddressUnsupported as error:
        console.print(f"The account will get no mail: {error.message}.")
    with _open_transaction() as session:
        new_password = admins.grant_admin(
            session,
            email=email,
            name=name,
            password=password,
            passwords=BoundedPasswordHasher(),
            now=utc_now(),
        )
    if new_password is None:
        console.print(f"{email} had an account, and is an admin from the next sign-in.")
        return
    console.print(f"{email} is an admin.")
    if password is None:
        # Not by rich, which would wrap it and interpret it as markup.
        click.echo(f"Password: {new_password}")


def _read_password() -> str:
    """Read from the terminal or stdin. Never an argument: those are stored in the shell's history
    and visible to every user of the machine."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


@admin.command()
@email_argument
def revoke(email: str) -> None:
    """Remove EMAIL from the admin group; its access tokens and open sockets end at once."""
    with _open_transaction() as session:
        admins.revoke_admin(session, email=email, now=utc_now())
    Console().print(f"{email} is no longer an admin.")


@admin.command()
@email_argument
def remove_second_factor(email: str) -> None:
    """Remove the second factor of EMAIL, who lost it, and end all sign-ins of the account.

    Be sure who asks for it: from then on the password is enough to enroll another one.
    """
    with _open_transaction() as session:
        was_enabled = second_factors.remove_lost_factor(
            session, email=email, now=utc_now()
        )
    Console().print(
        f"{email} signs in with the password alone."
        if was_enabled
        else f"{email} had no second factor."
    )


@admin.command("list")
def show() -> None:
    """List every admin, with the day the account was created."""
    with _open_transaction() as session:
        customers = admins.list_admins(session)
        with_factor = second_factors.list_ids_with_factor(session)
    table = Table("E-mail", "Name", "Since", "Verified", "Second factor")
    for customer in customers:
        table.add_row(
            customer.email,
            customer.name,
            f"{customer.created_at:%Y-%m-%d}",
            "yes" if customer.verified_at else "no",
            "yes" if customer.id in with_factor else "no",
        )
    Console().print(table)


@contextmanager
def _open_transaction() -> Iterator[Session]:
    db = Database.from_url(Settings.load().require_database_url(), pool_size=1)
    try:
        with db.unit_of_work() as session:
            yield session
    finally:
        db.close()
