from uuid import UUID

from jobs.task import Task
from webapp.bootstrap import Runtime
from webapp.notifications import service


def order_confirmed(runtime: Runtime, task: Task, *, order_id: str) -> None:
    with runtime.db.unit_of_work() as session:
        mail = service.order_confirmation(
            session, order_id=UUID(order_id), site=runtime.settings.site
        )
    if mail is not None:
        runtime.mail.send(mail)
    with runtime.db.unit_of_work() as session:
        if mail is not None:
            service.note_sent(
                session,
                event_key=f"order_confirmed:{order_id}",
                channel="mail",
                recipient=mail.recipient,
            )
        task.keep(session)
