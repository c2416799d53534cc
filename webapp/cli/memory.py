"""`ecom67 memory …`: creates, shows and deletes the agent memory in Amazon Bedrock AgentCore."""

import time

import click
from rich.console import Console
from rich.table import Table

from webapp.adapters.agent_memory.build import build_memory_administration
from webapp.adapters.agent_memory.port import (
    MAX_EXPIRY_DAYS,
    MIN_EXPIRY_DAYS,
    MemoryAdministration,
    MemoryResource,
    MemoryResourceExists,
)
from webapp.config import Settings

DEFAULT_NAME = "ecom67_insights"
POLL_INTERVAL_S = 2.0
MAX_WAIT_S = 600
"""AgentCore takes two or three minutes."""

name_option = click.option(
    "--name",
    default=DEFAULT_NAME,
    show_default=True,
    help="Of the memory: a letter, then up to 47 letters, digits and underscores.",
)
region_option = click.option(
    "--region", help="AWS region. Default: the one of AWS_REGION or the AWS profile."
)


@click.group()
def memory() -> None:
    """The agent memory in Amazon Bedrock AgentCore: create, show, delete.

    AWS credentials are found as in AWS's own command line. They must allow the actions
    CreateMemory, GetMemory, ListMemories and DeleteMemory of bedrock-agentcore.
    """


@memory.command()
@name_option
@region_option
@click.option(
    "--expiry-days",
    type=click.IntRange(MIN_EXPIRY_DAYS, MAX_EXPIRY_DAYS),
    help="After which AgentCore deletes turns. Default: CHAT_RETENTION_DAYS.",
)
def create(*, name: str, region: str | None, expiry_days: int | None) -> None:
    """Create a memory, wait until it is ready, and print the setting that uses it.

    One that exists under the name is used, whatever its expiry. Summaries of conversations and
    preferences are made of turns; they are kept for as long as turns, but for 31 days at least.
    """
    days = expiry_days or max(MIN_EXPIRY_DAYS, Settings.load().chat_retention_days)
    administration = build_memory_administration(region)
    found, is_new = _find_or_create(administration, name, expiry_days=days)
    console = Console()
    with console.status(f"Creating the memory {found.id} …"):
        ready = _wait_until_active(administration, found)
    _require_namespaces(ready)
    if is_new:
        console.print(f"Created the memory {ready.id}.", soft_wrap=True)
    else:
        console.print(f"The memory {ready.id} exists already.", soft_wrap=True)
    console.print(f"It keeps turns for {ready.expiry_days} days.")
    if expiry_days not in {None, ready.expiry_days}:
        console.print(
            f"--expiry-days {expiry_days} was not applied: delete the memory first, or change it "
            "in AWS.",
            soft_wrap=True,
        )
    console.print("The setting, for the web, the jobs and the agents:")
    click.echo(f"AGENT_MEMORY={ready.setting}")


@memory.command()
@name_option
@region_option
def show(*, name: str, region: str | None) -> None:
    """Show a memory and the setting that uses it."""
    found = _require_memory(build_memory_administration(region), name)
    table = Table(box=None, show_header=False, pad_edge=False)
    for label, value in {
        "id": found.id,
        "status": found.status + (f": {found.failure}" if found.failure else ""),
        "turns kept for": f"{found.expiry_days} days",
        "notes kept in": ", ".join(sorted(found.namespaces)) or "none are made",
        "setting": f"AGENT_MEMORY={found.setting}",
    }.items():
        table.add_row(label, value)
    Console(soft_wrap=True).print(table)


@memory.command()
@name_option
@region_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(*, name: str, region: str | None, yes: bool) -> None:
    """Delete a memory with all turns and notes. The conversations in the database stay."""
    administration = build_memory_administration(region)
    found = _require_memory(administration, name)
    if not yes:
        click.confirm(
            f"Delete the memory {found.id} with all that is in it?", abort=True
        )
    administration.delete(found.id)
    click.echo(f"Deleting the memory {found.id}. Remove AGENT_MEMORY where it is set.")


def _find_or_create(
    administration: MemoryAdministration, name: str, *, expiry_days: int
) -> tuple[MemoryResource, bool]:
    """The memory, and whether it is new."""
    found = administration.find_by_name(name)
    if found is None:
        try:
            return administration.create(name, expiry_days=expiry_days), True
        except MemoryResourceExists:  # somebody else was faster
            found = _require_memory(administration, name)
    return found, False


def _require_memory(administration: MemoryAdministration, name: str) -> MemoryResource:
    found = administration.find_by_name(name)
    if found is None:
        raise click.ClickException(
            f"There is no memory {name} in this region and account: `ecom67 memory create`"
        )
    return found


def _wait_until_active(
    administration: MemoryAdministration, found: MemoryResource
) -> MemoryResource:
    deadline = time.monotonic() + MAX_WAIT_S
    while (found := administration.get(found.id)).status in {"CREATING", "UPDATING"}:
        if time.monotonic() >= deadline:
            raise click.ClickException(
                f"The memory {found.id} is not ready after {MAX_WAIT_S // 60} minutes: run this "
                "again later, it goes on waiting"
            )
        time.sleep(POLL_INTERVAL_S)
    if found.status == "DELETING":
        raise click.ClickException(
            f"The memory {found.id} is being deleted: run this again in a few minutes"
        )
    if found.status != "ACTIVE":
        raise click.ClickException(
            f"The memory {found.id} is {found.status} ({found.failure or 'no reason given'}): "
            f"`ecom67 memory delete --name {found.name}`, then create it again"
        )
    return found


def _require_namespaces(found: MemoryResource) -> None:
    if found.missing_namespaces:
        missing = ", ".join(sorted(found.missing_namespaces))
        raise click.ClickException(
            f"The memory {found.id} makes no notes in {missing}: it was created for something "
            "else; choose another --name"
        )
