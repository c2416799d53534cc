"""The words of every mail, in text and HTML; templates lie beside this module."""

from functools import cache
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from webapp.accounts.models import Customer
from webapp.kit.money import format_money
from webapp.orders.models import Order
from webapp.suppliers.mail import Mail


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("webapp.notifications"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["money"] = format_money
    return environment


def _mail(
    template: str, *, message_id: UUID, recipient: str, subject: str, **facts: object
) -> Mail:
    def render(ending: str) -> str:
        return (
            _templates()
            .get_template(f"{template}.{ending}")
            .render(subject=subject, **facts)
        )

    return Mail(
        message_id=message_id,
        recipient=recipient,
        subject=subject,
        text=render("txt"),
        html=render("html"),
    )


def verification_code(
    *, message_id: UUID, recipient: str, name: str, code: str
) -> Mail:
    return _mail(
        "verification_code",
        message_id=message_id,
        recipient=recipient,
        subject=f"{code} is your E-Com67 code",
        name=name,
        code=code,
    )


def order_confirmed(
    *, message_id: UUID, customer: Customer, order: Order, site: str
) -> Mail:
    return _mail(
        "order_confirmed",
        message_id=message_id,
        recipient=customer.email,
        subject=f"Thank you for order {order.number}",
        name=customer.name,
        order=order,
        site=site,
    )
