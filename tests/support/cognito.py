"""A Cognito user pool, faked by moto and reached over HTTP as AWS's would be."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import boto3
import jwt
from moto.backends import get_backend
from moto.server import ThreadedMotoServer

from tests.support.tokens import decode_claims

REGION = "eu-west-1"
PASSWORD = "Good-Pass1"
KEY_NAME = "dummy"  # moto has one key for all pools


@dataclass
class MotoUserPool:
    address: str
    client: Any
    pool_id: str
    client_id: str
    signing_key: Any = field(repr=False)

    @property
    def identity_setting(self) -> str:
        return f"cognito:{self.pool_id}:{self.client_id}:{REGION}"

    def create_member(self, name: str, *, groups: tuple[str, ...] = ()) -> "PoolTokens":
        """Create a member and sign in; returns the tokens."""
        attributes = {
            "email": f"{name.lower()}@example.com",
            "email_verified": "true",
            "name": name,
        }
        user = {"UserPoolId": self.pool_id, "Username": name}
        self.client.admin_create_user(
            **user,
            UserAttributes=[{"Name": k, "Value": v} for k, v in attributes.items()],
        )
        self.client.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
        for group in groups:
            self.client.create_group(UserPoolId=self.pool_id, GroupName=group)
            self.client.admin_add_user_to_group(**user, GroupName=group)
        tokens = self.client.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        return PoolTokens(tokens["AccessToken"], tokens["IdToken"])

    def sign_claims(
        self,
        claims: dict[str, Any],
        *,
        key: Any = None,
        kid: str | None = KEY_NAME,
        algorithm: str = "RS256",
    ) -> str:
        """Claims as the pool itself would sign them."""
        headers = {"kid": kid} if kid is not None else {}
        return jwt.encode(claims, key or self.signing_key, algorithm, headers=headers)


@dataclass(frozen=True)
class PoolTokens:
    access: str
    id: str

    @property
    def subject(self) -> UUID:
        return UUID(decode_claims(self.access)["sub"])


@contextmanager
def moto_server() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def create_user_pool(address: str) -> MotoUserPool:
    client = boto3.client("cognito-idp", region_name=REGION, endpoint_url=address)
    pool_id = client.create_user_pool(PoolName="shop")["UserPool"]["Id"]
    client_id = client.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="web",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
    )["UserPoolClient"]["ClientId"]
    # The server runs in a thread of this process, so the private key of the pool is accessible.
    [account] = get_backend("cognito-idp").keys()
    pool = get_backend("cognito-idp")[account][REGION].user_pools[pool_id]
    key = pool.json_web_key.private_key
    return MotoUserPool(address, client, pool_id, client_id, key)
