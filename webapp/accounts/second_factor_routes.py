"""The second factor of the account that is signed in: an authenticator app."""

from contextlib import AbstractContextManager
from urllib.parse import urlsplit

from flask import request

from webapp.accounts import rate_limits, second_factors, service
from webapp.accounts.models import Customer
from webapp.accounts.routes import build_tokens
from webapp.accounts.second_factor_codes import build_cipher
from webapp.accounts.second_factor_schemas import (
    EnrolledView,
    EnrollmentView,
    FactorCodeBody,
    PasswordBody,
    RecoveryCodesView,
    SecondFactorProof,
    SecondFactorView,
)
from webapp.http.access import (
    Access,
    account_status,
    current_customer_id,
    current_identity,
)
from webapp.http.api import Api, Idempotency
from webapp.http.context import runtime
from webapp.kit.clock import utc_now
from webapp.kit.encryption import SecretCipher

api = Api("Second factor", prefix="/auth/second-factor")


@api.get("", access=Access.CUSTOMER, returns=SecondFactorView)
def show_second_factor() -> SecondFactorView:
    """Whether the account has a second factor, or needs one, and its recovery codes left."""
    with runtime().db.unit_of_work() as session:
        status = second_factors.find_status(session, customer_id=current_customer_id())
    is_required = (
        current_identity().is_admin and runtime().settings.demands_second_factor
    )
    return SecondFactorView.from_status(status, is_required=is_required)


@api.post(
    "",
    access=Access.CUSTOMER,
    body=PasswordBody,
    returns=EnrollmentView,
    errors=(409,),
    idempotency=Idempotency.NONE,
)
def enroll_second_factor(body: PasswordBody) -> EnrollmentView:
    """Begin a second factor: enter the secret into an authenticator app, and confirm.

    Nothing asks for it before it is confirmed; beginning again makes another secret.
    """
    customer = check_password(body.password)
    with runtime().db.unit_of_work() as session:
        secret = second_factors.start_enrollment(
            session, customer_id=customer.id, cipher=get_cipher()
        )
    site = runtime().settings.site
    uri = second_factors.build_otpauth_uri(
        secret,
        account=customer.email or customer.name,
        issuer=urlsplit(site).hostname or site,
    )
    return EnrollmentView(secret=secret, otpauth_uri=uri)


@api.post(
    "/confirm",
    access=Access.CUSTOMER,
    body=FactorCodeBody,
    returns=EnrolledView,
    errors=(409,),
    idempotency=Idempotency.NONE,
)
def confirm_second_factor(body: FactorCodeBody) -> EnrolledView:
    """Confirm the second factor with a code of the app; from now on, signing in needs one.

    All sign-ins end, this one too: the answer has new tokens, and ten recovery codes, once.
    """
    customer = require_me()
    with (
        limit_codes(customer, body.code),
        runtime().db.unit_of_work() as session,
    ):
        enrolled = second_factors.confirm_enrollment(
            session,
            customer_id=customer.id,
            code=body.code,
            cipher=get_cipher(),
            now=utc_now(),
        )
    account_status().invalidate()
    return EnrolledView(
        **build_tokens(enrolled.signed_in), recovery_codes=enrolled.recovery_codes
    )


@api.post(
    "/recovery-codes",
    access=Access.CUSTOMER,
    body=SecondFactorProof,
    returns=RecoveryCodesView,
    errors=(409,),
    idempotency=Idempotency.NONE,
)
def renew_recovery_codes(body: SecondFactorProof) -> RecoveryCodesView:
    """Replace the recovery codes by ten new ones, which are shown once."""
    customer = check_password(body.password)
    with (
        limit_codes(customer, body.code),
        runtime().db.unit_of_work() as session,
    ):
        recovery_codes = second_factors.renew_recovery_codes(
            session,
            customer_id=customer.id,
            code=body.code,
            cipher=get_cipher(),
            now=utc_now(),
        )
    return RecoveryCodesView(recovery_codes=recovery_codes)


@api.delete(
    "",
    access=Access.CUSTOMER,
    body=SecondFactorProof,
    errors=(409,),
    idempotency=Idempotency.NONE,
)
def remove_second_factor(body: SecondFactorProof) -> None:
    """Remove the second factor, with the password and a code.

    Access tokens are revoked, as they say that there is one: refresh them.
    """
    customer = check_password(body.password)
    with (
        limit_codes(customer, body.code),
        runtime().db.unit_of_work() as session,
    ):
        second_factors.disable_second_factor(
            session,
            customer_id=customer.id,
            code=body.code,
            cipher=get_cipher(),
            now=utc_now(),
        )
    account_status().invalidate()


def require_me() -> Customer:
    with runtime().db.unit_of_work() as session:
        return service.require_customer(session, customer_id=current_customer_id())


def check_password(password: str) -> Customer:
    """Return whose it is. Raises `WrongPassword` and `TooManyRequests`."""
    customer = require_me()
    with rate_limits.limit_attempts(
        runtime().limiter,
        rate_limits.PASSWORD_ATTEMPT_LIMIT,
        identifier=str(customer.id),
    ):
        service.check_password(
            password, customer.password_hash, passwords=runtime().passwords
        )
    return customer


def limit_codes(customer: Customer, code: str) -> AbstractContextManager[None]:
    """The attempts are those of the sign-in. Raises `TooManyRequests`."""
    return rate_limits.limit_factor_codes(
        runtime().limiter,
        email=customer.email or str(customer.id),
        address=request.remote_addr,
        code=code,
    )


def get_cipher() -> SecretCipher:
    return build_cipher(runtime().settings.require_jwt_secret())
