"""API tokens for admins: create, list, revoke. No token can do this, whatever its scopes."""

from http import HTTPStatus
from uuid import UUID

from flask import Response

from webapp.accounts import api_tokens
from webapp.accounts.api_token_schemas import ApiTokenView, TokenDraft
from webapp.db.idempotency import StoredResponse
from webapp.http.access import Access, current_customer_id
from webapp.http.access import api_tokens as token_cache
from webapp.http.api import Api, Idempotency
from webapp.http.context import runtime, transaction
from webapp.http.idempotency import (
    build_response,
    claim_idempotency_key,
    replay_response,
)
from webapp.http.schemas import ListQuery, ListView
from webapp.kit.clock import utc_now
from webapp.kit.scopes import API_TOKEN_PREFIX

api = Api("API tokens", prefix="/admin/tokens")


@api.get("", access=Access.ADMIN, query=ListQuery, returns=ListView[ApiTokenView])
def list_api_tokens(query: ListQuery) -> ListView[ApiTokenView]:
    """API tokens, newest first; those that have expired or were revoked too."""
    with transaction() as session:
        page = api_tokens.list_tokens(
            session, limit=query.limit, last_key=query.last_key
        )
        return ListView[ApiTokenView](
            items=[ApiTokenView.from_token(row) for row in page.items],
            last_key=page.last_key,
        )


@api.post(
    "",
    access=Access.ADMIN,
    body=TokenDraft,
    returns={201: ApiTokenView.example(token=f"{API_TOKEN_PREFIX}{'4f' * 20}")},
    idempotency=Idempotency.OWN_TRANSACTIONS,
)
def create_api_token(body: TokenDraft) -> Response:
    """Create an API token for a program; the answer shows it, once.

    The program sends it as `Authorization: Bearer …`. It can call what its scopes name, and nothing
    else: neither act as a customer nor manage tokens. It ends at `expires`, when it is revoked,
    and with your account or your membership of the admin group.
    """
    with claim_idempotency_key(owner_id=current_customer_id()) as attempt:
        if attempt.stored_response is not None:
            return replay_response(attempt.stored_response)
        with runtime().db.unit_of_work() as session:
            created = api_tokens.create_token(
                session,
                name=body.name,
                scopes=body.scopes,
                expires=body.expires,
                creator_id=current_customer_id(),
                now=utc_now(),
            )
            view = ApiTokenView.from_token(created.row)
            # Without the token, of which the shop stores only a hash.
            attempt.store_response(
                session,
                StoredResponse(HTTPStatus.CREATED, view.model_dump(mode="json")),
            )
        shown = view.model_copy(update={"token": created.token})
        return build_response(
            StoredResponse(HTTPStatus.CREATED, shown.model_dump(mode="json"))
        )


@api.delete("/<uuid:token_id>", access=Access.ADMIN, errors=(404,))
def revoke_api_token(token_id: UUID) -> None:
    """Revoke an API token; every web process refuses it within seconds."""
    with transaction() as session:
        api_tokens.revoke_token(session, token_id=token_id, now=utc_now())
    token_cache().invalidate()
