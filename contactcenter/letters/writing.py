"""Answering by letter: a contact of the case, and a row that leads it to the printer or the digital mailbox."""

from datetime import datetime

from sqlmodel import Session, col, select

from contactcenter import cases, journal, replies, templates
from contactcenter.citizens import marks_of
from contactcenter.errors import Conflict, NotFound, Refused
from contactcenter.letters import address
from contactcenter.letters.model import LetterState, OutgoingLetter, Way
from contactcenter.letters.outbox import Sheet, letterhead
from contactcenter.model import Case, Citizen, Contact, Organisation
from contactcenter.ports import Actor
from contactcenter.sight import own, visible
from contactcenter.states import Channel, ContactState, Direction, EventKind
from contactcenter.writing import SUBJECT_LIMIT, TEXT_LIMIT, drop_draft


def send(
    session: Session,
    actor: Actor,
    case_id: int,
    now: datetime,
    *,
    key: str,
    to: str,
    subject: str,
    text: str,
    digital: bool = False,
    slip: bool = False,
) -> int:
    """Answer by letter to the address `to` (lines, or parted by commas). Returns the contact's id.

    `key` makes it happen once however often it is asked for. Protected identity: `to` is the name alone, and the Tax
    Agency forwards it. `digital`: into the citizen's digital mailbox, on paper when they have none.
    `slip`: with a reply slip.
    """
    case = own(session, actor, case_id)
    known = session.exec(select(Contact).where(Contact.channel == Channel.POST, Contact.key == key)).first()
    if known:
        return known.id
    if not text.strip():
        raise Refused("empty", "there is nothing to send")
    templates.demand_filled(text)
    recipient = window(session, actor, case, to)
    number = personal_number(session, case)
    if (digital or case.protected) and not number:
        raise Refused("personal_number_wanted", "link the citizen with their personal number first")
    if digital and case.protected:
        raise Refused("protected_digital", "a protected identity is written to through the Tax Agency")
    contact = _contact(session, case, actor, key, recipient, subject, text, now)
    letter = OutgoingLetter(
        case_id=case.id,
        contact_id=contact.id,
        way=Way.DIGITAL if digital else Way.PRINT,
        recipient=recipient,
        forwarded=case.protected,
        personal_number=number if digital or case.protected else "",
        slip=slip,
        next_at=now,
        created_at=now,
    )
    session.add(letter)
    replies.answered(session, case, actor, contact, now)
    drop_draft(session, actor, case_id, "letter")
    return contact.id


def cancel(session: Session, actor: Actor, contact_id: int, now: datetime) -> None:
    """Take a letter back that is not handed over yet. Raises Conflict when it is."""
    letter = of_contact(session, contact_id)
    case = own(session, actor, letter.case_id)
    if letter.state not in (LetterState.QUEUED, LetterState.FAILED):
        raise Conflict("letter_gone", "the letter has been handed over")
    letter.state = LetterState.CANCELLED
    contact = session.get_one(Contact, contact_id)
    contact.state, contact.ended_at = ContactState.FAILED, now
    session.add_all([letter, contact])
    _tell(session, case, letter, EventKind.LETTER_CANCELLED, actor, now)


def send_again(session: Session, actor: Actor, contact_id: int, now: datetime) -> None:
    """Print it (again): the paper jammed, or somebody has mended what failed."""
    letter = of_contact(session, contact_id)
    case = visible(session, actor, letter.case_id)
    if letter.state in (LetterState.QUEUED, LetterState.HANDING):
        raise Conflict("letter_waits", "the letter is on its way")
    letter.state, letter.attempts, letter.next_at, letter.last_error = LetterState.QUEUED, 0, now, ""
    session.add(letter)
    _tell(session, case, letter, EventKind.LETTER_QUEUED, actor, now)


def window(session: Session, actor: Actor, case: Case, to: str) -> list[str]:
    """What stands in the envelope's window. Never the address of somebody whose identity is protected."""
    if not case.protected:
        return address.parse(to)
    if not actor.sees_protected:
        raise Refused("protected_identity", "this citizen's identity is protected")
    citizen = session.get(Citizen, case.citizen_id) if case.citizen_id else None
    return [address.name_line(citizen.name if citizen and citizen.name else to.strip().splitlines()[0] if to else "")]


def draft_sheet(
    session: Session, actor: Actor, case_id: int, now: datetime, *, to: str, subject: str, text: str, slip: bool
) -> Sheet:
    """The letter as it would be printed, before it is sent (contact 0)."""
    case = own(session, actor, case_id)
    return Sheet(
        case_number=case.number,
        contact_id=0,
        recipient=tuple(window(session, actor, case, to)),
        forwarded=case.protected,
        personal_number=personal_number(session, case) if case.protected else "",
        subject=(subject.strip() or case.subject)[:SUBJECT_LIMIT],
        text=text[:TEXT_LIMIT],
        signed=actor.name,
        date=now,
        language=case.language or "sv",
        slip=slip,
        letterhead=letterhead(session, case.organisation_id),
    )


def personal_number(session: Session, case: Case) -> str:
    """Twelve digits of the case's citizen; empty when nobody is linked or it is not known."""
    if case.citizen_id is None:
        return ""
    return next((value for kind, value in marks_of(session, case.citizen_id) if kind == "personal_number"), "")


def suggested_address(session: Session, case: Case) -> str:
    """Where a letter most likely goes: what the citizen's page says, else what their own letter said."""
    if case.protected:
        citizen = session.get(Citizen, case.citizen_id) if case.citizen_id else None
        return citizen.name if citizen else ""
    citizen = session.get(Citizen, case.citizen_id) if case.citizen_id else None
    if citizen and citizen.address:
        return "\n".join([citizen.name, *(part.strip() for part in citizen.address.replace("\n", ",").split(","))])
    letter = session.exec(
        select(Contact)
        .where(Contact.case_id == case.id, Contact.channel == Channel.POST, Contact.direction == Direction.IN)
        .order_by(col(Contact.id).desc())
    ).first()
    return _written_on(letter) if letter else ""


def _written_on(letter: Contact) -> str:
    found = {str(one["kind"]): str(one["value"]) for one in reversed(letter.facts.get("fields", []))}
    place = f"{found['postcode']} {found['place']}" if "postcode" in found and "place" in found else ""
    return "\n".join(line for line in (found.get("name", ""), found.get("street", ""), place) if line)


def of_contact(session: Session, contact_id: int) -> OutgoingLetter:
    letter = session.exec(select(OutgoingLetter).where(OutgoingLetter.contact_id == contact_id)).first()
    if letter is None:
        raise NotFound("no_such_letter")
    return letter


def _contact(
    session: Session, case: Case, actor: Actor, key: str, recipient: list[str], subject: str, text: str, now: datetime
) -> Contact:
    organisation = session.get(Organisation, case.organisation_id)
    contact = Contact(
        case_id=case.id,
        channel=Channel.POST,
        direction=Direction.OUT,
        state=ContactState.QUEUED,
        key=key,
        sender_name=organisation.name if organisation else "",
        recipients=recipient,
        subject=(subject.strip() or case.subject)[:SUBJECT_LIMIT],
        text=text[:TEXT_LIMIT],
        user_id=actor.user_id,
        arrived_at=now,
    )
    session.add(contact)
    session.flush()
    return contact


def _tell(session: Session, case: Case, letter: OutgoingLetter, kind: EventKind, actor: Actor, now: datetime) -> None:
    journal.record(session, kind, at=now, case=case, contact_id=letter.contact_id, user_id=actor.user_id)
    cases.change(session, case, now)
