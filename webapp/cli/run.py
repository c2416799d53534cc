"""`ecom67 run`: runs the whole platform on this machine; `make run` calls it."""

import sys

import click

from webapp.config import Settings
from webapp.devtools.supervisor.launch import run_platform


@click.command()
def run() -> None:
    """Start every part that has no configured address, and restart it until Ctrl-C.

    Exit codes: 0 stopped on request; 2 a wrong setting; 3 running already; 4 a port is
    taken; 5 the disk is full; 6 the data folder cannot be written; 7 a part does not
    start; 8 root may not start the database here; 9 this machine's Python is too old,
    which `make run` finds before there is an ecom67; 70 the supervisor was killed.
    """
    sys.exit(run_platform(Settings.load(read_platform_env=False)))
