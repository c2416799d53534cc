"""`ecom67`: the command line, over the same services as the web."""

import sys
from importlib import import_module

import click

from webapp.config import WrongSetting
from webapp.kit.errors import CommerceError

EXIT_ERROR = 1
EXIT_WRONG_SETTING = 2
COMMANDS = {
    "admin": "webapp.cli.admin",
    "api": "webapp.cli.api",
    "chat": "webapp.cli.chat",
    "doctor": "webapp.cli.doctor",
    "env": "webapp.cli.env",
    "import": "webapp.cli.imports:import_files",
    "insights": "webapp.cli.insights",
    "jobs": "webapp.cli.jobs",
    "memory": "webapp.cli.memory",
    "prove": "webapp.cli.prove",
    "run": "webapp.cli.run",
    "search": "webapp.cli.search",
    "definitions": "webapp.cli.definitions",
    "settings": "webapp.cli.settings",
    "status": "webapp.cli.status",
    "tokens": "webapp.cli.tokens",
}
"""Command → module that defines it under the same name, or under the name after the colon."""


class Commands(click.Group):
    """Imports a command's module when that command is used, so that the long-running supervisor
    does not hold the search engine in memory, which only an import needs."""

    def list_commands(self, _: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _colon, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute or name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="e-com67", prog_name="ecom67")
def ecom67() -> None:
    """A commerce platform whose assistant and analytics are part of it."""


def main() -> None:
    """Entry point: prints a domain error as one sentence, without a traceback."""
    try:
        ecom67(prog_name="ecom67")
    except WrongSetting as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_WRONG_SETTING)
    except CommerceError as error:
        click.echo(error.message, err=True)
        sys.exit(EXIT_ERROR)


if __name__ == "__main__":
    main()
