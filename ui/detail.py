"""Everything about one case, for one reader: what arrived and was sent, the journal, the citizen, the files."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlmodel import Session, col, select

from contactcenter import citizens, desk, listening, mail_images, queueing, scanning, templates
from contactcenter.errors import NotFound
from contactcenter.model import (
    Case,
    Citizen,
    Contact,
    Delivery,
    Draft,
    Event,
    FileRecord,
    OutgoingMail,
)
from contactcenter.ports import Actor
from contactcenter.states import Channel, Direction, MailState
from ui import letters, people, records, rows, tapes, wire

HISTORY = 20
EVENTS = 1_000
CONTACTS = 500


def detail(session: Session, actor: Actor, case_id: int) -> records.CaseDetail:
    """The case with all that belongs to it. Raises NotFound when the reader may not see it."""
    case = desk.visible(session, actor, case_id)
    hidden = is_hidden(case, actor)
    contacts = _contacts(session, case.id)
    citizen = session.get(Citizen, case.citizen_id) if case.citizen_id else None
    return records.CaseDetail(
        case=row(session, case, hidden),
        outcome=case.outcome,
        closed_at=case.closed_at,
        merged_into_id=case.merged_into_id,
        masked=hidden,
        contacts=_contact_rows(session, contacts, actor, hidden),
        events=_events(session, actor, case.id),
        deliveries=_deliveries(session, case.id),
        citizen=citizen_row(session, citizen, actor) if citizen else None,
        history=[] if hidden else _history(session, actor, case),
        maybe=[] if hidden or citizen else _maybe(session, actor, case, contacts),
        drafts=_drafts(session, actor, case.id),
        reply_to=[] if hidden else _reply_to(session, case, contacts),
        reply_subject="" if hidden else case.subject,
        templates=[] if hidden else _templates(session, case),
        letter_to=None if hidden else letters.letter_to(session, case),
        call_back="" if hidden else people.number_of(session, case),
        suggested=None if hidden else _suggested(session, actor, case),
    )


def is_hidden(case: Case, actor: Actor) -> bool:
    """Protected, and the reader may not see who it is about."""
    return case.protected and not actor.sees_protected


def row(session: Session, case: Case, hidden: bool) -> wire.CaseRow:
    """The case as in the queue, whatever its state."""
    fields = {name: getattr(case, name) for name in wire.CaseRow.__struct_fields__ if hasattr(case, name)}
    call = next(iter(rows.live_calls(session, rows.C.case_id == case.id)), None)
    newest = session.exec(select(Contact.id).where(Contact.case_id == case.id).order_by(col(Contact.id).desc())).first()
    if hidden:
        fields |= {"subject": "", "sender": "", "citizen_id": None}
    return wire.CaseRow(
        **fields,
        calendar=rows.calendar_of_case(session, case),
        contact_id=call.contact_id if call else newest,
        **(rows.of_call(call) | ({"call_third": ""} if hidden else {})),
    )


def file_for(session: Session, actor: Actor, file_id: int) -> FileRecord:
    """A file that the reader may open. Raises NotFound."""
    file = session.get(FileRecord, file_id)
    contact = session.get(Contact, file.contact_id) if file else None
    if file is None or contact is None:
        raise NotFound("no_such_file")
    case = session.get(Case, contact.case_id)
    if case is None or case.organisation_id not in actor.scope or is_hidden(case, actor):
        raise NotFound("no_such_file")
    return file


def html_for(session: Session, actor: Actor, case_id: int, contact_id: int) -> tuple[str, list[FileRecord], bool]:
    """The safe HTML of a contact, its inline images, whether others may be loaded. Raises NotFound."""
    case = desk.visible(session, actor, case_id)
    contact = session.get(Contact, contact_id)
    if contact is None or contact.case_id != case.id or not contact.html or is_hidden(case, actor):
        raise NotFound("not_found")
    files = session.exec(select(FileRecord).where(FileRecord.contact_id == contact.id))
    images = [file for file in files if file.media_type.startswith("image/") and not scanning.is_locked(file)]
    return contact.html, images, mail_images.consent(session, case, contact) is not None


def citizen_row(session: Session, citizen: Citizen, actor: Actor) -> records.CitizenRow:
    """The citizen, without a face when protected and the reader may not see."""
    if citizen.protected and not actor.sees_protected:
        return records.CitizenRow(citizen.id, "", "", True, "", [])
    marks = [records.Mark(kind, value) for kind, value in citizens.marks_of(session, citizen.id)]  # type: ignore[arg-type]
    return records.CitizenRow(citizen.id, citizen.name, citizen.address, citizen.protected, citizen.note, marks)


def brief(case: Case, actor: Actor, excerpt: str = "") -> records.CaseBrief:
    """The case as a line in a list."""
    hidden = is_hidden(case, actor)
    fields = {name: getattr(case, name) for name in records.CaseBrief.__struct_fields__ if hasattr(case, name)}
    hide = {"subject": "", "sender": ""} if hidden else {}
    return records.CaseBrief(**fields | hide, excerpt="" if hidden else excerpt)


def used_share(session: Session, case: Case, now: datetime) -> float:
    """Share of the promised time that the case has used."""
    return queueing.used(case, queueing.hours_by_organisation(session), now)


def _contacts(session: Session, case_id: int) -> list[Contact]:
    newest = select(Contact).where(Contact.case_id == case_id).order_by(col(Contact.id).desc()).limit(CONTACTS)
    return list(reversed(session.exec(newest).all()))


def _contact_rows(session: Session, contacts: list[Contact], actor: Actor, hidden: bool) -> list[records.ContactRow]:
    ids = [contact.id for contact in contacts]
    files = defaultdict(list)
    found = select(FileRecord).where(col(FileRecord.contact_id).in_(ids)).order_by(col(FileRecord.position))
    for file in session.exec(found):
        files[file.contact_id].append(file)
    names = people.names(session, {contact.user_id for contact in contacts if contact.user_id})
    mails, posted = _mails(session, ids), letters.letters_of(session, ids)
    taped = {} if hidden else tapes.tapes_of(session, actor, ids)
    made = []
    for contact in contacts:
        closed = hidden and contact.user_id != actor.user_id
        name = names.get(contact.user_id or 0, "")
        row = _contact_row(contact, files[contact.id], name, mails.get(contact.id), posted.get(contact.id), closed)
        if not closed and (images := mail_images.facts(session, contact)):
            row.facts["images"] = images
        made.append(msgspec.structs.replace(row, tapes=taped.get(contact.id, [])))
    return made


def _contact_row(
    contact: Contact,
    files: Iterable[FileRecord],
    name: str,
    mail: MailState | None,
    letter: records.LetterRow | None,
    hidden: bool,
) -> records.ContactRow:
    fields: dict[str, Any] = {
        field: getattr(contact, field) for field in records.ContactRow.__struct_fields__ if hasattr(contact, field)
    }
    fields["facts"] = {key: value for key, value in contact.facts.items() if key not in PRIVATE_FACTS}
    if hidden:
        fields |= {"sender": "", "sender_name": "", "recipients": [], "subject": "", "text": "", "facts": {}}
    page = f"/api/console/cases/{contact.case_id}/contacts/{contact.id}/html"
    return records.ContactRow(
        **fields,
        html_url=page if contact.html and not hidden else None,
        user=name,
        files=[_file_row(file, hidden) for file in files],
        mail_state=mail,
        letter=letter,
        tapes=[],
    )


PRIVATE_FACTS = frozenset({"headers", "envelope", "listened", "overheard", "tape"})
"""Facts that are for finding faults or for an inquiry, not for reading."""


def _file_row(file: FileRecord, hidden: bool) -> records.FileRow:
    return records.FileRow(
        id=file.id,
        name="" if hidden else file.name,
        media_type=file.media_type,
        size=file.size,
        role=file.role,
        url=None if hidden else f"/files/{file.id}",
        position=file.position,
        facts={} if hidden else {key: value for key, value in file.facts.items() if key != "unlocked"},
    )


_PROGRESS = [MailState.SENT, MailState.SENDING, MailState.QUEUED, MailState.UNDONE, MailState.FAILED]


def _mails(session: Session, contact_ids: list[int]) -> dict[int, MailState]:
    """Contact id -> how far its mail has come; of several recipients the one that has come least far."""
    found = session.exec(
        select(OutgoingMail.contact_id, OutgoingMail.state).where(col(OutgoingMail.contact_id).in_(contact_ids))
    ).all()
    worst: dict[int, MailState] = {}
    for contact_id, state in found:
        if contact_id is not None:
            worst[contact_id] = max(worst.get(contact_id, MailState.SENT), MailState(state), key=_PROGRESS.index)
    return worst


def _events(session: Session, actor: Actor, case_id: int) -> list[records.HistoryRow]:
    newest = select(Event).where(Event.case_id == case_id).order_by(col(Event.id).desc()).limit(EVENTS)
    events = [one for one in reversed(session.exec(newest).all()) if listening.may_know(one, actor)]
    ids = {id for event in events for id in (event.user_id, event.agent_id) if id}
    names = people.names(session, ids)
    return [
        records.HistoryRow(
            id=event.id,
            at=event.at,
            kind=event.kind,
            user=names.get(event.user_id or 0, ""),
            agent=names.get(event.agent_id or 0, ""),
            contact_id=event.contact_id,
            data=event.data,
        )
        for event in events
    ]


def _deliveries(session: Session, case_id: int) -> list[records.DeliveryRow]:
    found = session.exec(select(Delivery).where(Delivery.case_id == case_id).order_by(col(Delivery.id))).all()
    names = records.DeliveryRow.__struct_fields__
    return [records.DeliveryRow(**{name: getattr(one, name) for name in names}) for one in found]


def _templates(session: Session, case: Case) -> list[records.TemplateRow]:
    return [records.TemplateRow(one.id, one.name, one.language) for one in templates.offered(session, case)]


def _history(session: Session, actor: Actor, case: Case) -> list[records.CaseBrief]:
    if case.citizen_id is None:
        return []
    others = (
        select(Case)
        .where(Case.citizen_id == case.citizen_id, Case.id != case.id, col(Case.organisation_id).in_(actor.scope))
        .order_by(col(Case.id).desc())
        .limit(HISTORY)
    )
    return [brief(other, actor) for other in session.exec(others)]


def _suggested(session: Session, actor: Actor, case: Case) -> records.CaseBrief | None:
    other = session.get(Case, case.suggested_case_id) if case.suggested_case_id else None
    return brief(other, actor) if other and other.organisation_id in actor.scope else None


def _maybe(session: Session, actor: Actor, case: Case, contacts: list[Contact]) -> list[records.CitizenRow]:
    """Citizens whom the contacts' marks may mean: an agent decides."""
    marks = [(str(mark[0]), str(mark[1])) for contact in contacts for mark in contact.facts.get("marks", [])]
    municipality = citizens.municipality_of(session, case.organisation_id)
    found = citizens.possible(session, municipality, list(dict.fromkeys(marks))[:50])
    return [citizen_row(session, one, actor) for one in found if actor.sees_protected or not one.protected]


def _drafts(session: Session, actor: Actor, case_id: int) -> dict[str, str]:
    own = select(Draft).where(Draft.case_id == case_id, Draft.user_id == actor.user_id)
    return {draft.kind: draft.text for draft in session.exec(own)}


def _reply_to(session: Session, case: Case, contacts: list[Contact]) -> list[str]:
    for contact in reversed(contacts):
        if contact.channel is Channel.EMAIL and contact.direction is Direction.IN and contact.sender:
            return [str(contact.facts.get("reply_to") or contact.sender)]
    if case.citizen_id is None:
        return []
    marks = citizens.marks_of(session, case.citizen_id)
    return [value for kind, value in marks if kind == "email"][:1]
