from webapp.chat import tickets
from webapp.chat.rate_limits import limit_tickets
from webapp.chat.schemas import TicketRequest, TicketView
from webapp.chat.sockets import INSIGHTS_PATH
from webapp.http.access import Access, current_identity, require_admin
from webapp.http.api import Api, Idempotency
from webapp.http.context import runtime
from webapp.kit.clock import utc_now

api = Api("Chat", prefix="/chat")


@api.post(
    "/tickets",
    access=Access.CUSTOMER,
    body=TicketRequest,
    returns={201: TicketView},
    errors=(403,),
    idempotency=Idempotency.NONE,
)
def create_ticket(body: TicketRequest) -> tuple[TicketView, int]:
    """Get a ticket that opens a chat socket, once, within 30 seconds.

    It goes into the address in place of the access token (`/ws/chat?ticket=…`), for clients
    that can send none as a subprotocol. That of `/ws/insights` is for admins.
    """
    identity = current_identity()
    if body.path == INSIGHTS_PATH:
        require_admin(identity)
    limit_tickets(runtime().limiter, account_id=identity.customer_id)
    ticket = tickets.issue_ticket(
        runtime().one_time_values,
        identity,
        path=body.path,
        secret=runtime().settings.require_jwt_secret(),
        now=utc_now(),
    )
    lifetime_s = int(tickets.LIFETIME.total_seconds())
    return TicketView(ticket=ticket, expires_in=lifetime_s), 201
