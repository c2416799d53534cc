"""`ecom67 env`: the addresses of the running platform as shell exports."""

import shlex
import sys
from pathlib import Path

import click

from webapp.config import PLATFORM_ENV, Settings
from webapp.devtools.supervisor.files import parse_env_file
from webapp.devtools.supervisor.state import RunFolder

EXIT_NOT_RUNNING = 3


@click.command()
def env() -> None:
    """Print export lines: eval "$(ecom67 env)" && ray job submit -- python -m …

    They hold passwords of this machine's platform. Exits with 3 when it is not running.
    """
    var = Settings.load().var_dir.resolve()
    if not RunFolder(var).is_locked():
        click.echo("The platform is not running: start it with `make run`", err=True)
        sys.exit(EXIT_NOT_RUNNING)
    addresses = parse_env_file((var / PLATFORM_ENV).read_text())
    bin_dir = shlex.quote(str(Path(sys.executable).parent))
    for name, value in addresses.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    click.echo(f'export PATH={bin_dir}:"$PATH"')
