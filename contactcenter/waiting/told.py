"""What waiting callers are told, measured against what became of it. One transaction each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select

from contactcenter import agents, cases, queueing, routing
from contactcenter.model import Case, Contact, Queue, Topic, User
from contactcenter.ports import Actor
from contactcenter.routing import Rules, WaitingCase, Work
from contactcenter.states import AgentState, CaseState, Channel, ContactState
from contactcenter.waiting import estimate
from contactcenter.waiting.estimate import SILENCE, Known, Limits, Outcome, Words
from contactcenter.waiting.model import WaitAnnouncement

RECENT = timedelta(hours=4)
"""Longer ago says nothing about now."""
MOST_HANDLED, MOST_OUTCOMES = 30, 40
WRAP_UP_SECONDS = 30
_THERE = (AgentState.AVAILABLE, AgentState.BUSY, AgentState.WRAPPING_UP)
_NOT_YET_TRUE = select(WaitAnnouncement).where(
    col(WaitAnnouncement.case_id) == bindparam("case"), col(WaitAnnouncement.true_seconds).is_(None)
)


def tell(session: Session, call_id: str, limits: Limits, rules: Rules, now: datetime) -> Words:
    """What the caller of `call_id` (Asterisk's linkedid) is told now; stored also when that is nothing."""
    contact = session.exec(select(Contact).where(Contact.channel == Channel.PHONE, Contact.key == call_id)).first()
    if contact is None or contact.state is not ContactState.WAITING:
        return SILENCE
    case = cases.get(session, contact.case_id)
    if case.state is not CaseState.WAITING:
        return SILENCE
    known = Known(
        place=place(queueing.waiting(session, now), case.id, case.queue_id, rules),
        agents=_agents(session, case.queue_id, now),
        handled=_handled(session, case.queue_id, now),
        outcomes=_outcomes(session, case.queue_id, now),
    )
    said = estimate.words(known, _heard(session, case.id), limits)
    session.add(
        WaitAnnouncement(
            case_id=case.id,
            queue_id=case.queue_id,
            at=now,
            place=known.place,
            agents=known.agents,
            expected=estimate.expected(known, limits),
            said_place=said.place,
            said_low=said.low,
            said_high=said.high,
        )
    )
    return said


def place(waiting: Sequence[WaitingCase], case_id: int, queue_id: int, rules: Rules) -> int:
    """Where a case stands among the calls of its queue, promised calls back among them; 1 is first, 0: not there."""
    calls = [one for one in waiting if one.queue_id == queue_id and one.work is Work.CALL]
    own = next((routing.order_key(one, rules) for one in calls if one.id == case_id), None)
    return 0 if own is None else 1 + sum(routing.order_key(one, rules) < own for one in calls)


def came_true(session: Session, case_id: int, now: datetime) -> None:
    """An agent is there: every announcement made to the caller gets its true wait."""
    for one in session.scalars(_NOT_YET_TRUE, {"case": case_id}).all():
        one.true_seconds = (now - one.at).total_seconds()
        session.add(one)


def errors(session: Session, actor: Actor, since: datetime) -> list[dict[str, Any]]:
    """For each queue that a supervisor may see: how many estimates, how many were said, how far off they came out."""
    scope = agents.scope(session, actor.organisation_id)
    queues = session.exec(
        select(Queue).where(col(Queue.organisation_id).in_(scope)).order_by(col(Queue.name), col(Queue.id))
    ).all()
    return [_error(session, queue, since) for queue in queues]


def _error(session: Session, queue: Queue, since: datetime) -> dict[str, Any]:
    rows = session.exec(
        select(WaitAnnouncement).where(WaitAnnouncement.queue_id == queue.id, WaitAnnouncement.at >= since)
    ).all()
    known = [
        Outcome(one.expected, one.true_seconds)
        for one in rows
        if one.expected is not None and one.true_seconds is not None
    ]
    ranges = [one for one in rows if one.said_high is not None]
    settled = [one for one in ranges if one.true_seconds is not None]
    kept = sum(1 for one in settled if (one.true_seconds or 0.0) <= (one.said_high or 0) * estimate.MINUTE)
    off = estimate.error(known)
    return {
        "queue_id": queue.id,
        "queue": queue.name,
        "moments": len(rows),
        "places_said": sum(one.said_place is not None for one in rows),
        "ranges_said": len(ranges),
        "ranges_settled": len(settled),
        "ranges_kept": kept,
        "outcomes": len(known),
        "error": None if off is None else round(off, 3),
        "mean_off_seconds": round(sum(abs(one.true - one.expected) for one in known) / len(known)) if known else None,
    }


def _heard(session: Session, case_id: int) -> Words:
    told = WaitAnnouncement
    row = session.exec(
        select(func.min(told.said_place), func.min(told.said_low), func.min(told.said_high)).where(
            told.case_id == case_id
        )
    ).one()
    return Words(*row)


def _agents(session: Session, queue_id: int, now: datetime) -> int:
    """Agents with a telephone who are there and serve the queue."""
    found = session.exec(select(User).where(col(User.state).in_(_THERE), User.active, User.extension != "")).all()
    there = [user for user in found if not agents.has_vanished(user, now)]
    may_serve = queueing.queues_below(session, {user.organisation_id for user in there})
    return sum(queue_id in queueing.queues_of(user, may_serve) for user in there)


def _handled(session: Session, queue_id: int, now: datetime) -> list[float]:
    rows = session.exec(
        select(Contact.answered_at, Contact.ended_at, func.coalesce(Topic.wrap_up_seconds, WRAP_UP_SECONDS))
        .join(Case, col(Case.id) == col(Contact.case_id))
        .join(Topic, col(Topic.id) == col(Case.topic_id), isouter=True)
        .where(
            Case.queue_id == queue_id,
            Contact.channel == Channel.PHONE,
            col(Contact.answered_at).is_not(None),
            col(Contact.ended_at) > now - RECENT,
        )
        .order_by(col(Contact.ended_at).desc())
        .limit(MOST_HANDLED)
    ).all()
    return [
        (ended - begun).total_seconds() + after
        for begun, ended, after in rows
        if begun is not None and ended is not None
    ]


def _outcomes(session: Session, queue_id: int, now: datetime) -> list[Outcome]:
    rows = session.exec(
        select(WaitAnnouncement.expected, WaitAnnouncement.true_seconds)
        .where(
            WaitAnnouncement.queue_id == queue_id,
            WaitAnnouncement.at > now - RECENT,
            col(WaitAnnouncement.expected).is_not(None),
            col(WaitAnnouncement.true_seconds).is_not(None),
        )
        .order_by(col(WaitAnnouncement.at).desc())
        .limit(MOST_OUTCOMES)
    ).all()
    return [Outcome(said, true) for said, true in rows if said is not None and true is not None]
