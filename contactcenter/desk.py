"""The agent's verbs, named as an agent would say them. One verb, one function, one transaction.

Every verb takes the session, the actor and `now`. It raises `NotFound` for what the actor may not see, `Refused`
for what they may not do, and `Conflict` when somebody else was first.
"""

from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from contactcenter import agents, cases, handoff, offers, queueing, search
from contactcenter.errors import Conflict, NotFound, Refused
from contactcenter.model import Contact, Delivery, Queue, Topic
from contactcenter.persons import link_citizen, unlink_citizen
from contactcenter.ports import Actor
from contactcenter.sight import not_while_talking, own, same_municipality, team, visible
from contactcenter.states import (
    AgentState,
    CaseState,
    Channel,
    EventKind,
    Outcome,
)
from contactcenter.writing import (
    SUBJECT_LIMIT,
    TEXT_LIMIT,
    change,
    dismiss_suggestion,
    note,
    register,
    save_draft,
    view,
    view_citizen,
    write_note,
)

__all__ = [
    "AWAY_REASONS",
    "SUBJECT_LIMIT",
    "TEXT_LIMIT",
    "accept",
    "change",
    "close",
    "decline",
    "dismiss_suggestion",
    "end_wrap_up",
    "hand_off",
    "heartbeat",
    "link_citizen",
    "merge",
    "next_case",
    "note",
    "own",
    "park",
    "pick",
    "register",
    "release",
    "reopen",
    "resend",
    "resume",
    "save_draft",
    "set_presence",
    "team",
    "transfer",
    "unlink_citizen",
    "view",
    "view_citizen",
    "visible",
]
"""Everything that somebody at a desk can do, wherever it is written."""

AWAY_REASONS = ("lunch", "break", "meeting", "training", "other_work", "no_answer", "technical")


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


def end_wrap_up(session: Session, actor: Actor, now: datetime) -> None:
    """Ready for the next call before the time is over."""
    user = agents.get(session, actor.user_id)
    if user.state is AgentState.WRAPPING_UP:
        agents.set_state(session, user, AgentState.AVAILABLE, now)


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
    _come(session, actor, now)
    offers.give(session, cases.get(session, decision.case_id), actor.user_id, "take", now)
    return decision.case_id


def pick(session: Session, actor: Actor, case_id: int, now: datetime) -> int:
    """Take this waiting case out of order; a right."""
    case = visible(session, actor, case_id)
    if not (actor.may_pick or actor.is_supervisor):
        raise Refused("may_not_pick", "you take the next case; picking is a right")
    if case.channel is Channel.PHONE and offers.live_call(session, case.id):
        raise Refused("is_call", "a call is answered on the telephone")
    _come(session, actor, now)
    offers.give(session, case, actor.user_id, "take", now)
    return case.id


def _come(session: Session, actor: Actor, now: datetime) -> None:
    """Whoever takes a case is at work, though perhaps not ready to be offered more."""
    user = agents.get(session, actor.user_id)
    if user.state is AgentState.SIGNED_OUT:
        heartbeat(session, actor, now)
        agents.set_state(session, user, AgentState.AWAY, now, "other_work")


# moving


def release(session: Session, actor: Actor, case_id: int, now: datetime) -> None:
    """Put the case back where it was in the queue."""
    case = own(session, actor, case_id)
    not_while_talking(session, case)
    cases.move(session, case, "release", EventKind.CASE_RELEASED, now, user_id=actor.user_id, change={"agent_id": None})


def park(session: Session, actor: Actor, case_id: int, until: datetime, now: datetime) -> None:
    """Put the case aside until a time, within a year; then it waits again, for this agent first."""
    case = own(session, actor, case_id)
    not_while_talking(session, case)
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
    not_while_talking(session, case)
    values: dict[str, Any] = {"agent_id": None, "parked_until": None, "unread": True}
    if queue_id is not None:
        queue = session.get(Queue, queue_id)
        if queue is None or not same_municipality(session, case, queue.organisation_id):
            raise NotFound("no_such_queue")
        values |= {"queue_id": queue.id, "organisation_id": queue.organisation_id, "preferred_agent_id": None}
    if agent_id is not None:
        colleague = agents.get(session, agent_id)
        if not same_municipality(session, case, colleague.organisation_id):
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
        write_note(session, actor, case, reason, now)


def merge(session: Session, actor: Actor, case_id: int, into_id: int, now: datetime) -> None:
    """The same matter twice: everything of this case moves into the other, which keeps its number."""
    case, into = visible(session, actor, case_id), visible(session, actor, into_id)
    if case.id == into.id or into.state is CaseState.MERGED:
        raise Refused("merge", "choose another case to merge into")
    if not same_municipality(session, case, into.organisation_id):
        raise NotFound("no_such_case")
    if case.citizen_id and into.citizen_id and case.citizen_id != into.citizen_id:
        raise Refused("two_citizens", "the cases are about different citizens")
    not_while_talking(session, case)
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
    if case.state is not CaseState.WORKING:
        raise Conflict("case_moved_on", "the case is not being worked on")
    not_while_talking(session, case)
    if case.topic_id is None:
        raise Refused("topic", "choose a topic first")
    cases.close(session, case, outcome, now, user_id=actor.user_id)


def reopen(session: Session, actor: Actor, case_id: int, now: datetime) -> None:
    """It was not done after all."""
    cases.reopen(session, visible(session, actor, case_id), now, user_id=actor.user_id)


def hand_off(session: Session, actor: Actor, case_id: int, note: str, now: datetime) -> int:
    """Send the case to the case-management system of its topic. Returns the delivery's id."""
    case = own(session, actor, case_id)
    not_while_talking(session, case)
    topic = session.get(Topic, case.topic_id) if case.topic_id else None
    if topic is None or not topic.handoff:
        raise Refused("no_target", "this topic has nowhere to be handed off to")
    if note:
        write_note(session, actor, case, note, now)
    delivery: Delivery = handoff.reserve(session, case, actor, topic.handoff, note, now)
    return delivery.id


def resend(session: Session, actor: Actor, delivery_id: int, now: datetime) -> None:
    """Try a hand-off again that was given up."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound("no_such_delivery")
    visible(session, actor, delivery.case_id)
    handoff.resend(session, actor, delivery_id, now)
