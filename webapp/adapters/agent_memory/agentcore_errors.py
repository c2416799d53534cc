"""Errors of AgentCore's API, in sentences that name cause and remedy."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.parsers import ResponseParserError

from webapp.adapters.agent_memory.port import AgentMemoryUnavailable

NOT_FOUND = "ResourceNotFoundException"
OTHER_SHAPES = (
    AttributeError,
    KeyError,
    ResponseParserError,
    TypeError,
    ValueError,
)
"""What botocore and its callers raise for a response of another shape."""
EXPIRED = "sign in to AWS again: the credentials have expired"
INVALID = "check the AWS credentials: AWS does not know them"
REMEDIES = {
    "AccessDeniedException": "allow this action to the AWS identity that runs here",
    "ExpiredTokenException": EXPIRED,
    "ExpiredToken": EXPIRED,
    "InvalidSignatureException": "check the AWS credentials and the clock of this machine",
    "UnrecognizedClientException": INVALID,
    "InvalidClientTokenId": INVALID,
    NOT_FOUND: "check AGENT_MEMORY: `ecom67 memory show` prints it",
    "ServiceQuotaExceededException": "delete a memory, or have AWS raise the quota",
    "ThrottledException": "try again in a moment",
    "ThrottlingException": "try again in a moment",
}


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raises `AgentMemoryUnavailable` for every error of a call, and for a response of another
    shape."""
    try:
        yield
    except ClientError as error:
        raise AgentMemoryUnavailable(_explain_client_error(error)) from error
    except BotoCoreError as error:
        raise AgentMemoryUnavailable(_explain_local_error(error)) from error
    except OTHER_SHAPES as error:
        raise AgentMemoryUnavailable(
            "What answers for AgentCore is not AgentCore: check AWS_ENDPOINT_URL and proxies"
        ) from error


def get_error_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _explain_client_error(error: ClientError) -> str:
    code = get_error_code(error)
    message = str(error.response.get("Error", {}).get("Message", "")).strip()
    said = f"AgentCore refused {error.operation_name} ({code}): {message}".rstrip(": ")
    remedy = REMEDIES.get(code)
    return f"{said}; {remedy}" if remedy else said


def _explain_local_error(error: BotoCoreError) -> str:
    match error:
        case NoCredentialsError() | PartialCredentialsError() | ProfileNotFound():
            remedy = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            return f"AWS credentials are missing ({error}): {remedy}"
        case NoRegionError():
            return "No AWS region is set: name one with --region, or set AWS_REGION"
        case EndpointConnectionError():
            return (
                f"AgentCore is not reached ({error}): check the region, in which AgentCore must "
                "be offered, and the network"
            )
        case _:
            return f"AgentCore does not answer: {error}"
