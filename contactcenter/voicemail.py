"""What callers leave without anybody's help: a message, a wish to be called back, or the trace of having called."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from contactcenter import calls, cases, intake, journal, offers
from contactcenter.counting import SHORT_ABANDON_SECONDS
from contactcenter.directory.seeking import sought
from contactcenter.model import Case, Contact, Topic
from contactcenter.ports import InboundContact, Received, StoredFile
from contactcenter.states import Channel, ContactState, EventKind, Outcome

SHORTEST = 2.0
"""Seconds; a shorter message says nothing, but somebody called."""
ROLE = "voicemail"
"""Of the file that holds the message."""


HELPED = "answered_since"
"""Why a trace of a call needs no call back."""


class Left(StrEnum):
    """What a caller left: `left` is the trace of one who hung up while nobody was there."""

    MESSAGE = "message"
    WISH = "wish"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that a caller left. `call_id` is Asterisk's; `sender` E.164, empty when withheld."""

    kind: Left
    call_id: str
    came_at: datetime
    left_at: datetime
    number: str
    topic: str
    sender: str
    message: StoredFile | None = None
    seconds: float = 0.0


def chosen(session: Session, contact: Contact, now: datetime) -> None:
    """One who waited in the queue goes to the voicemail: nobody has to answer, and nobody was abandoned."""
    if contact.state not in (ContactState.WAITING, ContactState.RINGING):
        return
    contact.state, contact.ended_at, contact.user_id = ContactState.ENDED, now, None
    session.add(contact)
    case = cases.get(session, contact.case_id)
    offers.withdraw(session, case, now, "voicemail")
    _to_be_called(session, case, now)
    _tell(session, case, contact, now)


def take_in(session: Session, note: Note, now: datetime, short: int = SHORT_ABANDON_SECONDS) -> Received | None:
    """File what was left, once however often it is told. None: that call is known, and there is nothing to add.

    `short`: the setting `short_abandon_seconds`.
    """
    session.info[calls.SHORT] = short
    known = session.exec(select(Contact).where(Contact.channel == Channel.PHONE, Contact.key == note.call_id)).first()
    if note.kind is Left.LEFT or (note.kind is Left.MESSAGE and note.seconds < SHORTEST):
        return None if known else _missed(session, note, now)
    return _written(session, note, known, now)


def _missed(session: Session, note: Note, now: datetime) -> Received:
    """A call that came and went; told at its own time, so that the figures are true."""
    inbound = InboundContact(
        channel=Channel.PHONE,
        key=note.call_id,
        arrived_at=note.came_at,
        address_point=note.number,
        sender=note.sender,
        recipients=(note.number,),
        marks=(("phone", note.sender),) if note.sender else (),
        topic_key=note.topic,
        facts={"private": not note.sender, "alone": True},
    )
    received = calls.call_waiting(session, sought(session, inbound), note.came_at)
    calls.call_abandoned(session, received.contact_id, max(note.left_at, note.came_at))
    _settle_if_helped(session, received, note, now)
    return received


def _settle_if_helped(session: Session, received: Received, note: Note, now: datetime) -> None:
    """The trace came late: they have been talked with since, and need no call back. The reason is told."""
    case = cases.get(session, received.case_id)
    if not note.sender or case.channel is not Channel.CALLBACK or case.state not in cases.OPEN:
        return
    talked = session.exec(
        select(Contact.id).where(
            Contact.channel == Channel.PHONE,
            Contact.id != received.contact_id,
            col(Contact.answered_at) >= note.left_at,
            Contact.sender == note.sender,
            Contact.address_point == note.number,
        )
    ).first()
    if talked is not None:
        offers.withdraw(session, case, now, HELPED)
        cases.close(session, case, Outcome.NO_ANSWER_NEEDED, now, verb="settle", reason=HELPED)


def _written(session: Session, note: Note, known: Contact | None, now: datetime) -> Received:
    """A message or a wish is work that waits: to listen, and to ring."""
    inbound = InboundContact(
        channel=Channel.CALLBACK,
        key=f"{note.kind}:{note.call_id}",
        arrived_at=note.came_at,
        address_point=note.number,
        sender=note.sender,
        recipients=(note.number,),
        marks=(("phone", note.sender),) if note.sender else (),
        certain_cases=(cases.get(session, known.case_id).number,) if known else (),
        topic_key=note.topic,
        facts={"left": note.kind.value, "seconds": round(note.seconds, 1), "private": not note.sender},
        files=(note.message,) if note.message else (),
    )
    received = intake.receive(session, sought(session, inbound), now)
    if not received.duplicate:
        case, contact = cases.get(session, received.case_id), session.get_one(Contact, received.contact_id)
        _to_be_called(session, case, note.came_at)
        _one_case(session, case, contact, now)
        _tell(session, case, contact, now)
    return received


def _one_case(session: Session, case: Case, contact: Contact, now: datetime) -> None:
    """Who was missed and then leaves a message is one matter: it is in the message, and keeps the earlier place."""
    earlier = calls.settle_missed(session, contact, now)
    if earlier and case.channel is Channel.CALLBACK and case.state in cases.OPEN:
        cases.change(session, case, now, arrived_at=min([case.arrived_at, *earlier]))


def _to_be_called(session: Session, case: Case, since: datetime) -> None:
    if case.channel is Channel.PHONE and case.state in cases.OPEN:
        topic = session.get(Topic, case.topic_id) if case.topic_id else None
        promised = cases.promised(topic, Channel.CALLBACK)
        cases.change(session, case, since, channel=Channel.CALLBACK, arrived_at=since, promised_seconds=promised)


def _tell(session: Session, case: Case, contact: Contact, now: datetime) -> None:
    data = {"channel": contact.channel.value, "left": contact.facts.get("left", "")}
    journal.record(session, EventKind.VOICEMAIL_LEFT, at=now, case=case, contact_id=contact.id, **data)
