"""What agents write: notes, fields of the case, drafts, quick registration, and the record of who read it."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from contactcenter import cases, intake, journal, offers, search
from contactcenter.errors import Conflict, NotFound, Refused
from contactcenter.model import Case, Contact, Draft, Topic
from contactcenter.ports import Actor, InboundContact
from contactcenter.sight import same_municipality, visible
from contactcenter.states import CaseState, Channel, ContactState, Direction, EventKind, Outcome

TEXT_LIMIT = 100_000
SUBJECT_LIMIT = 500


def note(session: Session, actor: Actor, case_id: int, text: str, now: datetime) -> int:
    """Write an internal note. Returns its contact id."""
    case = visible(session, actor, case_id)
    contact = write_note(session, actor, case, text, now)
    drop_draft(session, actor, case_id, "note")
    return contact.id


def change(
    session: Session,
    actor: Actor,
    case_id: int,
    now: datetime,
    *,
    subject: str | None = None,
    topic_id: int | None = None,
    priority: int | None = None,
) -> None:
    """Set subject, topic or priority."""
    case = visible(session, actor, case_id)
    if case.state is CaseState.MERGED:
        raise Conflict("case_merged", "the case has been merged into another")
    values: dict[str, Any] = {}
    if subject is not None:
        values["subject"] = subject[:SUBJECT_LIMIT]
        search.add(session, case.id, case.organisation_id, subject[:SUBJECT_LIMIT])
    if topic_id is not None:
        topic = session.get(Topic, topic_id)
        if topic is None or not same_municipality(session, case, topic.organisation_id):
            raise NotFound("no_such_topic")
        values |= {"topic_id": topic.id, "promised_seconds": cases.promised(topic, case.channel)}
    if priority is not None:
        if priority not in (-1, 0, 1, 2):
            raise Refused("priority", "priority is -1, 0, 1 or 2")
        values["priority"] = priority
    if values:
        cases.change(session, case, now, user_id=actor.user_id, **values)


def dismiss_suggestion(session: Session, actor: Actor, case_id: int, now: datetime) -> None:
    """The suggested case is another matter."""
    cases.change(session, visible(session, actor, case_id), now, user_id=actor.user_id, suggested_case_id=None)


def save_draft(session: Session, actor: Actor, case_id: int, kind: str, text: str, now: datetime) -> None:
    """Keep an unsent text; an empty one removes it."""
    visible(session, actor, case_id)
    if not text:
        return drop_draft(session, actor, case_id, kind)
    draft = _draft(session, actor, case_id, kind) or Draft(
        case_id=case_id, user_id=actor.user_id, kind=kind, saved_at=now
    )
    draft.text, draft.saved_at = text[:TEXT_LIMIT], now
    session.add(draft)


def view(session: Session, actor: Actor, case_id: int, now: datetime) -> None:
    """Somebody opened the case: their own is read now, another's reading is journalled."""
    case = visible(session, actor, case_id)
    if case.agent_id == actor.user_id:
        if case.unread:
            cases.change(session, case, now, user_id=actor.user_id, unread=False)
        return
    journal.record(session, EventKind.CASE_VIEWED, at=now, case=case, user_id=actor.user_id)


def view_citizen(session: Session, actor: Actor, citizen_id: int, now: datetime) -> None:
    """Somebody opened a citizen's page, whose history they may see: who looked at whom can be asked afterwards."""
    journal.record(
        session,
        EventKind.CITIZEN_VIEWED,
        at=now,
        organisation_id=actor.organisation_id,
        user_id=actor.user_id,
        citizen_id=citizen_id,
    )


def register(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    key: str,
    topic_id: int,
    text: str,
    outcome: Outcome | None,
    channel: Channel = Channel.NOTE,
    sender: str = "",
    subject: str = "",
) -> int:
    """Quick registration of a contact: with an outcome it is closed at once, without it stays with the agent."""
    topic = session.get(Topic, topic_id)
    if topic is None or topic.organisation_id not in actor.scope:
        raise NotFound("no_such_topic")
    inbound = InboundContact(
        channel=Channel.NOTE,
        key=key,
        arrived_at=now,
        sender=sender,
        subject=subject or topic.name,
        text=text[:TEXT_LIMIT],
        topic_key=topic.key,
        facts={"registered_as": channel.value},
    )
    received = intake.receive(session, inbound, now)
    case = cases.get(session, received.case_id)
    if received.duplicate:
        return case.id
    offers.give(session, case, actor.user_id, "take", now)
    if outcome is not None:
        cases.close(session, case, outcome, now, user_id=actor.user_id)
    return case.id


def write_note(session: Session, actor: Actor, case: Case, text: str, now: datetime) -> Contact:
    if not text.strip():
        raise Refused("empty", "there is nothing to write")
    ordinal = len(session.exec(select(Contact.id).where(Contact.case_id == case.id)).all())
    contact = Contact(
        case_id=case.id,
        channel=Channel.NOTE,
        direction=Direction.INTERNAL,
        state=ContactState.ENDED,
        key=f"note:{case.id}:{ordinal}:{now.timestamp()}",
        text=text[:TEXT_LIMIT],
        user_id=actor.user_id,
        arrived_at=now,
        ended_at=now,
    )
    session.add(contact)
    session.flush()
    search.add(session, case.id, case.organisation_id, text[:TEXT_LIMIT])
    journal.record(session, EventKind.NOTE_ADDED, at=now, case=case, contact_id=contact.id, user_id=actor.user_id)
    return contact


def _draft(session: Session, actor: Actor, case_id: int, kind: str) -> Draft | None:
    return session.exec(
        select(Draft).where(Draft.case_id == case_id, Draft.user_id == actor.user_id, Draft.kind == kind)
    ).first()


def draft_text(session: Session, actor: Actor, case_id: int, kind: str) -> str:
    """The actor's own unsent text; empty when there is none."""
    draft = _draft(session, actor, case_id, kind)
    return draft.text if draft else ""


def drop_draft(session: Session, actor: Actor, case_id: int, kind: str) -> None:
    if draft := _draft(session, actor, case_id, kind):
        session.delete(draft)
