"""`ecom67 doctor`: what is wrong with a configured part, and what to do about it."""

import sys

import click
from rich.console import Console

from webapp.config import Settings
from webapp.devtools.supervisor.health_report import run_checks


@click.command()
def doctor() -> None:
    """Use every configured part once and say what is wrong and what to do.

    Exits with 1 when something is.
    """
    console = Console(soft_wrap=True, highlight=False)
    ill = 0
    for finding in run_checks(Settings.load()):
        mark = "[green]ok  [/]" if finding.is_healthy else "[red]ill [/]"
        console.print(f"{mark} {finding.part:<12}", end="")
        console.print(finding.message, markup=False)
        if not finding.is_healthy:
            ill += 1
            console.print(f"{'':<17}→ {finding.remedy}", markup=False)
    console.print("\nEverything is well." if not ill else f"\n{ill} to see to.")
    sys.exit(1 if ill else 0)
