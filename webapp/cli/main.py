"""`ecom67`: everything that is done from a terminal, over the same services as the web."""

import sys
from importlib import import_module

import click

from webapp.config import WrongSetting
from webapp.kit.errors import CommerceError

EXIT_REFUSED = 1
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
    "prove": "webapp.cli.prove",
    "run": "webapp.cli.run",
    "search": "webapp.cli.search",
    "settings": "webapp.cli.settings",
    "status": "webapp.cli.status",
}
"""Name → module with a command of that name in it, or of the name behind the colon."""


class Commands(click.Group):
    """Imports a command's module when that command is used: the supervisor, which stays,
    need not hold the search engine that an import needs."""

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
    """A refusal is one sentence and an exit code, never a traceback."""
    try:
        ecom67(prog_name="ecom67")
    except WrongSetting as problem:
        click.echo(str(problem), err=True)
        sys.exit(EXIT_WRONG_SETTING)
    except CommerceError as refusal:
        click.echo(refusal.message, err=True)
        sys.exit(EXIT_REFUSED)


if __name__ == "__main__":
    main()
