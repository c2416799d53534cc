from webapp.accounts import pace
from webapp.http.access import Access, customer_id, gate
from webapp.http.api import Api
from webapp.http.context import runtime, transaction
from webapp.kit.clock import utc_now
from webapp.privacy import service
from webapp.privacy.schemas import Farewell

api = Api("Privacy", prefix="/auth")


@api.delete("/me", access=Access.CUSTOMER, body=Farewell, errors=(403, 409))
def delete_me(body: Farewell) -> None:
    """Delete the account that is signed in, for good.

    Name, addresses, cart, conversations and sign-ins go at once; orders, payments and
    refunds stay in the books without anything that tells whose they were. Refused with 409
    while an order is not sent yet.
    """
    who = str(customer_id())
    with (
        pace.attempt(runtime().limiter, pace.PASSWORDS, who=who),
        transaction() as session,
    ):
        service.delete_account(
            session,
            customer_id=customer_id(),
            password=body.password,
            passwords=runtime().passwords,
            now=utc_now(),
        )
    gate().look_again()
