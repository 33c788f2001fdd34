"""What the telephone channel tells the core. Each verb is one transaction; each may be told twice without harm."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from contactcenter import agents, calls_desk, cases, intake, journal, layout, offers
from contactcenter.counting import SHORT_ABANDON_SECONDS
from contactcenter.errors import NotFound
from contactcenter.model import Case, Contact, Topic, User
from contactcenter.ports import InboundContact, Received
from contactcenter.states import (
    AgentState,
    CallPhase,
    CaseState,
    Channel,
    ContactState,
    Direction,
    EventKind,
    Outcome,
)
from contactcenter.waiting import promised, told
from contactcenter.waiting.citizen_first import FIRST

DISMISSED = "dismissed"
"""Name of the fact of a caller who is told that nobody can take the call (contactcenter.overflow)."""
SHORT = "short_abandon_seconds"
"""Where a session is told the setting of that name; it goes into each missed call's event."""
LIVE = (ContactState.WAITING, ContactState.RINGING, ContactState.TALKING)


def call_waiting(session: Session, inbound: InboundContact, now: datetime, *, is_new: bool = False) -> Received:
    """A citizen has chosen a topic and waits. `inbound.key` is Asterisk's linkedid; `is_new`: no contact yet."""
    if inbound.sender:
        promised.rang_again(session, inbound.sender, now)
    return intake.receive(session, inbound, now, is_new=is_new)


def call_ringing(session: Session, contact_id: int, agent_id: int, now: datetime) -> None:
    """The agent's telephone rings."""
    contact = _contact(session, contact_id)
    if contact.state not in (ContactState.WAITING, ContactState.RINGING):
        return
    _set(session, contact, ContactState.RINGING, user_id=agent_id)
    _tell(session, contact, EventKind.CALL_RINGING, now, agent_id=agent_id)


def call_unanswered(session: Session, contact_id: int, now: datetime) -> None:
    """The agent's telephone was not lifted, or a citizen rung first has pressed the key: they wait."""
    contact = _contact(session, contact_id)
    if contact.state is ContactState.RINGING and (contact.direction is Direction.IN or contact.facts.get(FIRST)):
        _set(session, contact, ContactState.WAITING, user_id=None)
        _tell(session, contact, EventKind.CALL_WAITING, now)


def call_answered(session: Session, contact_id: int, agent_id: int, now: datetime) -> None:
    """The agent talks with the citizen: the case is theirs, whatever became of the offer on the way."""
    contact = _contact(session, contact_id)
    if contact.state is ContactState.ENDED or (contact.state is ContactState.TALKING and contact.user_id == agent_id):
        return
    if contact.answered_at:
        calls_desk.taken_over(session, contact, agent_id, now)
        return
    case = cases.get(session, contact.case_id)
    calls_desk.take(session, case, agent_id, now)
    waited = int((now - contact.arrived_at).total_seconds())
    _set(session, contact, ContactState.TALKING, user_id=agent_id, answered_at=now)
    if case.first_answer_at is None:
        case.first_answer_at = now
        session.add(case)
    _tell(
        session,
        contact,
        EventKind.CALL_ANSWERED,
        now,
        agent_id=agent_id,
        waited=waited,
        promised=case.promised_seconds,
    )
    agents.set_state(session, agents.get(session, agent_id), AgentState.BUSY, now)
    promised.answered(session, case.id, now)
    told.came_true(session, case.id, now)
    settle_missed(session, contact, now)


def call_answered_outside(session: Session, contact_id: int, now: datetime) -> None:
    """Somebody without a place here took the call (a fallback telephone, while we were away): it is dealt with."""
    contact = _contact(session, contact_id)
    if contact.state not in (ContactState.WAITING, ContactState.RINGING):
        return
    case = cases.get(session, contact.case_id)
    waited = int((now - contact.arrived_at).total_seconds())
    _set(session, contact, ContactState.TALKING, user_id=None, answered_at=now)
    offers.withdraw(session, case, now, "answered_elsewhere")
    _tell(session, contact, EventKind.CALL_ANSWERED, now, waited=waited, direction=contact.direction)
    promised.answered(session, case.id, now)
    if (case.channel is Channel.PHONE or contact.facts.get(FIRST)) and case.state is CaseState.WAITING:
        cases.close(session, case, Outcome.CONNECTED, now, verb="settle")
    settle_missed(session, contact, now)


def call_ended(session: Session, contact_id: int, now: datetime, cause: str = "") -> None:
    """The call is over. One that was never answered is a missed one."""
    contact = _contact(session, contact_id)
    if contact.state in (ContactState.WAITING, ContactState.RINGING):
        if contact.direction is Direction.OUT:
            hung_up = cause == "citizen" and bool(contact.facts.get(FIRST))
            return callback_failed(session, contact_id, now, promised.HUNG_UP if hung_up else cause or "no_answer")
        return call_abandoned(session, contact_id, now)
    if contact.state is not ContactState.TALKING:
        return
    talked = int((now - (contact.answered_at or now)).total_seconds())
    _set(session, contact, ContactState.ENDED, ended_at=now, phase=CallPhase.TALKING, third="", third_talks=False)
    case = cases.get(session, contact.case_id)
    _tell(session, contact, EventKind.CALL_ENDED, now, agent_id=contact.user_id, talked=talked, cause=cause)
    if contact.user_id is not None:
        _wrap_up(session, contact.user_id, case, now)


def call_abandoned(session: Session, contact_id: int, now: datetime) -> None:
    """The citizen gave up waiting: the case becomes a wish to be rung, in the same queue."""
    contact = _contact(session, contact_id)
    if contact.state not in (ContactState.WAITING, ContactState.RINGING):
        return
    if calls_desk.left_queue_again(session, contact, now) or _dismissed(session, contact, now):
        return
    waited = int((now - contact.arrived_at).total_seconds())
    _set(session, contact, ContactState.MISSED, ended_at=now, user_id=None)
    case = cases.get(session, contact.case_id)
    offers.withdraw(session, case, now, "caller_gave_up")
    _tell(
        session,
        contact,
        EventKind.CALL_MISSED,
        now,
        waited=waited,
        topic_id=case.topic_id,
        queue_id=case.queue_id,
        short=int(session.info.get(SHORT, SHORT_ABANDON_SECONDS)),
    )
    if case.channel is Channel.PHONE and case.state in cases.OPEN:
        topic = session.get(Topic, case.topic_id) if case.topic_id else None
        earlier = settle_missed(session, contact, now)
        cases.change(
            session,
            case,
            now,
            channel=Channel.CALLBACK,
            arrived_at=min([now, *earlier]),
            promised_seconds=cases.promised(topic, Channel.CALLBACK),
        )


def _dismissed(session: Session, contact: Contact, now: datetime) -> bool:
    """Whether the caller was told that nobody can take the call: that was the answer, and nobody was abandoned."""
    if not contact.facts.get(DISMISSED):
        return False
    _set(session, contact, ContactState.ENDED, ended_at=now, user_id=None)
    case = cases.get(session, contact.case_id)
    offers.withdraw(session, case, now, "dismissed")
    _tell(session, contact, EventKind.CALL_ENDED, now, talked=0, cause=DISMISSED)
    if case.channel is Channel.PHONE and case.state in cases.OPEN:
        cases.close(session, case, Outcome.NO_ANSWER_NEEDED, now, verb="settle")
    return True


def callback_started(session: Session, case_id: int, agent_id: int, key: str, number: str, now: datetime) -> int:
    """An agent rings a citizen; recorded before Asterisk is asked to. Returns the contact's id."""
    case = cases.get(session, case_id)
    contact = Contact(
        case_id=case.id,
        channel=Channel.PHONE,
        direction=Direction.OUT,
        state=ContactState.RINGING,
        key=key,
        recipients=[number],
        user_id=agent_id,
        arrived_at=now,
    )
    session.add(contact)
    session.flush()
    _tell(session, contact, EventKind.CALLBACK_STARTED, now, agent_id=agent_id)
    return contact.id


def callback_failed(session: Session, contact_id: int, now: datetime, cause: str) -> None:
    """The agent or the citizen did not answer; the case stays with the agent."""
    contact = _contact(session, contact_id)
    if contact.state not in (ContactState.WAITING, ContactState.RINGING):
        return
    _set(session, contact, ContactState.FAILED, ended_at=now)
    _tell(session, contact, EventKind.CALL_ENDED, now, agent_id=contact.user_id, talked=0, cause=cause)
    promised.not_reached(session, contact.case_id, cause, now)


def live_calls(session: Session) -> list[Contact]:
    """Calls that, as far as we know, are going on. After a restart they are compared with Asterisk's."""
    return list(
        session.exec(
            select(Contact)
            .where(Contact.channel == Channel.PHONE, col(Contact.state).in_(LIVE))
            .order_by(col(Contact.id))
        )
    )


def settle_missed(session: Session, contact: Contact, now: datetime) -> list[datetime]:
    """The citizen was reached, or has been missed once more: missed calls from the same number to the same place need
    no call back of their own. Returns since when each had waited, so that the case that remains keeps the place."""
    if not contact.sender or contact.direction is Direction.OUT:
        return []
    missed = session.exec(
        select(Case)
        .join(Contact, col(Contact.case_id) == col(Case.id))
        .where(
            Case.id != contact.case_id,
            Case.channel == Channel.CALLBACK,
            col(Case.state).in_((CaseState.WAITING, CaseState.OFFERED)),
            Contact.sender == contact.sender,
            Contact.address_point == contact.address_point,
            Contact.state == ContactState.MISSED,
        )
    ).unique()
    waited = []
    for case in missed.all():
        waited.append(case.arrived_at)
        offers.withdraw(session, case, now, "rang_again")
        cases.close(session, case, Outcome.NO_ANSWER_NEEDED, now, verb="settle")
    return waited


def _wrap_up(session: Session, agent_id: int, case: Case, now: datetime) -> None:
    agent = session.get(User, agent_id)
    if agent and agent.state is AgentState.BUSY:
        topic = layout.of(session).topics.get(case.topic_id) if case.topic_id else None
        agents.wrap_up(session, agent, topic, now)


def _contact(session: Session, contact_id: int) -> Contact:
    contact = session.get(Contact, contact_id)
    if contact is None or contact.channel is not Channel.PHONE:
        raise NotFound("no_such_call")
    return contact


def _set(session: Session, contact: Contact, state: ContactState, **values: object) -> None:
    contact.state = state
    for name, value in values.items():
        setattr(contact, name, value)
    session.add(contact)


def _tell(
    session: Session, contact: Contact, kind: EventKind, now: datetime, agent_id: int | None = None, **data: Any
) -> None:
    case = cases.get(session, contact.case_id)
    facts = {"channel": Channel.PHONE.value, "direction": contact.direction.value} | data
    journal.record(session, kind, at=now, case=case, contact_id=contact.id, agent_id=agent_id, **facts)
