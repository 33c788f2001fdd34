"""Somebody was sought: the case that comes of it knows whom, and the one who was sought can be told."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from contactcenter import journal, mailout
from contactcenter.directory import people
from contactcenter.directory.model import Person
from contactcenter.errors import Refused
from contactcenter.model import Case, Organisation, OutgoingMail, Queue
from contactcenter.ports import Actor, InboundContact
from contactcenter.sight import visible
from contactcenter.states import EventKind

TEXT_LIMIT = 2_000
SOMEBODY = "en medarbetare"


def sought(session: Session, inbound: InboundContact) -> InboundContact:
    """A call to somebody's direct number goes to the queue of their unit and says whom was sought."""
    person = people.at_number(session, inbound.address_point)
    if person is None:
        return inbound
    name = SOMEBODY if person.protected else person.name
    organisation = _with_queue(session, person.organisation_id)
    return replace(
        inbound,
        subject=inbound.subject or f"Söker {name}",
        organisation_key=organisation.key if organisation else inbound.organisation_key,
        facts=inbound.facts | {"sought": {"person_id": person.id, "name": name}},
    )


def _with_queue(session: Session, organisation_id: int) -> Organisation | None:
    """The unit, or the nearest organisation above it that has a queue."""
    organisation = session.get(Organisation, organisation_id)
    while organisation is not None:
        if session.exec(select(Queue.id).where(Queue.organisation_id == organisation.id)).first() is not None:
            return organisation
        organisation = session.get(Organisation, organisation.parent_id) if organisation.parent_id else None
    return None


def heard(session: Session, number: str, told: str, choice: str, now: datetime) -> None:
    """A caller heard that somebody is not there. `choice`: `centre`, `message`, `none`, `hung_up`."""
    person = people.at(session, number)
    if person is not None:
        journal.record(
            session, EventKind.REFERRAL_HEARD, at=now, organisation_id=person.organisation_id,
            agent_id=person.user_id, person_id=person.id, told=told, choice=choice,
        )  # fmt: skip


def mail_colleague(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    key: str,
    person_id: int,
    case_id: int | None = None,
    number: str = "",
    text: str = "",
) -> int:
    """Tell a colleague by mail that somebody sought them. `key` makes it happen once. Returns the mail's id.

    Nothing of a protected citizen goes into a mail: the case's number says enough to who may see it.
    """
    person = people.visible(session, actor, person_id)
    if person.gone_at is not None or not person.email:
        raise Refused("no_mail_address", "there is no mail address of this colleague")
    case = visible(session, actor, case_id) if case_id is not None else None
    message_id = f"<{key}@sought.kontaktcenter>"
    sent = select(OutgoingMail.id).where(OutgoingMail.message_id == message_id)
    if (known := session.exec(sent.order_by(col(OutgoingMail.id))).first()) is not None:
        return known
    id = _enqueue(session, person, case, message_id, _text(actor, case, number, text), now)
    journal.record(
        session, EventKind.COLLEAGUE_MAILED, at=now, case=case, organisation_id=person.organisation_id,
        user_id=actor.user_id, agent_id=person.user_id, person_id=person.id,
    )  # fmt: skip
    return id


def _enqueue(session: Session, person: Person, case: Case | None, message_id: str, text: str, now: datetime) -> int:
    place = case or Case(number="", organisation_id=person.organisation_id)
    sender, name = mailout.sender_for(session, place)
    raw = mailout.composer()(
        sender=sender, sender_name=name, to=[person.email], subject=_subject(case), text=text,
        case_number=case.number if case else "", message_id=message_id, in_reply_to="", references=[],
        attachments=[], automatic=True, now=now,
    )  # fmt: skip
    return mailout.enqueue(
        session, sender=sender, recipient=person.email, message_id=message_id, raw=raw, kind="sought",
        case_id=case.id if case else None, contact_id=None, now=now,
    )  # fmt: skip


def _subject(case: Case | None) -> str:
    return f"Någon har sökt dig ({case.number})" if case else "Någon har sökt dig"


def _text(actor: Actor, case: Case | None, number: str, text: str) -> str:
    hidden = case is not None and case.protected
    said = "" if hidden else " ".join(number.split())[:40]
    lines = ["Hej!", "", "Någon har sökt dig hos kontaktcenter. Ring gärna upp."]
    lines += ["", f"Telefon: {said}"] if said else []
    lines += [f"Ärende: {case.number}"] if case else []
    lines += ["", text.strip()[:TEXT_LIMIT]] if text.strip() and not hidden else []
    return "\n".join([*lines, "", actor.name, "Kontaktcenter", ""])
