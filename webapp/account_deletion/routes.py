from webapp.account_deletion import service
from webapp.account_deletion.schemas import Farewell
from webapp.accounts import pace
from webapp.accounts import service as accounts
from webapp.http.access import Access, customer_id, gate
from webapp.http.api import Api
from webapp.http.context import runtime, transaction
from webapp.kit.clock import utc_now

api = Api("Privacy", prefix="/auth")


@api.delete("/me", access=Access.CUSTOMER, body=Farewell, errors=(403, 409))
def delete_me(body: Farewell) -> None:
    """Delete the account that is signed in, for good.

    Name, addresses, cart, conversations and sign-ins go at once; orders, payments and
    refunds stay in the books without anything that tells whose they were. Refused with 409
    while an order is not sent yet.
    """
    me = customer_id()
    with pace.attempt(runtime().limiter, pace.PASSWORDS, who=str(me)):
        with transaction() as session:
            kept = accounts.require_customer(session, customer_id=me).password_hash
        accounts.prove_password(body.password, kept, passwords=runtime().passwords)
        with transaction() as session:
            service.delete_account(session, customer_id=me, proved=kept, now=utc_now())
    gate().look_again()
