from typing import Any

from flask import current_app, request

from webapp.accounts import rate_limits, recovery, registration, service, sign_in
from webapp.accounts.codes import CodePurpose, require_valid_code
from webapp.accounts.passwords import check_policy
from webapp.accounts.schemas import (
    AccountView,
    Credentials,
    EmailBody,
    NewPassword,
    RefreshBody,
    RegisteredView,
    Registration,
    TokensView,
    Verification,
)
from webapp.accounts.sign_in import SignIn
from webapp.http.access import (
    ACCESS_LIFETIME,
    Access,
    current_customer_id,
    current_identity,
    issue_access_token,
)
from webapp.http.api import Api
from webapp.http.context import runtime
from webapp.kit.clock import utc_now

api = Api("Accounts", prefix="/auth")


@api.blueprint.before_request
def limit_public_requests() -> None:
    """Rate-limit every endpoint that needs no token, so that a new one cannot be forgotten."""
    endpoint = request.endpoint or ""
    view: Any = current_app.view_functions[endpoint]
    if view.operation.access is Access.PUBLIC:
        rate_limits.limit_requests(
            runtime().limiter,
            endpoint=endpoint,
            address=request.remote_addr,
            per_minute=runtime().settings.auth_requests_per_minute,
        )


@api.post(
    "/register",
    access=Access.PUBLIC,
    body=Registration,
    returns={201: RegisteredView},
)
def register(body: Registration) -> tuple[RegisteredView, int]:
    """Open an account; a 6-digit code is mailed to the address.

    When there is an account with the address, the answer is the same, and its owner is notified
    by mail.
    """
    # Before the rate limit: a password that the policy rejects causes no mail.
    check_policy(body.password)
    rate_limits.limit_code_requests(
        runtime().limiter, CodePurpose.VERIFY_EMAIL, email=body.email
    )
    runtime().mail.check_recipient(body.email)
    password_hash = runtime().passwords.hash(body.password)
    with runtime().db.unit_of_work() as session:
        user_id = registration.register(
            session, email=body.email, password_hash=password_hash, name=body.name
        )
    return RegisteredView(user_id=user_id), 201


@api.post("/verify", access=Access.PUBLIC, body=Verification)
def verify(body: Verification) -> None:
    """Verify the e-mail address with the mailed code."""
    limit = rate_limits.CODE_ATTEMPT_LIMITS[CodePurpose.VERIFY_EMAIL]
    with rate_limits.limit_attempts(runtime().limiter, limit, identifier=body.email):
        with runtime().db.unit_of_work() as session:
            is_valid = registration.verify_email(
                session, email=body.email, code=body.code, now=utc_now()
            )
        require_valid_code(is_valid=is_valid)


@api.post("/resend-code", access=Access.PUBLIC, body=EmailBody)
def resend_code(body: EmailBody) -> None:
    """Mail a new code, if the address waits for one."""
    rate_limits.limit_code_requests(
        runtime().limiter, CodePurpose.VERIFY_EMAIL, email=body.email
    )
    with runtime().db.unit_of_work() as session:
        registration.resend_code(session, email=body.email)


@api.post("/forgot-password", access=Access.PUBLIC, body=EmailBody)
def forgot_password(body: EmailBody) -> None:
    """Mail a code for a new password, if there is an account with the address."""
    rate_limits.limit_code_requests(
        runtime().limiter, CodePurpose.RESET_PASSWORD, email=body.email
    )
    with runtime().db.unit_of_work() as session:
        recovery.request_password_reset(session, email=body.email)


@api.post("/reset-password", access=Access.PUBLIC, body=NewPassword)
def reset_password(body: NewPassword) -> None:
    """Choose a new password with the mailed code.

    Ends every sign-in: refresh tokens at once, access tokens within the hour.
    """
    check_policy(body.password)
    limiter = runtime().limiter
    limit = rate_limits.CODE_ATTEMPT_LIMITS[CodePurpose.RESET_PASSWORD]
    with rate_limits.limit_attempts(limiter, limit, identifier=body.email):
        password_hash = runtime().passwords.hash(body.password)
        with runtime().db.unit_of_work() as session:
            is_valid = recovery.reset_password(
                session,
                email=body.email,
                code=body.code,
                password_hash=password_hash,
                now=utc_now(),
            )
        require_valid_code(is_valid=is_valid)
    rate_limits.reset_password_attempts(limiter, email=body.email)


@api.post(
    "/login",
    access=Access.PUBLIC,
    body=Credentials,
    returns=TokensView,
    errors=(401,),
)
def log_in(body: Credentials) -> TokensView:
    """Sign in with e-mail address and password."""
    with rate_limits.limit_attempts(
        runtime().limiter, rate_limits.PASSWORD_ATTEMPT_LIMIT, identifier=body.email
    ):
        with runtime().db.unit_of_work() as session:
            password_hash = sign_in.find_password_hash(session, email=body.email)
        verified_hash = sign_in.verify_credentials(
            body.password, password_hash, passwords=runtime().passwords
        )
        with runtime().db.unit_of_work() as session:
            signed_in = sign_in.log_in(
                session, email=body.email, verified_hash=verified_hash, now=utc_now()
            )
    return _build_tokens(signed_in)


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
        signed_in = sign_in.refresh(session, token=body.refresh_token, now=utc_now())
    return _build_tokens(sign_in.require_sign_in(signed_in))


@api.post("/logout", access=Access.PUBLIC, body=RefreshBody)
def log_out(body: RefreshBody) -> None:
    """End the sign-in that the refresh token belongs to.

    An access token that was issued expires within the hour.
    """
    with runtime().db.unit_of_work() as session:
        sign_in.log_out(session, token=body.refresh_token)


@api.get("/me", access=Access.CUSTOMER, returns=AccountView)
def show_me() -> AccountView:
    """The account that is signed in."""
    with runtime().db.unit_of_work() as session:
        customer = service.require_customer(session, customer_id=current_customer_id())
        return AccountView.from_customer(customer, groups=current_identity().groups)


def _build_tokens(signed_in: SignIn) -> TokensView:
    customer = signed_in.customer
    return TokensView(
        access_token=issue_access_token(customer.id, groups=customer.groups),
        refresh_token=signed_in.refresh_token,
        expires_in=int(ACCESS_LIFETIME.total_seconds()),
    )
