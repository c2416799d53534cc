"""What the terminal clients of both agents do."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import click
from rich.console import Console

from webapp.cli.chat_line import ChatLine
from webapp.cli.chat_screen import ChatScreen
from webapp.cli.signing_in import SignIn, find_account
from webapp.config import Settings
from webapp.kit.errors import Unavailable

EXIT_FAILED = 1
LEAVE = frozenset({"exit", "quit", "/exit", "/quit"})
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Agent:
    name: str
    path: str
    role: str
    """Whose demo account is used when none is named."""


def options(command: Command) -> Command:
    for option in (
        click.option("--session", help="Go on with this conversation."),
        click.option(
            "--message", "messages", multiple=True, help="Say this, and leave."
        ),
        click.option("--password", help="Better in ECOM67_PASSWORD than here."),
        click.option(
            "--email", help="Whom to sign in as; ECOM67_EMAIL, or the demo's."
        ),
        click.option(
            "--url", help="Address of the shop; the one that runs here unless given."
        ),
    ):
        command = option(command)
    return command


def talk(
    agent: Agent,
    *,
    url: str | None,
    email: str | None,
    password: str | None,
    messages: Sequence[str],
    session: str | None,
) -> None:
    """Until the person leaves, or all of `messages` are answered."""
    settings = Settings.load()
    site = url or settings.site
    account = find_account(email, password, role=agent.role, var_dir=settings.var_dir)
    line = ChatLine(site, agent.path, SignIn(site, account), session_id=session)
    console = Console(highlight=False)
    screen = ChatScreen(console, agent=agent.name)
    with closing(line):
        for event in line.open():
            screen.show(event)
            screen.history(event.get("history", []) if not messages else [])
        if messages:
            answered = [say(message, line, screen) for message in messages]
            sys.exit(0 if all(answered) else EXIT_FAILED)
        console.print(f"[dim]Signed in as {account.email}. Ctrl-D leaves.[/]")
        for message in typed(console):
            say(message, line, screen)
        console.print(f"[dim]To go on later: --session {line.session_id}[/]")


def say(message: str, line: ChatLine, screen: ChatScreen) -> bool:
    """Whether it was answered; a line that broke is opened again at the next message."""
    try:
        last = "error"
        for event in line.ask(message):
            screen.show(event)
            last = event["type"]
    except Unavailable as problem:
        screen.trouble(problem.message)
        return False
    return last == "message"


def typed(console: Console) -> Iterator[str]:
    """What the person types, a line each; `input` edits lines where readline is there."""
    while True:
        try:
            message = console.input("[bold green]you:[/] ").strip()
        except (EOFError, KeyboardInterrupt):
            console.print()
            return
        if message in LEAVE:
            return
        if message:
            yield message
