"""From tables to the router's records: what waits, who is free, how much of its promise each case has used."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select as rows_of
from sqlmodel import Session, col, select

from contactcenter import agents, layout, offers, routing
from contactcenter.hours import Hours
from contactcenter.model import Case, Offer, Organisation, User
from contactcenter.overflow.helping import helping
from contactcenter.routing import Decision, FreeAgent, Rules, WaitingCase, Work
from contactcenter.states import AgentState, CaseState, Channel, OfferState
from contactcenter.waiting import promised

RULES = Rules()
PREFERRED_SECONDS = 20.0
"""How long the agent who had the case before is waited for."""
ASK_AGAIN_SECONDS = 30.0
"""Somebody who passed on a case is left in peace with it for so long, even when there is nobody else."""
_COMING = (AgentState.AVAILABLE, AgentState.BUSY, AgentState.WRAPPING_UP)
"""Agents who may soon take a case that is kept for them; it is not kept for one who has gone."""
_STAFF = User.__table__.c  # type: ignore[attr-defined]
_OF_AN_AGENT = (
    "id", "organisation_id", "queues", "skills", "extension", "written_capacity", "heartbeat_at", "idle_since",
    "state_since",
)  # fmt: skip
"""Read as plain rows: hundreds of them after every call, for which whole objects take too long."""
_NOBODY = frozenset[int]()
_EVERYBODY = Case.__table__.c  # type: ignore[attr-defined]
_OF_A_CASE = (
    "id", "queue_id", "organisation_id", "topic_id", "channel", "priority", "arrived_at", "changed_at",
    "promised_seconds", "preferred_agent_id", "language",
)  # fmt: skip
# Made once: to make a question anew takes longer than to answer it.
_IT_WAITS = _EVERYBODY.state == CaseState.WAITING
_ALL_WAITING = rows_of(*(_EVERYBODY[name] for name in _OF_A_CASE)).where(_IT_WAITS)
_ANY_WAITING = rows_of(_EVERYBODY.id).where(_IT_WAITS).limit(1)
_ASKED = select(Offer.agent_id).where(Offer.state == OfferState.OPEN)
_FREE = rows_of(*(_STAFF[name] for name in _OF_AN_AGENT)).where(_STAFF.state == AgentState.AVAILABLE, _STAFF.active)


def hours_by_organisation(session: Session) -> dict[int, Hours]:
    """Organisation id -> its opening hours, its own or those of the nearest one above."""
    organisations = {one.id: one for one in session.exec(select(Organisation)).all()}

    def hours_of(one: Organisation | None) -> Hours:
        while one is not None:
            if one.hours:
                return Hours.parse(one.hours)
            one = organisations.get(one.parent_id) if one.parent_id else None
        return Hours.parse({})

    return {key: hours_of(one) for key, one in organisations.items()}


def used(case: Any, hours: Mapping[int, Hours], now: datetime) -> float:
    """Share of the promised time that a case has used. Calls wait on the clock; written work in open hours."""
    if case.channel == Channel.PHONE:
        return on_the_clock(case, now)
    promise = max(1, case.promised_seconds)
    return float(hours[case.organisation_id].open_seconds(case.arrived_at, now) / promise)


def on_the_clock(case: Any, now: datetime) -> float:
    """Share of the promised time that a call has used, or one who hung up and will be rung in their turn."""
    return float((now - case.arrived_at).total_seconds() / max(1, case.promised_seconds))


def waiting(session: Session, now: datetime) -> list[WaitingCase]:
    """Every case that waits, as the router sees it."""
    needs = _needs(session)
    passed = offers.passed_by(session)
    found = session.execute(_ALL_WAITING).all()
    coming = _coming(session) if any(row.preferred_agent_id for row in found) else _NOBODY
    only_calls = all(row.channel == Channel.PHONE for row in found)
    hours = {} if only_calls else hours_by_organisation(session)  # calls wait on the clock
    due = {} if only_calls else _promised(session, now)
    helped = helping(session)
    return [
        _waiting_case(
            row, hours, needs, passed, coming, now, promised=row.id in due, helped_by=helped.get(row.id, _NOBODY)
        )
        for row in found
        if due.get(row.id, True) and (row.id not in due or hours[row.organisation_id].is_open(now))
    ]


def free_agents(session: Session, now: datetime) -> list[FreeAgent]:
    """Agents who are available and not yet asked, with what they can take."""
    asked = set(session.scalars(_ASKED))
    calls, load = agents.on_call(session), agents.written_load(session)
    free: Any = session.execute(_FREE).all()
    may_serve = queues_below(session, {user.organisation_id for user in free})
    return [
        _free_agent(user, may_serve, on_call=user.id in calls, written=load.get(user.id, 0))
        for user in free
        if user.id not in asked and not agents.has_vanished(user, now)
    ]


def decisions(session: Session, now: datetime, rules: Rules = RULES) -> list[Decision]:
    """What should be offered to whom now."""
    if session.execute(_ANY_WAITING).first() is None:
        return []  # the answer most of the time, and asked after every event
    people = free_agents(session, now)
    return routing.decide(waiting(session, now), people, now.timestamp(), rules) if people else []


def first_for(session: Session, agent_id: int, now: datetime, rules: Rules = RULES) -> Decision | None:
    """The written case that is next for this agent, whatever else they have in their hands."""
    user = agents.get(session, agent_id)
    agent = _free_agent(user, queues_below(session, {user.organisation_id}), on_call=True, written=0)
    return routing.first_for(waiting(session, now), agent, now.timestamp(), rules)


def queues_below(session: Session, organisation_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """For each of these organisations the ids of its queues and of those of everything below it."""
    queues = layout.of(session).queues.items()
    scopes = {one: agents.scope(session, one) for one in organisation_ids}
    return {one: frozenset(queue for queue, owner in queues if owner in scope) for one, scope in scopes.items()}


def queues_of(user: Any, may_serve: Mapping[int, frozenset[int]]) -> frozenset[int]:
    """The ids of the queues a user serves: those chosen, within what they may see; none chosen means all."""
    allowed = may_serve[user.organisation_id]
    return allowed & frozenset(user.queues) if user.queues else allowed


def _coming(session: Session) -> frozenset[int]:
    return frozenset(session.exec(select(User.id).where(col(User.state).in_(_COMING))).all())


def _needs(session: Session) -> dict[int, tuple[tuple[str, int], ...]]:
    return {topic.id: topic.skills for topic in layout.of(session).topics.values() if topic.skills}


def _promised(session: Session, now: datetime) -> dict[int, bool]:
    """Cases whose callers were promised to be rung in their turn -> whether that may be now."""
    return {case: at <= now for case, at in promised.next_times(session).items()}


def _language(language: str) -> tuple[tuple[str, int], ...]:
    """A language chosen in a menu is a skill of its name: `en`, `fi`. Like every need it is relaxed in time."""
    return ((language, 1),) if language else ()


def _waiting_case(
    row: Any,
    hours: Mapping[int, Hours],
    needs: Mapping[int, tuple[tuple[str, int], ...]],
    passed: Mapping[int, offers.Passed],
    coming: Collection[int],
    now: datetime,
    *,
    promised: bool = False,
    helped_by: frozenset[int] = frozenset(),
) -> WaitingCase:
    no = passed.get(row.id, offers.NOBODY)
    return WaitingCase(
        id=row.id,
        queue_id=row.queue_id,
        work=Work.CALL if promised or row.channel == Channel.PHONE else Work.WRITTEN,
        used=on_the_clock(row, now) if promised else used(row, hours, now),
        priority=row.priority,
        arrived_at=row.arrived_at.timestamp(),
        needs=needs.get(row.topic_id, ()) + _language(row.language),
        preferred_agent=row.preferred_agent_id if row.preferred_agent_id in coming else None,
        preferred_until=(row.changed_at + timedelta(seconds=PREFERRED_SECONDS)).timestamp(),
        passed=no.agents,
        ask_again_from=no.latest + ASK_AGAIN_SECONDS,
        helped_by=helped_by,
    )


def _free_agent(user: Any, may_serve: Mapping[int, frozenset[int]], *, on_call: bool, written: int) -> FreeAgent:
    since = user.idle_since or user.state_since
    return FreeAgent(
        id=user.id,
        queues=queues_of(user, may_serve),
        skills=user.skills,
        idle_since=since.timestamp() if since else 0.0,
        takes_calls=bool(user.extension) and not on_call,
        written_room=max(0, user.written_capacity - written),
    )
