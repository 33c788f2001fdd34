"""The only writer of a case's state: compare-and-set, and one event in the same transaction.

Every function here raises `Conflict` when the case is not in a state the verb may start from (somebody else was
first), and leaves everything as it was.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, update
from sqlmodel import Session, col, select

from contactcenter import journal
from contactcenter.errors import Conflict, NotFound
from contactcenter.layout import Subject
from contactcenter.model import Case, Counter, Event, Topic
from contactcenter.states import CASE_TRANSITIONS, CaseState, Channel, EventKind, Outcome

DEFAULT_PROMISE = {Channel.PHONE: 60, Channel.CALLBACK: 2 * 3600}
"""Seconds of open time, where the topic promises nothing else. Written work: one working day."""
WORKING_DAY = 8 * 3600

AS_WRITTEN: Any = {"synchronize_session": False, "populate_existing": True}
"""Of an `UPDATE … RETURNING`: the object in hand takes what is written now, without being read again."""

_COUNTER: Any = Counter.__table__  # type: ignore[attr-defined]
_NEXT = (
    update(_COUNTER)
    .where(_COUNTER.c.name == bindparam("counter"))
    .values(value=_COUNTER.c.value + 1)
    .returning(_COUNTER.c.value)
)


def get(session: Session, case_id: int) -> Case:
    """The case. Raises NotFound."""
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound("no_such_case")
    return case


def by_number(session: Session, number: str) -> Case | None:
    """The case with this readable number; a merged one is followed to where it went."""
    case = session.exec(select(Case).where(Case.number == number.upper())).first()
    return follow(session, case) if case else None


def follow(session: Session, case: Case) -> Case:
    """Where `case` went by merging, however many times."""
    seen = {case.id}
    while case.merged_into_id is not None and case.merged_into_id not in seen:
        seen.add(case.merged_into_id)
        case = get(session, case.merged_into_id)
    return case


def next_number(session: Session, now: datetime) -> str:
    """The next readable number of the year, e.g. `KC-2026-000123`."""
    name = f"case-{now.year}"
    value = session.execute(_NEXT, {"counter": name}).scalar()
    if value is None:
        value = 1
        session.add(Counter(name=name, value=value))
        session.flush()
    return f"KC-{now.year}-{value:06d}"


def promised(topic: Topic | Subject | None, channel: Channel) -> int:
    """Promised time in seconds of open time."""
    if topic and channel.value in topic.promised:
        return topic.promised[channel.value]
    return DEFAULT_PROMISE.get(channel, WORKING_DAY)


def open_case(session: Session, case: Case, now: datetime, user_id: int | None = None) -> Case:
    """Write a new case and its first event."""
    session.add(case)
    session.flush()
    journal.record(
        session,
        EventKind.CASE_OPENED,
        at=now,
        case=case,
        user_id=user_id,
        channel=case.channel,
        queue_id=case.queue_id,
        topic_id=case.topic_id,
    )
    return case


def move(
    session: Session,
    case: Case,
    verb: str,
    kind: EventKind,
    now: datetime,
    *,
    user_id: int | None = None,
    agent_id: int | None = None,
    contact_id: int | None = None,
    change: dict[str, Any] | None = None,
    only_if_agent: int | None = None,
    **data: Any,
) -> Event:
    """Take `case` through the transition `verb`, with the column changes `change`, and write the event `kind`.

    `only_if_agent` makes it a condition that the case is that agent's.
    """
    sources, target = CASE_TRANSITIONS[verb]
    was = case.state
    statement = update(Case).where(col(Case.id) == case.id, col(Case.state).in_(list(sources)))
    if only_if_agent is not None:
        statement = statement.where(col(Case.agent_id) == only_if_agent)
    values = {"state": target, "changed_at": now, "version": Case.version + 1, **(change or {})}
    moved = statement.values(**values).returning(Case).execution_options(**AS_WRITTEN)
    if session.scalars(moved).one_or_none() is None:
        raise Conflict("case_moved_on", "somebody else has dealt with this case in the meantime")
    return journal.record(
        session,
        kind,
        at=now,
        case=case,
        user_id=user_id,
        agent_id=agent_id,
        contact_id=contact_id,
        **{"was": was.value, "channel": case.channel.value, **data},
    )


def change(
    session: Session,
    case: Case,
    now: datetime,
    *,
    user_id: int | None = None,
    kind: EventKind | None = None,
    **values: Any,
) -> Case:
    """Change columns other than the state; the event names the columns, not what stands in them."""
    for name, value in values.items():
        setattr(case, name, value)
    case.version += 1
    case.changed_at = now
    session.add(case)
    session.flush()
    journal.record(session, kind or EventKind.CASE_CHANGED, at=now, case=case, user_id=user_id, changed=sorted(values))
    return case


def close(
    session: Session,
    case: Case,
    outcome: Outcome,
    now: datetime,
    *,
    verb: str = "close",
    user_id: int | None = None,
    **why: Any,
) -> None:
    """Close the case with what became of it; `why` goes into the event."""
    closed = {"outcome": outcome, "closed_at": now, "parked_until": None, "unread": False}
    first = is_unanswered(case)
    move(
        session,
        case,
        verb,
        EventKind.CASE_CLOSED,
        now,
        user_id=user_id,
        change=closed | ({"first_answer_at": now} if first else {}),
        outcome=outcome.value,
        agent_id=case.agent_id,
        first=first,
        waited=int((now - case.arrived_at).total_seconds()),
        promised=case.promised_seconds,
        handled=_handled(session, case, now),
        first_contact=is_first_contact(session, case),
        **why,
    )


def is_unanswered(case: Case) -> bool:
    """Whether nobody has answered since the case (last) began to wait: the promised time counts to that answer."""
    return case.first_answer_at is None or case.first_answer_at < case.arrived_at


def _handled(session: Session, case: Case, now: datetime) -> int:
    accepted = session.exec(
        select(func.max(Event.at)).where(Event.case_id == case.id, Event.kind == EventKind.CASE_ACCEPTED)
    ).one_or_none()
    return int((now - accepted).total_seconds()) if accepted is not None else 0


def is_first_contact(session: Session, case: Case) -> bool:
    """Answered without hand-off, transfer, reopening or waiting for more: only one agent ever accepted it."""
    kinds = (EventKind.CASE_ACCEPTED, EventKind.CASE_HANDED_OFF, EventKind.CASE_REOPENED, EventKind.CASE_PARKED)
    lines = session.exec(select(Event.kind).where(Event.case_id == case.id, col(Event.kind).in_(kinds))).all()
    return len(lines) <= 1 and all(kind == EventKind.CASE_ACCEPTED for kind in lines)


def wait_again() -> dict[str, Any]:
    """Column changes for a case that goes back to wait for anybody."""
    return {"agent_id": None, "parked_until": None, "closed_at": None, "outcome": None}


def reopen(
    session: Session, case: Case, now: datetime, *, user_id: int | None = None, contact_id: int | None = None
) -> None:
    """Something came to a closed case: it waits again, from now, for the agent who had it if possible."""
    values = wait_again() | {
        "preferred_agent_id": case.agent_id,
        "arrived_at": now,
        "unread": True,
    }
    move(session, case, "reopen", EventKind.CASE_REOPENED, now, user_id=user_id, contact_id=contact_id, change=values)


OPEN = (CaseState.WAITING, CaseState.OFFERED, CaseState.WORKING, CaseState.PARKED)
