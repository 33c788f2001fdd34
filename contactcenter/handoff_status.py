"""What becomes of a handed-off case, as the case system tells it: idempotent, tolerant of order, shown in the timeline.

A status never goes backwards: received < in progress < answered < returned. What comes late or again is kept as a line
of the journal and changes nothing. `answered` closes the case; `returned` (misdirected) brings it back to the queue of
the unit that the reason names, else of its topic, with its promised time running from the original arrival.
"""

import json
import re
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import Session, col, select

from contactcenter import cases, citizens, handoff, handoff_signature, journal, scanning, search
from contactcenter.errors import NotFound, Refused
from contactcenter.handoff_links import Link
from contactcenter.model import Case, Contact, Delivery, Event, FileRecord, Organisation, Queue, Topic
from contactcenter.settings import HandoffSettings
from contactcenter.states import (
    CaseState,
    Channel,
    ContactState,
    Direction,
    EventKind,
    Outcome,
    RemoteStatus,
)

ORDER = {
    None: 0,
    RemoteStatus.RECEIVED: 1,
    RemoteStatus.IN_PROGRESS: 2,
    RemoteStatus.ANSWERED: 3,
    RemoteStatus.RETURNED: 4,
}
TEXT_LIMIT = 20_000


class StatusReport(BaseModel):
    """The body of the status callback."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: RemoteStatus
    event_id: str = Field(min_length=1, max_length=200, description="Of this report; the same when it is sent again")
    reference: str = Field(default="", max_length=200, description="Your own number for the case")
    by: str = Field(default="", max_length=200, description="Who says so, shown beside the text")
    text: str = Field(default="", max_length=TEXT_LIMIT, description="Shown in the timeline, e.g. what was answered")
    reason: str = Field(default="", max_length=TEXT_LIMIT, description="Why it was returned")
    unit: str = Field(default="", max_length=200, description="Key or name of the unit it belongs to, when returned")


class Noted(BaseModel):
    """The answer to a status callback."""

    model_config = ConfigDict(frozen=True)

    number: str = Field(description="Our number of the case")
    status: RemoteStatus | None = Field(description="The status that holds now")
    duplicate: bool = Field(description="This report had come before; nothing was changed")
    late: bool = Field(description="A later status had come already; kept, but it changed nothing")


def report(session: Session, key: str, told: StatusReport, now: datetime, scope: frozenset[int] | None = None) -> Noted:
    """Take in what the receiver of the hand-off `key` says; the caller has made sure that it is they.

    `scope`: ids of the organisations that the caller may speak for; None: all. Raises NotFound.
    """
    delivery = by_key(session, key)
    case = cases.follow(session, cases.get(session, delivery.case_id)) if delivery else None
    if delivery is None or case is None or (scope is not None and case.organisation_id not in scope):
        raise NotFound("no_such_delivery", "there is no such hand-off")
    if _came_before(session, delivery, case, told.event_id):
        return _noted(case, delivery, duplicate=True, late=False)
    # Whoever tells us of a case has got it, whatever became of our request's answer.
    handoff.succeed(session, delivery.id, told.reference, now)
    late = ORDER[told.status] <= ORDER[delivery.remote_status]
    contact = _write_down(session, case, delivery, told, now)
    if not late:
        _keep(session, delivery, told)
    _tell(session, case, delivery, told, contact, late, now)
    if not late:
        _act(session, case, delivery, told, contact, now)
    return _noted(case, delivery, duplicate=False, late=late)


def prove_signature(
    session: Session, settings: HandoffSettings, key: str, signature: str, body: bytes, now: datetime
) -> None:
    """That `body` was signed just now with the secret of the hand-off `key`. Raises Refused (`signature…`).

    A hand-off that does not exist is refused like a wrong signature: strangers learn nothing about our numbers.
    """
    delivery = by_key(session, key)
    target = delivery.target if delivery else {}
    names = (target.get("secret", ""), target.get("previous_secret", ""))
    secrets = [settings.secrets[name].get_secret_value().encode() for name in names if name in settings.secrets]
    handoff_signature.verify(secrets, signature, body, now)


def parse(body: bytes) -> StatusReport:
    """The report in `body`. Raises Refused (`body`) saying which field is wrong, not what stands in it."""
    try:
        return StatusReport.model_validate(json.loads(body))
    except (ValidationError, ValueError, RecursionError) as error:
        where = ""
        if isinstance(error, ValidationError):
            first = error.errors(include_input=False, include_url=False)[0]
            where = f": {'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
        raise Refused("body", f"the body is not a status report{where}") from error


def by_key(session: Session, key: str) -> Delivery | None:
    """The delivery with this idempotency key."""
    return session.exec(select(Delivery).where(Delivery.idempotency_key == key)).first()


def linked_file(session: Session, link: Link) -> FileRecord:
    """The file that a verified link leads to. Raises NotFound when it has been removed or never was of this case."""
    delivery = handoff.get(session, link.delivery_id)
    file = session.get(FileRecord, link.file_id)
    contact = session.get(Contact, file.contact_id) if file else None
    wanted = cases.follow(session, cases.get(session, delivery.case_id)).id
    elsewhere = contact is None or contact.case_id not in (delivery.case_id, wanted)
    if file is None or elsewhere or scanning.is_locked(file):
        raise NotFound("no_such_file", "there is no such file")
    return file


def right_place(session: Session, case: Case, told: StatusReport) -> tuple[Queue | None, str]:
    """The queue where a returned case belongs, and why: `unit` (they named one), `topic`, or `same`."""
    named = _named_unit(session, case, told)
    if named and (queue := _queue_of(session, named)):
        return queue, "unit"
    topic = session.get(Topic, case.topic_id) if case.topic_id else None
    if topic and topic.queue_id and (queue := session.get(Queue, topic.queue_id)):
        return queue, "topic"
    home = session.get(Organisation, topic.organisation_id if topic else case.organisation_id)
    if home and (queue := _queue_of(session, home)):
        return queue, "topic"
    return session.get(Queue, case.queue_id), "same"


def _named_unit(session: Session, case: Case, told: StatusReport) -> Organisation | None:
    """The one organisation of the municipality that they name. Two different names decide nothing: a human will."""
    everything = _below(session, citizens.municipality_of(session, case.organisation_id))
    if told.unit:
        wanted = told.unit.strip().casefold()
        exact = [one for one in everything if wanted in (one.key.casefold(), one.name.casefold())]
        return exact[0] if len(exact) == 1 else None
    others = [one for one in everything if one.id != case.organisation_id and one.name]
    found = [one for one in others if _stands_in(one.name, told.reason)]
    # "Barn och utbildning" also stands in "Barn och utbildning, skolskjuts": the longer name is meant.
    meant = [one for one in found if not any(_stands_in(one.name, other.name) for other in found if other is not one)]
    return meant[0] if len(meant) == 1 else None


def _stands_in(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", text.casefold()) is not None


def _below(session: Session, organisation_id: int) -> list[Organisation]:
    found = list(session.exec(select(Organisation).where(Organisation.id == organisation_id)))
    level = [organisation_id]
    while level:
        children = list(session.exec(select(Organisation).where(col(Organisation.parent_id).in_(level))))
        found += children
        level = [child.id for child in children]
    return found


def _queue_of(session: Session, organisation: Organisation) -> Queue | None:
    """The first queue of the organisation, else of the one above it."""
    current: Organisation | None = organisation
    while current is not None:
        found = session.exec(select(Queue).where(Queue.organisation_id == current.id).order_by(col(Queue.id))).first()
        if found:
            return found
        current = session.get(Organisation, current.parent_id) if current.parent_id else None
    return None


def _came_before(session: Session, delivery: Delivery, case: Case, event_id: str) -> bool:
    lines = session.exec(
        select(Event.data).where(
            col(Event.case_id).in_({delivery.case_id, case.id}), Event.kind == EventKind.REMOTE_STATUS
        )
    )
    return any((data.get("delivery_id"), data.get("event_id")) == (delivery.id, event_id) for data in lines)


def _write_down(session: Session, case: Case, delivery: Delivery, told: StatusReport, now: datetime) -> Contact | None:
    """Their words as a note of the case; the journal itself holds no text."""
    words = "\n\n".join(part for part in (told.reason.strip(), told.text.strip()) if part)
    if not words:
        return None
    contact = Contact(
        case_id=case.id,
        channel=Channel.NOTE,
        direction=Direction.INTERNAL,
        state=ContactState.ENDED,
        key=f"remote:{delivery.id}:{told.event_id}",
        sender_name=told.by,
        text=words,
        facts={"remote_status": told.status.value, "delivery_id": delivery.id},
        arrived_at=now,
        ended_at=now,
    )
    session.add(contact)
    session.flush()
    search.add(session, case.id, case.organisation_id, words)
    return contact


def _keep(session: Session, delivery: Delivery, told: StatusReport) -> None:
    delivery.remote_status = told.status
    delivery.remote_reference = told.reference or delivery.remote_reference
    session.add(delivery)
    session.flush()


def _tell(
    session: Session,
    case: Case,
    delivery: Delivery,
    told: StatusReport,
    contact: Contact | None,
    late: bool,
    now: datetime,
) -> None:
    journal.record(
        session,
        EventKind.REMOTE_STATUS,
        at=now,
        case=case,
        contact_id=contact.id if contact else None,
        delivery_id=delivery.id,
        status=told.status.value,
        reference=told.reference,
        event_id=told.event_id,
        late=late,
    )


def _act(
    session: Session, case: Case, delivery: Delivery, told: StatusReport, contact: Contact | None, now: datetime
) -> None:
    """What the status means for the case, when the case still waits for this very hand-off."""
    current = handoff.is_latest(session, delivery) and case.id == delivery.case_id
    if current and told.status is RemoteStatus.ANSWERED and case.state is CaseState.HANDED_OFF:
        cases.close(session, case, Outcome.HANDED_OFF, now, verb="finish")
    elif current and told.status is RemoteStatus.RETURNED and case.state in (CaseState.HANDED_OFF, CaseState.CLOSED):
        _bring_back(session, case, delivery, told, contact, now)
    elif case.state in cases.OPEN:
        cases.change(session, case, now, unread=True)


def _bring_back(
    session: Session, case: Case, delivery: Delivery, told: StatusReport, contact: Contact | None, now: datetime
) -> None:
    """Misdirected: it waits again where it belongs. What was wrong stays in the event, to learn from."""
    queue, placed_by = right_place(session, case, told)
    moved = queue is not None and queue.id != case.queue_id
    values: dict[str, Any] = cases.wait_again() | {
        "unread": True,
        "preferred_agent_id": None if moved else case.agent_id,
    }
    data: dict[str, Any] = {
        "reason": "misdirected",
        "delivery_id": delivery.id,
        "connector": delivery.connector,
        "topic_id": case.topic_id,
        "from_queue_id": case.queue_id,
        "placed_by": placed_by,
    }
    if queue is not None:
        values |= {"queue_id": queue.id, "organisation_id": queue.organisation_id}
    cases.move(
        session,
        case,
        "return",
        EventKind.CASE_RETURNED,
        now,
        contact_id=contact.id if contact else None,
        change=values,
        **data,
        queue_id=queue.id if queue else case.queue_id,
    )


def _noted(case: Case, delivery: Delivery, *, duplicate: bool, late: bool) -> Noted:
    return Noted(number=case.number, status=delivery.remote_status, duplicate=duplicate, late=late)
