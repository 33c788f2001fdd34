"""The append-only event journal: written in the same transaction as the change it tells of."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from contactcenter.model import Case, Event
from contactcenter.states import EventKind


def record(
    session: Session,
    kind: EventKind,
    *,
    at: datetime,
    case: Case | None = None,
    organisation_id: int | None = None,
    contact_id: int | None = None,
    user_id: int | None = None,
    agent_id: int | None = None,
    **data: Any,
) -> Event:
    """Write one line. `data` holds ids, codes and numbers, never names, addresses or texts.

    It has its id when the session is flushed: by the next question to the database, at the latest at the job's end.
    A line about a case says where the case was then (`queue_id`, `topic_id`): statistics rest on the journal alone.
    """
    place = {"queue_id": case.queue_id, "topic_id": case.topic_id} if case else {}
    event = Event(
        at=at,
        kind=kind,
        case_id=case.id if case else None,
        organisation_id=case.organisation_id if case else organisation_id,
        contact_id=contact_id,
        user_id=user_id,
        agent_id=agent_id,
        data=place | data,
    )
    session.add(event)
    session.info.setdefault("events", []).append(event)
    return event
