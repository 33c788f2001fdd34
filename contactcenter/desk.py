"""The agent's verbs, named as an agent would say them. One verb, one function, one transaction.

Every verb takes the session, the actor and `now`. It raises `NotFound` for what the actor may not see, `Refused`
for what they may not do, and `Conflict` when somebody else was first.
"""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from contactcenter import agents, cases, citizens, handoff, intake, journal, offers, queueing, search
from contactcenter.errors import Conflict, NotFound, Refused
from contactcenter.model import Case, Citizen, Contact, Delivery, Draft, Queue, Topic, User
from contactcenter.ports import Actor, InboundContact
from contactcenter.states import (
    AgentState,
    CaseState,
    Channel,
    ContactState,
    Direction,
    EventKind,
    Outcome,
)

AWAY_REASONS = ("lunch", "break", "meeting", "training", "other_work", "no_answer", "technical")
TEXT_LIMIT = 100_000
SUBJECT_LIMIT = 500


def visible(session: Session, actor: Actor, case_id: int) -> Case:
    """The case, when the actor may see it; else NotFound, as if there were none."""
    case = session.get(Case, case_id)
    if case is None or case.organisation_id not in actor.scope:
        raise NotFound("no_such_case")
    return case


def own(session: Session, actor: Actor, case_id: int) -> Case:
    """The case, when it is in the actor's hands."""
    case = visible(session, actor, case_id)
    if case.agent_id != actor.user_id:
        raise Conflict("not_yours", "this case is not in your hands")
    return case


# presence


def set_presence(session: Session, actor: Actor, state: AgentState, reason: str, now: datetime) -> None:
    """Available, away with a reason, or signed out. Busy and wrapping up come by themselves."""
    user = agents.get(session, actor.user_id)
    if state not in (AgentState.AVAILABLE, AgentState.AWAY, AgentState.SIGNED_OUT):
        raise Refused("presence", "this state comes by itself")
    if state is AgentState.AWAY and reason not in AWAY_REASONS:
        raise Refused("reason", "unknown reason for being away")
    if user.state is AgentState.BUSY and agents.on_call(session).get(user.id):
        raise Refused("on_call", "end the call first")
    heartbeat(session, actor, now)
    if state is not AgentState.AVAILABLE and (offer := offers.open_for_agent(session, user.id)):
        offers.decline(session, actor, offer.id, now)
    agents.set_state(session, user, state, now, reason if state is AgentState.AWAY else "")


def heartbeat(session: Session, actor: Actor, now: datetime) -> None:
    """The agent's console is there. No event: it is not a change."""
    user = agents.get(session, actor.user_id)
    user.heartbeat_at = now
    session.add(user)


# taking


def accept(session: Session, actor: Actor, offer_id: int, now: datetime) -> int:
    """Take what was offered (written work; a call is answered on the telephone). Returns the case's id."""
    return offers.accept(session, actor, offer_id, now).id


def decline(session: Session, actor: Actor, offer_id: int, now: datetime) -> None:
    offers.decline(session, actor, offer_id, now)


def next_case(session: Session, actor: Actor, now: datetime) -> int:
    """Take the written case that is first in the order for this agent. Returns its id."""
    decision = queueing.first_for(session, actor.user_id, now)
    if decision is None:
        raise Refused("nothing_waits", "nothing waits for you")
    offers.give(session, cases.get(session, decision.case_id), actor.user_id, "take", now)
    return decision.case_id


def pick(session: Session, actor: Actor, case_id: int, now: datetime) -> int:
    """Take this waiting case out of order; a right."""
    case = visible(session, actor, case_id)
    if not (actor.may_pick or actor.is_supervisor):
        raise Refused("may_not_pick", "you take the next case; picking is a right")
    if case.channel is Channel.PHONE and offers.live_call(session, case.id):
        raise Refused("is_call", "a call is answered on the telephone")
    offers.give(session, case, actor.user_id, "take", now)
    return case.id


# moving


def release(session: Session, actor: Actor, case_id: int, now: datetime) -> None:
    """Put the case back where it was in the queue."""
    case = own(session, actor, case_id)
    _not_while_talking(session, case)
    cases.move(session, case, "release", EventKind.CASE_RELEASED, now, user_id=actor.user_id, change={"agent_id": None})


def park(session: Session, actor: Actor, case_id: int, until: datetime, now: datetime) -> None:
    """Put the case aside until a time, within a year; then it waits again, for this agent first."""
    case = own(session, actor, case_id)
    _not_while_talking(session, case)
    if not 0 < (until - now).total_seconds() < 366 * 86400:
        raise Refused("until", "choose a time within a year from now")
    cases.move(
        session,
        case,
        "park",
        EventKind.CASE_PARKED,
        now,
        user_id=actor.user_id,
        change={"parked_until": until, "preferred_agent_id": actor.user_id},
        until=until.isoformat(),
    )


def resume(session: Session, actor: Actor, case_id: int, now: datetime) -> None:
    """Take up a parked case of one's own before its time."""
    case = own(session, actor, case_id)
    cases.move(
        session, case, "resume", EventKind.CASE_RESUMED, now, user_id=actor.user_id, change={"parked_until": None}
    )


def transfer(
    session: Session,
    actor: Actor,
    case_id: int,
    now: datetime,
    *,
    queue_id: int | None = None,
    agent_id: int | None = None,
    reason: str = "",
) -> None:
    """Give the case to another queue, or to a colleague first of all. It keeps its arrival time."""
    case = visible(session, actor, case_id)
    if case.agent_id != actor.user_id and not actor.is_supervisor:
        raise Conflict("not_yours", "this case is not in your hands")
    _not_while_talking(session, case)
    values: dict[str, Any] = {"agent_id": None, "parked_until": None, "unread": True}
    if queue_id is not None:
        queue = session.get(Queue, queue_id)
        if queue is None or not _same_municipality(session, case, queue.organisation_id):
            raise NotFound("no_such_queue")
        values |= {"queue_id": queue.id, "organisation_id": queue.organisation_id, "preferred_agent_id": None}
    if agent_id is not None:
        colleague = agents.get(session, agent_id)
        if not _same_municipality(session, case, colleague.organisation_id):
            raise NotFound("no_such_user")
        values["preferred_agent_id"] = colleague.id
    if queue_id is None and agent_id is None:
        raise Refused("target", "choose a queue or a colleague")
    cases.move(
        session,
        case,
        "transfer",
        EventKind.CASE_TRANSFERRED,
        now,
        user_id=actor.user_id,
        agent_id=agent_id,
        change=values,
        queue_id=queue_id,
    )
    if reason:
        _write_note(session, actor, case, reason, now)


def merge(session: Session, actor: Actor, case_id: int, into_id: int, now: datetime) -> None:
    """The same matter twice: everything of this case moves into the other, which keeps its number."""
    case, into = visible(session, actor, case_id), visible(session, actor, into_id)
    if case.id == into.id or into.state is CaseState.MERGED:
        raise Refused("merge", "choose another case to merge into")
    if not _same_municipality(session, case, into.organisation_id):
        raise NotFound("no_such_case")
    if case.citizen_id and into.citizen_id and case.citizen_id != into.citizen_id:
        raise Refused("two_citizens", "the cases are about different citizens")
    _not_while_talking(session, case)
    for contact in session.exec(select(Contact).where(Contact.case_id == case.id)).all():
        contact.case_id = into.id
        session.add(contact)
    search.merge(session, case.id, into.id, into.organisation_id)
    cases.move(
        session,
        case,
        "merge",
        EventKind.CASE_MERGED,
        now,
        user_id=actor.user_id,
        change={"merged_into_id": into.id, "closed_at": now, "agent_id": actor.user_id, "parked_until": None},
        into=into.id,
    )
    cases.change(
        session,
        into,
        now,
        user_id=actor.user_id,
        kind=EventKind.CASE_MERGED,
        unread=True,
        protected=into.protected or case.protected,
        citizen_id=into.citizen_id or case.citizen_id,
    )
    if into.state is CaseState.CLOSED:
        cases.reopen(session, into, now, user_id=actor.user_id)


def close(session: Session, actor: Actor, case_id: int, outcome: Outcome, now: datetime) -> None:
    """Done. The outcome is asked for; the topic too, as statistics rest on it."""
    case = own(session, actor, case_id)
    _not_while_talking(session, case)
    if case.topic_id is None:
        raise Refused("topic", "choose a topic first")
    cases.close(session, case, outcome, now, user_id=actor.user_id)


def reopen(session: Session, actor: Actor, case_id: int, now: datetime) -> None:
    """It was not done after all."""
    cases.reopen(session, visible(session, actor, case_id), now, user_id=actor.user_id)


def hand_off(session: Session, actor: Actor, case_id: int, note: str, now: datetime) -> int:
    """Send the case to the case-management system of its topic. Returns the delivery's id."""
    case = own(session, actor, case_id)
    _not_while_talking(session, case)
    topic = session.get(Topic, case.topic_id) if case.topic_id else None
    if topic is None or not topic.handoff:
        raise Refused("no_target", "this topic has nowhere to be handed off to")
    if note:
        _write_note(session, actor, case, note, now)
    delivery: Delivery = handoff.reserve(session, case, actor, topic.handoff, note, now)
    return delivery.id


def resend(session: Session, actor: Actor, delivery_id: int, now: datetime) -> None:
    """Try a hand-off again that was given up."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound("no_such_delivery")
    visible(session, actor, delivery.case_id)
    handoff.resend(session, actor, delivery_id, now)


# writing


def note(session: Session, actor: Actor, case_id: int, text: str, now: datetime) -> int:
    """Write an internal note. Returns its contact id."""
    case = visible(session, actor, case_id)
    contact = _write_note(session, actor, case, text, now)
    _drop_draft(session, actor, case_id, "note")
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
    values: dict[str, Any] = {}
    if subject is not None:
        values["subject"] = subject[:SUBJECT_LIMIT]
        search.add(session, case.id, case.organisation_id, subject[:SUBJECT_LIMIT])
    if topic_id is not None:
        topic = session.get(Topic, topic_id)
        if topic is None or not _same_municipality(session, case, topic.organisation_id):
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
        return _drop_draft(session, actor, case_id, kind)
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


# citizens


def link_citizen(
    session: Session,
    actor: Actor,
    case_id: int,
    now: datetime,
    *,
    citizen_id: int | None = None,
    name: str = "",
    address: str = "",
    protected: bool | None = None,
    marks: tuple[tuple[str, str], ...] = (),
) -> int:
    """Say who the case is about: somebody known, or somebody new. Returns the citizen's id."""
    case = visible(session, actor, case_id)
    municipality = citizens.municipality_of(session, case.organisation_id)
    if citizen_id is not None:
        citizen = session.get(Citizen, citizen_id)
        if citizen is None or citizen.organisation_id != municipality:
            raise NotFound("no_such_citizen")
        citizens.add_marks(session, citizen, list(marks))
        _rename(session, citizen, name, address, protected)
    else:
        citizen = citizens.create(
            session, municipality, name, list(marks), now, address=address, protected=bool(protected)
        )
    cases.change(
        session,
        case,
        now,
        user_id=actor.user_id,
        kind=EventKind.CITIZEN_LINKED,
        citizen_id=citizen.id,
        protected=case.protected or citizen.protected,
        sender=citizen.name or case.sender,
    )
    words = "\n".join([citizen.name, *(value for _, value in citizens.marks_of(session, citizen.id))])
    search.add(session, case.id, case.organisation_id, words)
    return citizen.id


def unlink_citizen(session: Session, actor: Actor, case_id: int, now: datetime) -> None:
    """It was somebody else. The case stays protected if it was: a human lifts that by name."""
    cases.change(
        session,
        visible(session, actor, case_id),
        now,
        user_id=actor.user_id,
        kind=EventKind.CITIZEN_LINKED,
        citizen_id=None,
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


def end_wrap_up(session: Session, actor: Actor, now: datetime) -> None:
    """Ready for the next call before the time is over."""
    user = agents.get(session, actor.user_id)
    if user.state is AgentState.WRAPPING_UP:
        agents.set_state(session, user, AgentState.AVAILABLE, now)


def _write_note(session: Session, actor: Actor, case: Case, text: str, now: datetime) -> Contact:
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


def _rename(session: Session, citizen: Citizen, name: str, address: str, protected: bool | None) -> None:
    citizen.name = name.strip() or citizen.name
    citizen.address = address or citizen.address
    if protected is not None:
        citizen.protected = protected
    session.add(citizen)
    if citizen.protected:
        for case in session.exec(select(Case).where(Case.citizen_id == citizen.id)).all():
            case.protected = True
            session.add(case)


def _draft(session: Session, actor: Actor, case_id: int, kind: str) -> Draft | None:
    return session.exec(
        select(Draft).where(Draft.case_id == case_id, Draft.user_id == actor.user_id, Draft.kind == kind)
    ).first()


def _drop_draft(session: Session, actor: Actor, case_id: int, kind: str) -> None:
    if draft := _draft(session, actor, case_id, kind):
        session.delete(draft)


def _not_while_talking(session: Session, case: Case) -> None:
    live = (ContactState.RINGING, ContactState.TALKING)
    talking = select(Contact.id).where(
        Contact.case_id == case.id, Contact.channel == Channel.PHONE, col(Contact.state).in_(live)
    )
    if session.exec(talking).first() is not None:
        raise Refused("call_going_on", "end the call first")


def _same_municipality(session: Session, case: Case, organisation_id: int) -> bool:
    theirs = citizens.municipality_of(session, organisation_id)
    return citizens.municipality_of(session, case.organisation_id) == theirs


def team(session: Session, actor: Actor) -> list[User]:
    """Colleagues whom the actor may see."""
    return list(
        session.exec(
            select(User).where(col(User.organisation_id).in_(actor.scope), col(User.active)).order_by(User.name)
        )
    )
