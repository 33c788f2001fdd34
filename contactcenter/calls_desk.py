"""What becomes of a call that was answered: held, handed on, shared with a third one. Each verb may be told twice."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from contactcenter import agents, cases, journal, offers
from contactcenter.errors import NotFound, Refused
from contactcenter.model import Case, Contact, Queue, Topic, User
from contactcenter.ports import Actor
from contactcenter.sight import same_municipality, visible
from contactcenter.states import AgentState, CallPhase, CaseState, Channel, ContactState, EventKind, OfferState

CONSULTED = "consulted"
"""Why a colleague is busy who has no call of their own."""
TRANSFER = "transfer"
"""Name of the fact that says where a citizen goes who is being sent back to the waiting room."""
PICK_SECONDS = 20
"""How long a picked call rings at who picked it."""
WRAP_UP_MORE = timedelta(seconds=60)
WRAP_UP_LONGEST = timedelta(minutes=15)


def own_call(session: Session, actor: Actor, contact_id: int) -> Contact:
    """The call, when the actor talks in it. Raises `NotFound`, `Refused`."""
    contact = session.get(Contact, contact_id)
    if contact is None or contact.channel is not Channel.PHONE:
        raise NotFound("no_such_call")
    visible(session, actor, contact.case_id)
    if contact.user_id != actor.user_id or contact.state is not ContactState.TALKING:
        raise Refused("not_your_call", "somebody else talks there")
    return contact


def parked_call(session: Session, actor: Actor, contact_id: int) -> Contact:
    """A call that the actor may pick up: a parked one, or by right one that somebody holds. Raises `NotFound`,
    `Refused`."""
    contact = session.get(Contact, contact_id)
    if contact is None or contact.channel is not Channel.PHONE:
        raise NotFound("no_such_call")
    visible(session, actor, contact.case_id)
    held = contact.phase is CallPhase.HELD and (actor.may_pick or actor.is_supervisor)
    if contact.state is not ContactState.TALKING or not (held or contact.phase is CallPhase.PARKED):
        raise Refused("not_parked", "this call is not parked")
    if actor.user_id in agents.on_call(session):
        raise Refused("on_call", "you are on a call already")
    return contact


def pick_waiting(session: Session, actor: Actor, contact_id: int, now: datetime) -> int:
    """Ring the actor for this waiting call, out of order; a right. Returns the case's id.

    Raises `NotFound`, `Refused`, and `Conflict` when somebody else is being rung for it.
    """
    contact = session.get(Contact, contact_id)
    if contact is None or contact.channel is not Channel.PHONE:
        raise NotFound("no_such_call")
    case, agent = visible(session, actor, contact.case_id), agents.get(session, actor.user_id)
    if not (actor.may_pick or actor.is_supervisor):
        raise Refused("may_not_pick", "you take the next case; picking is a right")
    if not agent.extension:
        raise Refused("no_telephone", "you have no telephone; an administrator can give you an extension")
    if contact.state is not ContactState.WAITING:
        raise Refused("call_elsewhere", "this call does not wait")
    if actor.user_id in agents.on_call(session):
        raise Refused("on_call", "you are on a call already")
    agents.set_state(session, agent, AgentState.AVAILABLE, now)
    agent.heartbeat_at = now
    offers.make(session, case, agent, {"picked": True}, now, PICK_SECONDS)
    return case.id


def prolong_wrap_up(session: Session, actor: Actor, now: datetime) -> None:
    """A minute more to write down what was said. Raises `Refused` when there is none, or it has been long enough."""
    agent = agents.get(session, actor.user_id)
    if agent.state is not AgentState.WRAPPING_UP or agent.wrap_up_until is None:
        raise Refused("no_wrap_up", "you are not writing up a call")
    until = max(agent.wrap_up_until, now) + WRAP_UP_MORE
    if agent.state_since and until - agent.state_since > WRAP_UP_LONGEST:
        raise Refused("wrap_up_long", "set yourself away when you need longer")
    agent.wrap_up_until = until
    session.add(agent)
    place, until_text = agent.organisation_id, until.isoformat()
    journal.record(
        session, EventKind.WRAP_UP_PROLONGED, at=now, organisation_id=place, user_id=agent.id, agent_id=agent.id,
        until=until_text,
    )  # fmt: skip


def changed(
    session: Session, contact: Contact, phase: CallPhase, third: str, now: datetime, *, talks: bool = False
) -> None:
    """The call is in another phase; `third` is the extension or number of who else is in it, and perhaps talks."""
    before = contact.phase, contact.third, contact.third_talks
    if before == (phase, third, talks) or contact.state is not ContactState.TALKING:
        return
    contact.phase, contact.third, contact.third_talks = phase, third, talks
    _tell(session, contact, EventKind.CALL_PHASE, now, contact.user_id, phase=phase.value, talks=talks)
    if phase in (CallPhase.PARKED, CallPhase.OUTSIDE):
        _release(session, contact, now)
    session.add(contact)
    session.flush()


def joined(session: Session, contact: Contact, agent: User | None, now: datetime, *, third: str = "") -> None:
    """The citizen talks: again with the agent, or with `agent`, whose the case is then; None: somebody outside.

    `third` hears music meanwhile.
    """
    if contact.state is not ContactState.TALKING:
        return
    before = contact.user_id
    _alone(contact)
    contact.third, contact.third_talks = third, bool(third)
    if agent is None or agent.id != before:
        _hand_to(session, contact, agent, now)
    session.add(contact)
    session.flush()
    _tell(session, contact, EventKind.CALL_JOINED, now, contact.user_id)


def intend(
    session: Session, actor: Actor, contact_id: int, *, queue_id: int | None = None, agent_id: int | None = None
) -> None:
    """Write down where the citizen goes when they are in the waiting room. Raises `NotFound`, `Refused`."""
    contact = own_call(session, actor, contact_id)
    case = cases.get(session, contact.case_id)
    if queue_id is not None:
        queue = session.get(Queue, queue_id)
        if queue is None or not same_municipality(session, case, queue.organisation_id):
            raise NotFound("no_such_queue")
    elif agent_id is not None:
        colleague = agents.get(session, agent_id)
        if not same_municipality(session, case, colleague.organisation_id):
            raise NotFound("no_such_user")
    else:
        raise Refused("target", "choose a queue or a colleague")
    contact.facts = contact.facts | {TRANSFER: {"queue_id": queue_id, "agent_id": agent_id}}
    session.add(contact)


def forget_intent(session: Session, contact_id: int) -> None:
    """The order was refused: the citizen stays where they are."""
    contact = session.get(Contact, contact_id)
    if contact and TRANSFER in contact.facts:
        contact.facts = {name: value for name, value in contact.facts.items() if name != TRANSFER}
        session.add(contact)


def back_in_queue(session: Session, contact: Contact, now: datetime) -> None:
    """A citizen who was talked with waits again: handed on, or left. The place in the queue is the one they had."""
    wanted = contact.facts.get(TRANSFER) or {}
    who, agent_id = contact.user_id, wanted.get("agent_id")
    contact.facts = {name: value for name, value in contact.facts.items() if name != TRANSFER}
    _alone(contact)
    contact.state, contact.user_id = ContactState.WAITING, None
    session.add(contact)
    case = cases.get(session, contact.case_id)
    topic = session.get(Topic, case.topic_id) if case.topic_id else None
    values: dict[str, Any] = cases.wait_again() | {
        "channel": Channel.PHONE,
        "promised_seconds": cases.promised(topic, Channel.PHONE),
        "preferred_agent_id": agent_id,
        "arrived_at": min(case.arrived_at, contact.arrived_at),
        "unread": True,
    }
    if queue := session.get(Queue, wanted.get("queue_id") or 0):
        values |= {"queue_id": queue.id, "organisation_id": queue.organisation_id}
    if case.state in (CaseState.WORKING, CaseState.WAITING, CaseState.PARKED):
        cases.move(
            session, case, "transfer", EventKind.CASE_TRANSFERRED, now, user_id=who, agent_id=agent_id, change=values,
            contact_id=contact.id, queue_id=wanted.get("queue_id"), call=True,
        )  # fmt: skip
    elif case.state is CaseState.CLOSED:
        cases.reopen(session, case, now, contact_id=contact.id)
        cases.change(session, case, now, channel=Channel.PHONE, promised_seconds=values["promised_seconds"])
    _free(session, who, contact, now)


def consulted(session: Session, agent: User | None, now: datetime, *, talks: bool) -> None:
    """A colleague is asked something on the telephone: nothing is offered to them meanwhile."""
    if agent and talks and agent.state is AgentState.AVAILABLE:
        agents.set_state(session, agent, AgentState.BUSY, now, CONSULTED)
    elif agent and not talks and (agent.state, agent.reason) == (AgentState.BUSY, CONSULTED):
        agents.set_state(session, agent, AgentState.AVAILABLE, now)


def taken_over(session: Session, contact: Contact, agent_id: int, now: datetime) -> None:
    """Somebody answers a citizen who was talked with before: no second wait is counted."""
    _alone(contact)
    contact.state = ContactState.TALKING
    _hand_to(session, contact, agents.get(session, agent_id), now)
    session.add(contact)
    session.flush()
    _tell(session, contact, EventKind.CALL_JOINED, now, agent_id)


def take(session: Session, case: Case, agent_id: int, now: datetime) -> None:
    """The case is now in the hands of who talks with the citizen."""
    offer = offers.open_for_case(session, case.id)
    if offer and offer.agent_id == agent_id:
        offers._end(session, offer, OfferState.ACCEPTED, now)
        offers.give(session, case, agent_id, "accept", now)
    elif offer:
        offers.withdraw(session, case, now, "answered_elsewhere")
        offers.give(session, case, agent_id, "take", now)
    elif case.state is CaseState.WAITING:
        offers.give(session, case, agent_id, "take", now)


def _hand_to(session: Session, contact: Contact, agent: User | None, now: datetime) -> None:
    """The case goes with the call; who had it has time to write down what was said."""
    before, contact.user_id = contact.user_id, agent.id if agent else None
    case = cases.get(session, contact.case_id)
    if agent:
        take(session, case, agent.id, now)
        if case.agent_id != agent.id and case.state is CaseState.WORKING:
            cases.change(session, case, now, user_id=before, agent_id=agent.id, preferred_agent_id=None)
        agents.set_state(session, agent, AgentState.BUSY, now)
    _free(session, before, contact, now)


def _alone(contact: Contact) -> None:
    """Nobody else is in the call, and nobody is held."""
    contact.phase, contact.third, contact.third_talks = CallPhase.TALKING, "", False


def _release(session: Session, contact: Contact, now: datetime) -> None:
    """Parked or handed on outside: nobody's telephone is on it; the case stays with whom it was."""
    who, contact.user_id = contact.user_id, None
    _free(session, who, contact, now)


def _free(session: Session, agent_id: int | None, contact: Contact, now: datetime) -> None:
    agent = session.get(User, agent_id) if agent_id else None
    if agent and agent.state is AgentState.BUSY and agent.id != contact.user_id:
        case = cases.get(session, contact.case_id)
        agents.wrap_up(session, agent, session.get(Topic, case.topic_id) if case.topic_id else None, now)


def _tell(session: Session, contact: Contact, kind: EventKind, now: datetime, who: int | None, **data: Any) -> None:
    case = cases.get(session, contact.case_id)
    facts = {"channel": Channel.PHONE.value, "direction": contact.direction.value} | data
    journal.record(session, kind, at=now, case=case, contact_id=contact.id, agent_id=who, **facts)


def left_queue_again(session: Session, contact: Contact, now: datetime) -> bool:
    """A citizen who had been talked with gives up waiting for somebody else: it ends, and is to be called back."""
    if contact.answered_at is None:
        return False
    contact.state, contact.ended_at, contact.user_id = ContactState.ENDED, now, None
    session.add(contact)
    case = cases.get(session, contact.case_id)
    offers.withdraw(session, case, now, "caller_gave_up")
    _tell(session, contact, EventKind.CALL_ENDED, now, None, talked=0, cause="left_queue_again")
    if case.state in cases.OPEN:
        topic = session.get(Topic, case.topic_id) if case.topic_id else None
        promised = cases.promised(topic, Channel.CALLBACK)
        cases.change(session, case, now, channel=Channel.CALLBACK, arrived_at=now, promised_seconds=promised)
    return True
