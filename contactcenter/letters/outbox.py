"""What becomes of letters: claimed before they are handed over, tried again for days, told when they are out.

A letter that was being handed over when the process died is handed over again after its lease, under the same file
name: a print folder gets the same file once more instead of another one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from contactcenter import cases, journal
from contactcenter.letters.model import LetterState, OutgoingLetter, Way
from contactcenter.model import Case, Contact, FileRecord, Organisation, User
from contactcenter.ports import StoredFile
from contactcenter.states import CaseState, ContactState, EventKind

LEASE = timedelta(minutes=10)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that stands on a letter."""

    case_number: str
    contact_id: int
    recipient: tuple[str, ...]
    forwarded: bool
    personal_number: str
    subject: str
    text: str
    signed: str
    """Who wrote it: the agent's name."""
    date: datetime
    language: str
    slip: bool
    letterhead: dict[str, object]
    """`name`, `municipality`, and of `Organisation.letterhead`: `address`, `phone`, `email`, `web`, `logo`."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter to be handed over now."""

    id: int
    way: Way
    attempts: int
    created_at: datetime
    sheet: Sheet


def is_due(session: Session, now: datetime) -> bool:
    return session.exec(select(OutgoingLetter.id).where(_due(now)).limit(1)).first() is not None


def claim(session: Session, now: datetime) -> Claimed | None:
    """Reserve the letter that is due first."""
    letter = session.exec(select(OutgoingLetter).where(_due(now)).order_by(col(OutgoingLetter.next_at))).first()
    if letter is None:
        return None
    letter.state, letter.attempts, letter.next_at = LetterState.HANDING, letter.attempts + 1, now + LEASE
    session.add(letter)
    return Claimed(letter.id, letter.way, letter.attempts, letter.created_at, sheet_of(session, letter))


def sheet_of(session: Session, letter: OutgoingLetter) -> Sheet:
    contact, case = session.get_one(Contact, letter.contact_id), session.get_one(Case, letter.case_id)
    return Sheet(
        case_number=case.number,
        contact_id=contact.id,
        recipient=tuple(letter.recipient),
        forwarded=letter.forwarded,
        personal_number=letter.personal_number,
        subject=contact.subject,
        text=contact.text,
        signed=_name_of(session, contact.user_id),
        date=contact.arrived_at,
        language=case.language or "sv",
        slip=letter.slip,
        letterhead=letterhead(session, case.organisation_id),
    )


def letterhead(session: Session, organisation_id: int) -> dict[str, object]:
    """That of the unit, else of the nearest one above it that has one; with the names of both ends."""
    unit = top = session.get_one(Organisation, organisation_id)
    found = dict(unit.letterhead)
    while top.parent_id is not None:
        top = session.get_one(Organisation, top.parent_id)
        found = found or dict(top.letterhead)
    return found | {"name": unit.name, "municipality": top.name}


def handed_over(session: Session, letter_id: int, file: StoredFile, now: datetime) -> None:
    """The printer's folder or queue, or the digital mailbox's operator, has it; `file` is what it got."""
    letter = session.get_one(OutgoingLetter, letter_id)
    letter.state, letter.handed_at, letter.last_error = LetterState.HANDED_OVER, now, ""
    session.add(letter)
    _keep(session, letter.contact_id, file)
    _tell(session, letter, EventKind.LETTER_HANDED_OVER, ContactState.SENT, now, way=letter.way.value)


def delivered(session: Session, contact_id: int, now: datetime) -> None:
    """It lies in the citizen's digital mailbox."""
    letter = _of_contact(session, contact_id)
    if letter and letter.state is LetterState.HANDED_OVER:
        letter.state = LetterState.DELIVERED
        session.add(letter)
        _tell(session, letter, EventKind.LETTER_DELIVERED, ContactState.SENT, now)


def refused(session: Session, contact_id: int, reason: str, now: datetime) -> None:
    """The citizen has no digital mailbox, or the operator would not have it: on paper instead."""
    letter = _of_contact(session, contact_id)
    if letter and letter.state is LetterState.HANDED_OVER and letter.way is Way.DIGITAL:
        letter.state, letter.way, letter.next_at, letter.attempts = LetterState.QUEUED, Way.PRINT, now, 0
        session.add(letter)
        _tell(session, letter, EventKind.LETTER_QUEUED, ContactState.QUEUED, now, reason=reason)


def not_taken(session: Session, letter_id: int, code: str, now: datetime) -> None:
    """Try again later; after five days somebody has to look, and a closed case waits again."""
    letter = session.get_one(OutgoingLetter, letter_id)
    letter.last_error = code
    session.add(letter)
    if now - letter.created_at < GIVE_UP_AFTER:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(letter.attempts - 1, 10))
        letter.state, letter.next_at = LetterState.QUEUED, now + pause
        return
    failed(session, letter_id, code, now)


def failed(session: Session, letter_id: int, code: str, now: datetime) -> None:
    """It cannot go out as it is."""
    letter = session.get_one(OutgoingLetter, letter_id)
    letter.state, letter.last_error = LetterState.FAILED, code
    session.add(letter)
    _tell(session, letter, EventKind.LETTER_FAILED, ContactState.FAILED, now, code=code)
    case = cases.follow(session, session.get_one(Case, letter.case_id))
    if case.state is CaseState.CLOSED:
        cases.reopen(session, case, now, contact_id=letter.contact_id)
    else:
        cases.change(session, case, now, unread=True)


def _due(now: datetime) -> ColumnElement[bool]:
    open_states = (LetterState.QUEUED, LetterState.HANDING)
    return and_(col(OutgoingLetter.state).in_(open_states), col(OutgoingLetter.next_at) <= now)


def _of_contact(session: Session, contact_id: int) -> OutgoingLetter | None:
    return session.exec(select(OutgoingLetter).where(OutgoingLetter.contact_id == contact_id)).first()


def _name_of(session: Session, user_id: int | None) -> str:
    user = session.get(User, user_id) if user_id else None
    return user.name if user else ""


def _keep(session: Session, contact_id: int, file: StoredFile) -> None:
    """What was sent belongs to the case, each edition once."""
    there = select(FileRecord).where(FileRecord.contact_id == contact_id, FileRecord.sha256 == file.sha256)
    if session.exec(there).first() is None:
        session.add(
            FileRecord(
                contact_id=contact_id, role=file.role, name=file.name, media_type=file.media_type, size=file.size,
                sha256=file.sha256, facts=file.facts,
            )
        )  # fmt: skip


def _tell(
    session: Session, letter: OutgoingLetter, kind: EventKind, state: ContactState, now: datetime, **data: Any
) -> None:
    contact = session.get_one(Contact, letter.contact_id)
    contact.state = state
    contact.ended_at = None if state is ContactState.QUEUED else now
    session.add(contact)
    journal.record(session, kind, at=now, case=session.get(Case, letter.case_id), contact_id=letter.contact_id, **data)
