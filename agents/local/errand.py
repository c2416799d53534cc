"""An errand: what to do about one message, written as if tools answered at once.

    def view(talk: Talk) -> Errand:
        cart = yield from ask("view_cart")
        return cart_words(cart["cart"])

The model is called anew after each tool. `advance` then runs the errand again from its
beginning, hands it the results that are there already, and stops at the next call. So an
errand must be deterministic, and read only the conversation before it.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.local.conversation import Called, Json


@dataclass(frozen=True)
class Call:
    tool: str
    arguments: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Say:
    text: str


Step = Say | Call
Errand = Generator[Call, Called, str]
"""Yields calls, is sent what came back, returns the answer."""


class Refused(Exception):
    """A tool refused, and the errand has nothing better to say than why."""

    def __init__(self, called: Called) -> None:
        super().__init__(called.refusal)
        self.called = called


def ask(tool: str, **arguments: Any) -> Generator[Call, Called, Json]:
    """Call a tool; a refusal ends the errand with its reason."""
    called = yield Call(tool, arguments)
    if called.refusal:
        raise Refused(called)
    return called.result


def saying(text: str) -> Errand:
    """An errand that is done when it has spoken."""
    yield from ()
    return text


def advance(errand: Errand, calls: Sequence[Called]) -> Step:
    try:
        step = next(errand)
        for called in calls:
            step = errand.send(called)
    except StopIteration as done:
        return Say(done.value)
    except Refused as refusal:
        return Say(sorry(refusal.called))
    return step


def sorry(call: Called) -> str:
    """A refusal in the shop's own words."""
    if call.refusal in {
        "TOOL_FAILED",
        "TOOL_TIMEOUT",
        "UNAVAILABLE",
        "SEARCH_NOT_READY",
    }:
        return "I could not look that up just now. Please try again in a moment."
    message = str(call.result.get("message", "something went wrong")).rstrip(".")
    return f"That did not work: {message}."
