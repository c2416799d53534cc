"""`ecom67`: everything that is done from a terminal, over the same services as the web."""

import sys

import click

from webapp.cli.search import search
from webapp.config import WrongSetting
from webapp.kit.errors import CommerceError

EXIT_REFUSED = 1
EXIT_WRONG_SETTING = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="e-com67", prog_name="ecom67")
def ecom67() -> None:
    """A commerce platform whose assistant and analytics are part of it."""


ecom67.add_command(search)


def main() -> None:
    """A refusal is one sentence and an exit code, never a traceback."""
    try:
        ecom67(prog_name="ecom67")
    except WrongSetting as problem:
        click.echo(str(problem), err=True)
        sys.exit(EXIT_WRONG_SETTING)
    except CommerceError as refusal:
        click.echo(refusal.message, err=True)
        sys.exit(EXIT_REFUSED)
