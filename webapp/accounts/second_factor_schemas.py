from typing import Self

from webapp.accounts.schemas import FactorCode, Password, TokensView
from webapp.accounts.second_factors import SecondFactorStatus
from webapp.kit.json import RequestBody, ResponseBody, example_config

RECOVERY_CODES = ["k4d2-5xqz-7hma-3wvc", "pn6f-2yjt-oe5b-4srl"]


class PasswordBody(RequestBody):
    model_config = example_config({"password": "Sunny-Days-4"})

    password: Password


class FactorCodeBody(RequestBody):
    model_config = example_config({"code": "482913"})

    code: FactorCode


class SecondFactorProof(PasswordBody, FactorCodeBody):
    model_config = example_config({"password": "Sunny-Days-4", "code": "482913"})


class SecondFactorView(ResponseBody):
    example_values = {
        "is_enabled": True,
        "is_required": False,
        "recovery_codes_left": 10,
    }

    is_enabled: bool
    is_required: bool
    """Whether this account can do nothing for admins without one."""
    recovery_codes_left: int

    @classmethod
    def from_status(cls, status: SecondFactorStatus, *, is_required: bool) -> Self:
        return cls(
            is_enabled=status.is_enabled,
            is_required=is_required,
            recovery_codes_left=status.recovery_codes_left,
        )


class EnrollmentView(ResponseBody):
    example_values = {
        "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "otpauth_uri": "otpauth://totp/shop.example:ada%40example.com"
        "?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=shop.example",
    }

    secret: str
    """To be typed into the app, where it cannot read the QR code."""
    otpauth_uri: str
    """To be shown as a QR code."""


class RecoveryCodesView(ResponseBody):
    example_values = {"recovery_codes": RECOVERY_CODES}

    recovery_codes: list[str]
    """Ten, shown once. Each is accepted once, in place of a code of the app."""


class EnrolledView(TokensView, RecoveryCodesView):
    """The tokens take the place of those of all sign-ins before, which have ended."""

    example_values = {
        **TokensView.example_values,
        **RecoveryCodesView.example_values,
    }
