"""Prints a conversation to a terminal; as plain text if the output is not one."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from webapp.kit.clock import from_unix_ms
from webapp.kit.money import format_money, to_minor

Event = Mapping[str, Any]

MAX_HISTORY = 10


class ChatScreen:
    def __init__(self, console: Console, *, agent: str) -> None:
        self._console = console
        self._agent = agent
        self._streamed = ""

    def show_history(self, history: Iterable[Event]) -> None:
        for message in list(history)[-MAX_HISTORY:]:
            author = "you" if message["role"] == "user" else self._agent
            at = f"{from_unix_ms(message['timestamp']):%d %b %H:%M}"
            self._console.print(
                f"[dim]{at} {author}:[/] {escape(message['message'])}", style="dim"
            )

    def show_event(self, event: Event) -> None:
        """Print one event as it arrives."""
        match event["type"]:
            case "typing" if event.get("tool"):
                self._console.print(f"[dim]… {event['tool'].replace('_', ' ')}[/]")
            case "delta":
                self._stream(event["text"])
            case "notice":
                self._end_line()
                self._console.print(f"[yellow]{escape(event['message'])}[/]")
            case "message":
                self._finish(event)
            case "error":
                self._end_line()
                self.show_error(event["message"])

    def _stream(self, text: str) -> None:
        if not self._streamed:
            self._console.print(f"[bold cyan]{self._agent}:[/] ", end="")
        self._streamed += text
        self._console.out(text, end="", highlight=False)

    def _finish(self, event: Event) -> None:
        if not self._streamed:
            self._stream(event["message"])
        self._end_line()
        data = event.get("data") or {}
        if len(data.get("products") or []) > 1:
            self._console.print(product_table(data["products"]))
        self._show_hints(data)

    def _end_line(self) -> None:
        if self._streamed:
            self._console.print()
        self._streamed = ""

    def _show_hints(self, data: Mapping[str, Any]) -> None:
        buttons = [button["text"] for button in data.get("action_buttons") or []]
        if buttons and self._console.is_terminal:
            self._console.print(
                f"[dim]In the shop: {' · '.join(map(escape, buttons))}[/]"
            )
        if (suggestions := data.get("suggestions")) and self._console.is_terminal:
            self._console.print(f"[dim]Try: {' · '.join(map(escape, suggestions))}[/]")

    def show_error(self, message: str) -> None:
        self._console.print(f"[red]{escape(message)}[/]")


def product_table(products: Iterable[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("#", "product", "price", "stock"):
        table.add_column(title, justify="left" if title == "product" else "right")
    for number, product in enumerate(products, 1):
        price = format_money(to_minor(str(product["price"])), product["currency"])
        table.add_row(
            str(number), escape(product["name"]), price, str(product["stock"])
        )
    return table
