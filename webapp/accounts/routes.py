from webapp.accounts import service
from webapp.accounts.passwords import Passwords
from webapp.accounts.schemas import (
    AccountView,
    Credentials,
    EmailBody,
    RefreshBody,
    RegisteredView,
    Registration,
    TokensView,
    Verification,
)
from webapp.accounts.service import SignIn
from webapp.http.access import ACCESS_LIFETIME, Access, customer_id, issue_token
from webapp.http.api import Api
from webapp.http.context import runtime
from webapp.kit.clock import utc_now

api = Api("Accounts", prefix="/auth")


@api.post(
    "/register",
    access=Access.PUBLIC,
    body=Registration,
    returns={201: RegisteredView},
    errors=(409,),
)
def register(body: Registration) -> tuple[RegisteredView, int]:
    """Open an account; a 6-digit code is mailed to the address."""
    with runtime().db.unit_of_work() as session:
        user_id = service.register(
            session,
            email=body.email,
            password=body.password,
            name=body.name,
            passwords=Passwords(),
        )
    return RegisteredView(user_id=user_id), 201


@api.post("/verify", access=Access.PUBLIC, body=Verification)
def verify(body: Verification) -> None:
    """Prove the e-mail address with the mailed code."""
    with runtime().db.unit_of_work() as session:
        proved = service.verify(
            session, email=body.email, code=body.code, now=utc_now()
        )
    service.require_right_code(proved=proved)


@api.post("/resend-code", access=Access.PUBLIC, body=EmailBody)
def resend_code(body: EmailBody) -> None:
    """Mail a new code, if the address waits for one."""
    with runtime().db.unit_of_work() as session:
        service.resend_code(session, email=body.email)


@api.post(
    "/login",
    access=Access.PUBLIC,
    body=Credentials,
    returns=TokensView,
    errors=(401,),
)
def log_in(body: Credentials) -> TokensView:
    """Sign in with e-mail address and password."""
    with runtime().db.unit_of_work() as session:
        sign_in = service.log_in(
            session,
            email=body.email,
            password=body.password,
            passwords=Passwords(),
            now=utc_now(),
        )
        return _tokens(sign_in)


@api.post(
    "/refresh",
    access=Access.PUBLIC,
    body=RefreshBody,
    returns=TokensView,
    errors=(401,),
)
def refresh(body: RefreshBody) -> TokensView:
    """Exchange a refresh token, once, for new tokens."""
    with runtime().db.unit_of_work() as session:
        sign_in = service.refresh(session, token=body.refresh_token, now=utc_now())
    return _tokens(service.require_sign_in(sign_in))


@api.post("/logout", access=Access.PUBLIC, body=RefreshBody)
def log_out(body: RefreshBody) -> None:
    """End the sign-in that the refresh token belongs to."""
    with runtime().db.unit_of_work() as session:
        service.log_out(session, token=body.refresh_token)


@api.get("/me", access=Access.CUSTOMER, returns=AccountView)
def show_me() -> AccountView:
    """The account that is signed in."""
    with runtime().db.unit_of_work() as session:
        return AccountView.of(
            service.require_customer(session, customer_id=customer_id())
        )


def _tokens(sign_in: SignIn) -> TokensView:
    return TokensView(
        access_token=issue_token(sign_in.customer.id, groups=sign_in.customer.groups),
        refresh_token=sign_in.refresh_token,
        expires_in=int(ACCESS_LIFETIME.total_seconds()),
    )
