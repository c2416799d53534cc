from webapp.account_deletion import service
from webapp.account_deletion.schemas import DeleteAccountBody
from webapp.accounts import rate_limits
from webapp.accounts import service as accounts
from webapp.http.access import Access, account_status, current_customer_id
from webapp.http.api import Api
from webapp.http.context import runtime, transaction
from webapp.kit.clock import utc_now

api = Api("Account deletion", prefix="/auth")


@api.delete("/me", access=Access.CUSTOMER, body=DeleteAccountBody, errors=(403, 409))
def delete_me(body: DeleteAccountBody) -> None:
    """Delete the account that is signed in, for good.

    Name, addresses, cart, conversations and sign-ins are deleted at once, what an agent memory
    has of the conversations soon after; orders, payments and refunds stay, without personal
    data. Rejected with 409 while an order has not been shipped.
    """
    me = current_customer_id()
    with rate_limits.limit_attempts(
        runtime().limiter, rate_limits.PASSWORD_ATTEMPT_LIMIT, identifier=str(me)
    ):
        with transaction() as session:
            password_hash = accounts.require_customer(
                session, customer_id=me
            ).password_hash
        accounts.check_password(
            body.password, password_hash, passwords=runtime().passwords
        )
        with transaction() as session:
            service.delete_account(
                session, customer_id=me, verified_hash=password_hash, now=utc_now()
            )
    account_status().invalidate()
