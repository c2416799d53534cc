"""A chat session in a terminal, shared by the clients of both agents."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import click
from rich.console import Console

from webapp.cli.authentication import (
    CODE,
    AccessTokenProvider,
    CodePrompt,
    resolve_credentials,
)
from webapp.cli.chat_client import TerminalChatClient
from webapp.cli.chat_screen import ChatScreen
from webapp.cli.known_devices import KnownDevices
from webapp.config import Settings
from webapp.kit.errors import Unavailable

EXIT_FAILED = 1
EXIT_COMMANDS = frozenset({"exit", "quit", "/exit", "/quit"})
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class AgentEndpoint:
    name: str
    path: str
    role: str
    """The demo account that is used when no credentials are given."""


def chat_options(command: Command) -> Command:
    for option in (
        click.option("--session", help="Continue this conversation."),
        click.option(
            "--message", "messages", multiple=True, help="Send this message, and exit."
        ),
        click.option(
            "--code",
            envvar=CODE,
            help="Of the second factor, if the account has one. Default: ask for it.",
        ),
        click.option("--password", help="Prefer the variable ECOM67_PASSWORD."),
        click.option(
            "--email", help="Account. Default: ECOM67_EMAIL, or the demo account."
        ),
        click.option(
            "--url", help="Address of the shop. Default: the one that runs here."
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
    code: str | None,
    messages: Sequence[str],
    session: str | None,
) -> None:
    """Run until the user exits, or until all of `messages` are answered."""
    settings = Settings.load()
    site = url or settings.site
    credentials = resolve_credentials(
        email, password, role=agent.role, var_dir=settings.var_dir
    )
    tokens = AccessTokenProvider(
        site, credentials, KnownDevices(), ask_code=CodePrompt(code).ask_code
    )
    client = TerminalChatClient(site, agent.path, tokens, session_id=session)
    console = Console(highlight=False)
    screen = ChatScreen(console, agent=agent.name)
    with closing(client):
        for event in client.connect():
            screen.show_event(event)
            screen.show_history(event.get("history", []) if not messages else [])
        if messages:
            answered = [_send_message(message, client, screen) for message in messages]
            sys.exit(0 if all(answered) else EXIT_FAILED)
        console.print(f"[dim]Signed in as {credentials.email}. Ctrl-D exits.[/]")
        for message in _read_messages(console):
            _send_message(message, client, screen)
        if client.session_id is not None:
            console.print(f"[dim]To continue later: --session {client.session_id}[/]")


def _send_message(message: str, client: TerminalChatClient, screen: ChatScreen) -> bool:
    """Whether it was answered; after a lost connection the next message reconnects."""
    try:
        last_type = "error"
        for event in client.send_message(message):
            screen.show_event(event)
            last_type = event["type"]
    except Unavailable as error:
        screen.show_error(error.message)
        return False
    return last_type == "message"


def _read_messages(console: Console) -> Iterator[str]:
    """The messages that the user types, one per line; readline is used where installed."""
    while True:
        try:
            message = console.input("[bold green]you:[/] ").strip()
        except (EOFError, KeyboardInterrupt):
            console.print()
            return
        if message in EXIT_COMMANDS:
            return
        if message:
            yield message
