"""`ecom67 doctor`: a health report of every configured part, with remedies."""

import sys

import click
from rich.console import Console

from webapp.config import Settings
from webapp.devtools.supervisor.health_report import run_checks


@click.command()
def doctor() -> None:
    """Check every configured part by using it once; print what is wrong and what to do.

    Exits with 1 when a part is unhealthy.
    """
    console = Console(soft_wrap=True, highlight=False)
    unhealthy = 0
    for finding in run_checks(Settings.load()):
        mark = "[green]ok  [/]" if finding.is_healthy else "[red]fail[/]"
        console.print(f"{mark} {finding.part:<12}", end="")
        console.print(finding.message, markup=False)
        if not finding.is_healthy:
            unhealthy += 1
            console.print(f"{'':<17}→ {finding.remedy}", markup=False)
    console.print(
        "\nEverything is healthy."
        if not unhealthy
        else f"\nParts that need attention: {unhealthy}"
    )
    sys.exit(1 if unhealthy else 0)
