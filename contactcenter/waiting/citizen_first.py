"""A promised call where the citizen is rung before the agent. Each verb is one transaction.

The offer reserves the agent. The citizen is rung, and presses a key: only then the agent's telephone rings, as for any
caller. So no agent talks with an answering machine.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, select

from contactcenter import cases, journal, offers
from contactcenter.model import AddressPoint, Case, Contact, Offer, Organisation, Queue
from contactcenter.states import (
    AddressKind,
    CallbackFirst,
    Channel,
    ContactState,
    Direction,
    EventKind,
    OfferState,
)
from contactcenter.waiting import promised

FIRST = "citizen_first"
"""Name of the fact of such a call."""
RESERVED = timedelta(seconds=90)
"""How long an agent is kept for a citizen who is being rung: 30 s of ringing, and the question three times."""


class Order(NamedTuple):
    """What the telephone needs. `shown` is the number of ours that the citizen sees; `name` whose it is."""

    contact_id: int
    number: str
    shown: str
    name: str
    language: str


def begin(session: Session, offer_id: int, token: str, now: datetime) -> Order | None:
    """Write down the call before it is ordered, and keep the agent meanwhile. None: there is nothing to ring for."""
    offer = session.get(Offer, offer_id)
    if offer is None or offer.state is not OfferState.OPEN:
        return None
    case = cases.get(session, offer.case_id)
    queue = session.get(Queue, case.queue_id) if case.queue_id else None
    number = promised.number_of(session, case.id)
    if not number or queue is None or queue.callback_first is not CallbackFirst.CITIZEN:
        return None
    if offers.live_call(session, case.id) is not None:
        return None
    place, shown = session.get(Organisation, case.organisation_id), shown_number(session, case)
    contact = Contact(
        case_id=case.id, channel=Channel.PHONE, direction=Direction.OUT, state=ContactState.RINGING, key=token,
        recipients=[number], address_point=shown, arrived_at=now, facts={FIRST: True},
    )  # fmt: skip
    offer.expires_at = max(offer.expires_at, now + RESERVED)
    session.add_all((contact, offer))
    session.flush()
    journal.record(
        session, EventKind.CALLBACK_STARTED, at=now, case=case, contact_id=contact.id, agent_id=offer.agent_id,
        channel=Channel.PHONE.value, direction=Direction.OUT.value, first=CallbackFirst.CITIZEN.value,
    )  # fmt: skip
    return Order(contact.id, number, shown, place.name if place else "", _language(session, case.id))


def being_asked(session: Session, contact_id: int) -> bool:
    """Whether that citizen is being rung, or has not pressed the key yet: no telephone of ours can ring for them."""
    contact = session.get(Contact, contact_id)
    return bool(
        contact and contact.facts.get(FIRST) and contact.state is ContactState.RINGING and contact.user_id is None
    )


def called_off(session: Session, case_id: int) -> str:
    """Asterisk's name of the call that still rings a citizen who has no promise any more; empty: none."""
    contact_id = offers.live_call(session, case_id)
    if contact_id is None or not being_asked(session, contact_id) or promised.of_case(session, case_id):
        return ""
    return session.get_one(Contact, contact_id).key


def shown_number(session: Session, case: Case) -> str:
    """What a citizen who is rung about a case sees: the number of ours that they called, else the municipality's."""
    points = session.exec(select(AddressPoint).where(AddressPoint.kind == AddressKind.PHONE)).all()
    used = {one.address_point for one in session.exec(select(Contact).where(Contact.case_id == case.id)).all()}
    best = min(
        points, key=lambda p: (p.address not in used, p.organisation_id != case.organisation_id, p.id), default=None
    )
    return best.address if best else ""


def _language(session: Session, case_id: int) -> str:
    """That the caller chose when they called."""
    told = (one.facts.get("language") for one in session.exec(select(Contact).where(Contact.case_id == case_id)).all())
    return next((str(language) for language in told if language), "")
