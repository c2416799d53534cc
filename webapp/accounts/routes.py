from typing import Any

from flask import Response, current_app, request

from webapp.accounts import (
    devices,
    rate_limits,
    recovery,
    registration,
    service,
    sign_in,
)
from webapp.accounts.codes import CodePurpose, require_valid_code
from webapp.accounts.errors import WrongResetToken
from webapp.accounts.models import Customer
from webapp.accounts.passwords import check_policy
from webapp.accounts.schemas import (
    AccountView,
    Credentials,
    EmailBody,
    LogOutBody,
    NewPassword,
    RefreshBody,
    RegisteredView,
    Registration,
    SignInView,
    TokensView,
    Verification,
)
from webapp.accounts.second_factor_codes import build_cipher
from webapp.accounts.sign_in import SignIn
from webapp.http.access import (
    ACCESS_LIFETIME,
    Access,
    account_status,
    current_customer_id,
    current_identity,
    issue_access_token,
)
from webapp.http.api import Api
from webapp.http.context import runtime
from webapp.kit.clock import utc_now

api = Api("Accounts", prefix="/auth")
DEVICE_HEADER, DEVICE_COOKIE = "X-Device", "device"


@api.blueprint.before_request
def limit_public_requests() -> None:
    """Rate-limit every endpoint that needs no token, so that a new one cannot be forgotten.

    A known device and a mailed link are looked up first, so that a stranger in the owner's
    network cannot keep them out.
    """
    endpoint = request.endpoint or ""
    view: Any = current_app.view_functions[endpoint]
    if view.operation.access is not Access.PUBLIC:
        return
    is_exempt_if_known = endpoint.endswith(".reset_password") or (
        endpoint.endswith(".log_in") and read_device_tokens()
    )
    if not is_exempt_if_known:
        limit_request(endpoint)


def limit_request(endpoint: str) -> None:
    """Count a request of this client. Raises `TooManyRequests`."""
    rate_limits.limit_requests(
        runtime().limiter,
        endpoint=endpoint,
        address=request.remote_addr,
        per_minute=runtime().settings.auth_requests_per_minute,
    )


def read_device_tokens() -> list[str]:
    """What earlier sign-ins on this device returned as `deviceToken`. The header's may be older
    than the cookie, which resetting the password sets."""
    sent = (request.headers.get(DEVICE_HEADER), request.cookies.get(DEVICE_COOKIE))
    return [token for token in sent if token]


def set_device_cookie(response: Response, token: str) -> None:
    response.set_cookie(
        DEVICE_COOKIE,
        token,
        max_age=devices.LIFETIME,
        secure=request.is_secure or runtime().settings.has_tls_site,
        httponly=True,
        samesite="Strict",
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
    by mail. Several people may register an address: the one who reads its mail verifies theirs.
    """
    # Before the rate limit: a password that the policy rejects causes no mail.
    check_policy(body.password, personal=(body.email, body.name))
    rate_limits.limit_code_requests(
        runtime().limiter,
        CodePurpose.VERIFY_EMAIL,
        email=body.email,
        address=request.remote_addr,
    )
    runtime().mail.check_recipient(body.email)
    password_hash = runtime().passwords.hash(body.password)
    with runtime().db.unit_of_work() as session:
        registered = registration.register(
            session, email=body.email, password_hash=password_hash, name=body.name
        )
    view = RegisteredView(
        user_id=registered.customer_id, registration_secret=registered.secret
    )
    return view, 201


@api.post("/verify", access=Access.PUBLIC, body=Verification)
def verify(body: Verification) -> None:
    """Verify the e-mail address with the mailed code, and with the password or the
    `registrationSecret` of the registration.

    The code alone is not sufficient: whoever registered the address first, with a password of
    their own, would get into the account.
    """
    if body.registration_secret is not None:
        verify_with_secret(body, body.registration_secret)
        return
    with rate_limits.limit_guesses(
        runtime().limiter,
        rate_limits.CODE_ATTEMPT_LIMIT,
        rate_limits.TOTAL_CODE_ATTEMPT_LIMIT,
        email=body.email,
        address=request.remote_addr,
    ):
        with runtime().db.unit_of_work() as session:
            found = registration.find_by_code(
                session, email=body.email, code=body.code, now=utc_now()
            )
        is_right = runtime().passwords.verify(
            body.password or "", found.password_hash if found else None
        )
        with runtime().db.unit_of_work() as session:
            is_valid = registration.verify_email(
                session,
                customer_id=found.customer_id if found and is_right else None,
                code=body.code,
                now=utc_now(),
            )
        require_valid_code(is_valid=is_valid)


def verify_with_secret(body: Verification, secret: str) -> None:
    """Attempts are counted by the secret, which a stranger does not have."""
    with rate_limits.limit_attempts(
        runtime().limiter, rate_limits.CODE_ATTEMPT_LIMIT, identifier=secret
    ):
        with runtime().db.unit_of_work() as session:
            is_valid = registration.verify_email(
                session,
                customer_id=registration.find_by_secret(
                    session, email=body.email, secret=secret
                ),
                code=body.code,
                now=utc_now(),
            )
        require_valid_code(is_valid=is_valid)


@api.post("/resend-code", access=Access.PUBLIC, body=EmailBody)
def resend_code(body: EmailBody) -> None:
    """Mail a new code, if the address waits for one."""
    rate_limits.limit_code_requests(
        runtime().limiter,
        CodePurpose.VERIFY_EMAIL,
        email=body.email,
        address=request.remote_addr,
    )
    with runtime().db.unit_of_work() as session:
        registration.resend_code(session, email=body.email)


@api.post("/forgot-password", access=Access.PUBLIC, body=EmailBody)
def forgot_password(body: EmailBody) -> None:
    """Mail a link to choose a new password, if there is an account with the address."""
    rate_limits.limit_code_requests(
        runtime().limiter,
        CodePurpose.RESET_PASSWORD,
        email=body.email,
        address=request.remote_addr,
    )
    with runtime().db.unit_of_work() as session:
        recovery.request_password_reset(session, email=body.email)


@api.post("/reset-password", access=Access.PUBLIC, body=NewPassword)
def reset_password(body: NewPassword) -> Response:
    """Choose a new password with the token of the mailed link.

    Ends every sign-in and revokes its tokens. This device is then a known one: its token is the
    header `X-Device` of the answer, and a cookie.
    """
    token = set_new_password(body.token, body.password)
    response = Response(status=204, headers={DEVICE_HEADER: token})
    set_device_cookie(response, token)
    return response


def require_reset_link(token: str) -> Customer:
    """Return whose link it is. One that works is not rate-limited, others are.

    Raises `WrongResetToken` and `TooManyRequests`.
    """
    with runtime().db.unit_of_work() as session:
        owner = recovery.find_link_owner(session, token=token, now=utc_now())
    if owner is None:
        limit_request("reset_password")
        raise WrongResetToken
    return owner


def set_new_password(token: str, password: str) -> str:
    """Set the password that a link is for; returns the token of this device.

    Raises `WrongResetToken`, `WeakPassword` and `TooManyRequests`.
    """
    owner = require_reset_link(token)
    check_policy(password, personal=(owner.email or "", owner.name))
    password_hash = runtime().passwords.hash(password)
    now = utc_now()
    with runtime().db.unit_of_work() as session:
        customer = recovery.reset_password(
            session, token=token, password_hash=password_hash, now=now
        )
        device_token = devices.remember_device(
            session, customer_id=customer.id, known_token=None, now=now
        )
    account_status().invalidate()
    rate_limits.reset_guesses(
        runtime().limiter,
        rate_limits.PASSWORD_ATTEMPT_LIMIT,
        rate_limits.TOTAL_PASSWORD_ATTEMPT_LIMIT,
        email=customer.email or "",
        address=request.remote_addr,
    )
    return device_token


@api.post(
    "/login",
    access=Access.PUBLIC,
    body=Credentials,
    returns=SignInView,
    errors=(401,),
)
def log_in(body: Credentials) -> SignInView:
    """Sign in with e-mail address and password.

    Send the `deviceToken` that an earlier sign-in returned as header `X-Device` or as cookie
    `device`: then others' wrong guesses never lock you out. An account with a second factor is
    answered `SECOND_FACTOR_REQUIRED` once the password is right; send it again, with `code`.
    """
    device_tokens = read_device_tokens()
    with runtime().db.unit_of_work() as session:
        device = devices.find_device(
            session, email=body.email, tokens=device_tokens, now=utc_now()
        )
        password_hash = sign_in.find_password_hash(session, email=body.email)
    if device_tokens and device is None:
        limit_request(request.endpoint or "")
    with rate_limits.limit_passwords(
        runtime().limiter,
        email=body.email,
        device_id=device.id if device else None,
        address=request.remote_addr,
    ):
        verified_hash = sign_in.verify_credentials(
            body.password, password_hash, passwords=runtime().passwords
        )
    return start_sign_in(body, verified_hash, device.token if device else None)


def start_sign_in(
    body: Credentials, verified_hash: str, device_token: str | None
) -> SignInView:
    """Check the second factor of an account whose password was right, and sign in."""
    now = utc_now()
    with (
        rate_limits.limit_factor_codes(
            runtime().limiter,
            email=body.email,
            address=request.remote_addr,
            code=body.code,
        ),
        runtime().db.unit_of_work() as session,
    ):
        signed_in = sign_in.log_in(
            session,
            email=body.email,
            verified_hash=verified_hash,
            code=body.code,
            cipher=build_cipher(runtime().settings.require_jwt_secret()),
            now=now,
        )
        device_token = devices.remember_device(
            session,
            customer_id=signed_in.customer.id,
            known_token=device_token,
            now=now,
        )
    return SignInView(**build_tokens(signed_in), device_token=device_token)


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
    return TokensView(**build_tokens(sign_in.require_sign_in(signed_in)))


@api.post("/logout", access=Access.PUBLIC, body=LogOutBody)
def log_out(body: LogOutBody) -> None:
    """End the sign-in that the refresh token belongs to, or those of all devices.

    An access token of one sign-in expires within the hour; with `allDevices`, all are revoked
    at once, and all devices are forgotten.
    """
    with runtime().db.unit_of_work() as session:
        if body.all_devices:
            sign_in.log_out_everywhere(session, token=body.refresh_token, now=utc_now())
        else:
            sign_in.log_out(session, token=body.refresh_token)
    account_status().invalidate()


@api.get("/me", access=Access.CUSTOMER, returns=AccountView)
def show_me() -> AccountView:
    """The account that is signed in."""
    with runtime().db.unit_of_work() as session:
        customer = service.require_customer(session, customer_id=current_customer_id())
        return AccountView.from_customer(customer, groups=current_identity().groups)


def build_tokens(signed_in: SignIn) -> dict[str, Any]:
    """The fields of a `TokensView`."""
    customer = signed_in.customer
    return {
        "access_token": issue_access_token(
            customer.id,
            groups=customer.groups,
            token_version=customer.token_version,
            has_second_factor=signed_in.has_second_factor,
        ),
        "refresh_token": signed_in.refresh_token,
        "expires_in": int(ACCESS_LIFETIME.total_seconds()),
    }
