"""Calls whose exchange went away with them, and those that were there all the time."""

from datetime import datetime

from sqlmodel import Session

from contactcenter import calls, cases, journal, offers
from contactcenter.model import Contact, Topic
from contactcenter.states import CaseState, Channel, ContactState, Direction, EventKind

CAUSE = "exchange_lost"
GONE = (ContactState.MISSED, ContactState.ENDED, ContactState.FAILED)


def lost(session: Session, contact: Contact, now: datetime) -> None:
    """The exchange died: who waited is to be called back, who talked was cut off. Remembered, in case it comes back."""
    contact.facts = contact.facts | {"lost": True}
    session.add(contact)
    calls.call_ended(session, contact.id, now, CAUSE)


def found(session: Session, contact: Contact, now: datetime) -> None:
    """The exchange is back and so is the call: it goes on in its place. A call that ended otherwise stays ended."""
    if not contact.facts.get("lost") or contact.state not in GONE:
        return
    contact.facts = {name: value for name, value in contact.facts.items() if name != "lost"}
    contact.state = ContactState.TALKING if contact.answered_at else _before(contact)
    contact.ended_at = None
    session.add(contact)
    session.flush()
    case = cases.get(session, contact.case_id)
    if contact.direction is Direction.IN and case.channel is Channel.CALLBACK and case.state in cases.OPEN:
        offers.withdraw(session, case, now, "caller_found")
        topic = session.get(Topic, case.topic_id) if case.topic_id else None
        promised = cases.promised(topic, Channel.PHONE)
        cases.change(
            session, case, now, channel=Channel.PHONE, arrived_at=contact.arrived_at, promised_seconds=promised
        )
    elif case.state is CaseState.CLOSED:
        cases.reopen(session, case, now, contact_id=contact.id)
    journal.record(session, EventKind.CALL_FOUND, at=now, case=case, contact_id=contact.id, channel=Channel.PHONE.value)


def _before(contact: Contact) -> ContactState:
    return ContactState.WAITING if contact.direction is Direction.IN else ContactState.RINGING
