"""Results of the integrity checks, for admins."""

from webapp.http.api import Api
from webapp.http.context import transaction
from webapp.integrity import service
from webapp.integrity.schemas import CheckEnqueued, IntegrityView
from webapp.kit.clock import utc_now
from webapp.kit.scopes import Scope

api = Api("Integrity", prefix="/admin/integrity")


@api.get("", access=Scope.INTEGRITY_READ, returns=IntegrityView)
def show_integrity() -> IntegrityView:
    """The result of the last integrity check, by invariant, with its age."""
    with transaction() as session:
        return IntegrityView.from_results(service.list_results(session), now=utc_now())


@api.post(
    "/check",
    access=Scope.INTEGRITY_WRITE,
    returns={202: CheckEnqueued},
)
def check_integrity() -> tuple[CheckEnqueued, int]:
    """Enqueue an integrity check now, instead of waiting for the schedule."""
    with transaction() as session:
        service.enqueue_check(session)
    return CheckEnqueued(), 202
