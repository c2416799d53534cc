"""`ecom67 chat`: a terminal client of the customers' assistant."""

import click

from webapp.cli.chat_session import AgentEndpoint, chat_options, run_chat

SUPPORT = AgentEndpoint("assistant", "/ws/chat", role="customer")


@click.command()
@chat_options
def chat(
    *,
    url: str | None,
    email: str | None,
    password: str | None,
    code: str | None,
    messages: tuple[str, ...],
    session: str | None,
) -> None:
    """Talk to the shop's assistant: find products, fill the cart, ask about orders."""
    run_chat(
        SUPPORT,
        url=url,
        email=email,
        password=password,
        code=code,
        messages=messages,
        session=session,
    )
