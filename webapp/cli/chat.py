"""`ecom67 chat`: the customers' assistant, from a terminal."""

import click

from webapp.cli.talking import Agent, options, talk

SUPPORT = Agent("assistant", "/ws/chat", role="customer")


@click.command()
@options
def chat(
    *,
    url: str | None,
    email: str | None,
    password: str | None,
    messages: tuple[str, ...],
    session: str | None,
) -> None:
    """Talk to the shop's assistant: find products, fill the cart, ask about orders."""
    talk(
        SUPPORT,
        url=url,
        email=email,
        password=password,
        messages=messages,
        session=session,
    )
