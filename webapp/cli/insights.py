"""`ecom67 insights`: a terminal client of the admins' analyst."""

import click

from webapp.cli.chat_session import AgentEndpoint, chat_options, run_chat

INSIGHTS = AgentEndpoint("analyst", "/ws/insights", role="admin")


@click.command()
@chat_options
def insights(
    *,
    url: str | None,
    email: str | None,
    password: str | None,
    code: str | None,
    messages: tuple[str, ...],
    session: str | None,
) -> None:
    """Ask for the shop's figures: revenue by month, best sellers, what rises or falls."""
    run_chat(
        INSIGHTS,
        url=url,
        email=email,
        password=password,
        code=code,
        messages=messages,
        session=session,
    )
