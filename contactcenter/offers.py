"""Offers: a case put before one agent for some seconds. Never two open offers for one case or one agent."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from contactcenter import agents, cases
from contactcenter.errors import Conflict, NotFound
from contactcenter.model import Case, Contact, Offer, User
from contactcenter.ports import Actor
from contactcenter.states import AgentState, CaseState, Channel, ContactState, EventKind, OfferState

_ENDINGS = {
    OfferState.DECLINED: EventKind.OFFER_DECLINED,
    OfferState.LAPSED: EventKind.OFFER_LAPSED,
    OfferState.WITHDRAWN: EventKind.OFFER_WITHDRAWN,
}
_LIVE = (ContactState.WAITING, ContactState.RINGING, ContactState.TALKING)
# Made once: to make a question anew takes longer than to answer it.
_OPEN_FOR_AGENT = select(Offer).where(col(Offer.agent_id) == bindparam("agent"), Offer.state == OfferState.OPEN)
_OPEN_FOR_CASE = select(Offer).where(col(Offer.case_id) == bindparam("case"), Offer.state == OfferState.OPEN)
_LIVE_CALL = select(Contact.id).where(
    col(Contact.case_id) == bindparam("case"), Contact.channel == Channel.PHONE, col(Contact.state).in_(_LIVE)
)
_PASSED = (
    select(Offer.case_id, Offer.agent_id, Offer.ended_at)
    .join(Case, col(Case.id) == col(Offer.case_id))
    .where(
        Case.state == CaseState.WAITING,
        col(Offer.state).in_((OfferState.DECLINED, OfferState.LAPSED)),
        Offer.offered_at >= Case.arrived_at,
    )
)


class Passed(NamedTuple):
    """Who passed on a case, and when the latest of them did (seconds since 1970)."""

    agents: frozenset[int]
    latest: float


NOBODY = Passed(frozenset(), 0.0)


def make(session: Session, case: Case, agent: User, why: dict[str, Any], now: datetime, seconds: int) -> Offer:
    """Offer `case` to `agent` for `seconds`. Raises Conflict when either has an open offer or has moved on."""
    if open_for_agent(session, agent.id):
        raise Conflict("agent_has_offer")
    offer = Offer(
        case_id=case.id, agent_id=agent.id, why=why, offered_at=now, expires_at=now + timedelta(seconds=seconds)
    )
    session.add(offer)
    session.flush()
    cases.move(
        session,
        case,
        "offer",
        EventKind.CASE_OFFERED,
        now,
        agent_id=agent.id,
        contact_id=live_call(session, case.id),
        offer_id=offer.id,
        expires=offer.expires_at.isoformat(),
    )
    return offer


def accept(session: Session, actor: Actor, offer_id: int, now: datetime) -> Case:
    """The agent takes what was offered. Raises Conflict when the offer is over."""
    offer = _own(session, actor, offer_id)
    _end(session, offer, OfferState.ACCEPTED, now)
    case = cases.get(session, offer.case_id)
    give(session, case, offer.agent_id, "accept", now)
    return case


def give(session: Session, case: Case, agent_id: int, verb: str, now: datetime) -> None:
    """The case is now in this agent's hands."""
    waited = int((now - case.arrived_at).total_seconds())
    values = {"agent_id": agent_id, "unread": False, "parked_until": None}
    cases.move(
        session,
        case,
        verb,
        EventKind.CASE_ACCEPTED,
        now,
        user_id=agent_id,
        change=values,
        contact_id=live_call(session, case.id),
        waited=waited,
        queue_id=case.queue_id,
        topic_id=case.topic_id,
        promised=case.promised_seconds,
    )
    agent = agents.get(session, agent_id)
    agent.idle_since = now
    session.add(agent)


def decline(session: Session, actor: Actor, offer_id: int, now: datetime) -> None:
    """The agent says no; the case keeps its place and goes to the next one."""
    offer = _own(session, actor, offer_id)
    give_back(session, offer, OfferState.DECLINED, now, user_id=actor.user_id)


def lapse(session: Session, offer_id: int, now: datetime, reason: str = "no_answer") -> None:
    """No answer: the case keeps its place, the silent agent becomes away with that reason."""
    offer = session.get(Offer, offer_id)
    if offer is None or offer.state is not OfferState.OPEN:
        return
    give_back(session, offer, OfferState.LAPSED, now, reason=reason)
    agent = session.get(User, offer.agent_id)
    if agent and agent.state is AgentState.AVAILABLE:
        agents.set_state(session, agent, AgentState.AWAY, now, reason)


def withdraw(session: Session, case: Case, now: datetime, reason: str) -> None:
    """Take back the open offer of `case`, if there is one (the caller gave up, the agent vanished)."""
    offer = open_for_case(session, case.id)
    if offer:
        give_back(session, offer, OfferState.WITHDRAWN, now, reason=reason)


def give_back(session: Session, offer: Offer, ending: OfferState, now: datetime, **data: Any) -> None:
    """End the offer; the case waits again with its own arrival time."""
    _end(session, offer, ending, now)
    case = cases.get(session, offer.case_id)
    contact_id = live_call(session, case.id)
    if case.state is CaseState.OFFERED:
        cases.move(
            session,
            case,
            "unoffer",
            _ENDINGS[ending],
            now,
            agent_id=offer.agent_id,
            contact_id=contact_id,
            offer_id=offer.id,
            **data,
        )


def open_for_agent(session: Session, agent_id: int) -> Offer | None:
    return session.scalars(_OPEN_FOR_AGENT, {"agent": agent_id}).first()


def open_for_case(session: Session, case_id: int) -> Offer | None:
    return session.scalars(_OPEN_FOR_CASE, {"case": case_id}).first()


def passed_by(session: Session) -> dict[int, Passed]:
    """Waiting case id -> agents who have said no to it, or not answered, since it last arrived."""
    rows = session.execute(_PASSED).all()
    found: dict[int, Passed] = {}
    for case_id, agent_id, ended_at in rows:
        known = found.get(case_id, NOBODY)
        ended = ended_at.timestamp() if ended_at else 0.0
        found[case_id] = Passed(known.agents | {agent_id}, max(known.latest, ended))
    return found


def live_call(session: Session, case_id: int) -> int | None:
    """The id of the case's call that is going on, if any."""
    if in_hand := _in_hand(session, case_id):
        return in_hand.id
    return session.scalars(_LIVE_CALL, {"case": case_id}).first()


def _in_hand(session: Session, case_id: int) -> Contact | None:
    """A call of the case that is going on, which this job has read or written already."""
    for one in session.info.get("kept", ()):
        if isinstance(one, Contact) and one.case_id == case_id and one.channel is Channel.PHONE and one.state in _LIVE:
            return one
    return None


def _own(session: Session, actor: Actor, offer_id: int) -> Offer:
    offer = session.get(Offer, offer_id)
    if offer is None or offer.agent_id != actor.user_id:
        raise NotFound("no_such_offer")
    return offer


def _end(session: Session, offer: Offer, ending: OfferState, now: datetime) -> None:
    ended = (
        update(Offer)
        .where(col(Offer.id) == offer.id, col(Offer.state) == OfferState.OPEN)
        .values(state=ending, ended_at=now)
        .returning(Offer)
    )
    if session.scalars(ended.execution_options(**cases.AS_WRITTEN)).one_or_none() is None:
        raise Conflict("offer_over", "the offer is over")
