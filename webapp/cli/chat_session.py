"""What the terminal clients of both agents do."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import click
from rich.console import Console

from webapp.cli.authentication import AccessTokenProvider, resolve_credentials
from webapp.cli.chat_client import TerminalChatClient
from webapp.cli.chat_screen import ChatScreen
from webapp.config import Settings
from webapp.kit.errors import Unavailable

EXIT_FAILED = 1
LEAVE = frozenset({"exit", "quit", "/exit", "/quit"})
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class AgentEndpoint:
    name: str
    path: str
    role: str
    """Whose demo account is used when none is named."""


def chat_options(command: Command) -> Command:
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


def run_chat(
    agent: AgentEndpoint,
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
    account = resolve_credentials(
        email, password, role=agent.role, var_dir=settings.var_dir
    )
    line = TerminalChatClient(
        site, agent.path, AccessTokenProvider(site, account), session_id=session
    )
    console = Console(highlight=False)
    screen = ChatScreen(console, agent=agent.name)
    with closing(line):
        for event in line.connect():
            screen.show_event(event)
            screen.show_history(event.get("history", []) if not messages else [])
        if messages:
            answered = [say(message, line, screen) for message in messages]
            sys.exit(0 if all(answered) else EXIT_FAILED)
        console.print(f"[dim]Signed in as {account.email}. Ctrl-D leaves.[/]")
        for message in typed(console):
            say(message, line, screen)
        console.print(f"[dim]To go on later: --session {line.session_id}[/]")


def say(message: str, line: TerminalChatClient, screen: ChatScreen) -> bool:
    """Whether it was answered; a line that broke is opened again at the next message."""
    try:
        last = "error"
        for event in line.send_message(message):
            screen.show_event(event)
            last = event["type"]
    except Unavailable as problem:
        screen.show_error(problem.message)
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
